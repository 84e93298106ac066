#include "engine/deliveries.hpp"

#include <utility>

namespace daybook::engine {
namespace {
thread_local int completions_on_this_thread = 0;
}

bool Deliveries::within() { return completions_on_this_thread > 0; }

// The caller has set `running`, and so is the only one here.
void Deliveries::Strand::run() {
  for (;;) {
    Job job;
    {
      std::lock_guard lock(mutex);
      if (queue.empty()) {
        running = false;
        return;
      }
      job = std::move(queue.front());
      queue.pop_front();
    }
    job();
  }
}

void Deliveries::add(Executor* where, Job job) {
  auto strand = inline_;
  if (where) {
    std::lock_guard lock(mutex_);
    auto& one = strands_[where];
    if (!one) one = std::make_shared<Strand>();
    strand = one;
  }
  std::lock_guard lock(strand->mutex);
  strand->queue.push_back(std::move(job));
  if (where && !std::exchange(strand->running, true)) where->post([strand] { strand->run(); });
}

void Deliveries::run() {
  {
    std::lock_guard lock(inline_->mutex);
    if (inline_->running || inline_->queue.empty()) return;
    inline_->running = true;
  }
  ++completions_on_this_thread;
  inline_->run();
  --completions_on_this_thread;
}

}  // namespace daybook::engine
