#include "engine/deliveries.hpp"

namespace daybook::engine {

using What = Within::What;

namespace {

// An executor may destroy a job that it does not run any more. Completions are called all the same, by whoever destroys
// it, since draining and closing wait for them.
template <class Strand>
class Once {
 public:
  explicit Once(std::shared_ptr<Strand> strand) : strand_(std::move(strand)) {}
  Once(Once&&) noexcept = default;
  Once& operator=(Once&&) = delete;
  ~Once() { run(); }
  void run() noexcept {
    if (const auto strand = std::exchange(strand_, nullptr)) strand->run();
  }

 private:
  std::shared_ptr<Strand> strand_;
};

}  // namespace

// The caller has set `running`, and so is the only one here. A completion that throws stops the program.
void Deliveries::Strand::run() noexcept {
  const Within within(what, store);
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

Deliveries::Deliveries(const void* store) : inline_(std::make_shared<Strand>(What::Inline, store)) {}

void Deliveries::add(Executor* where, Job job) {
  if (!where) {
    std::lock_guard lock(inline_->mutex);
    inline_->queue.push_back(std::move(job));
    return;
  }
  std::lock_guard lock(mutex_);
  auto& strand = strands_[where];
  if (!strand) strand = std::make_shared<Strand>(What::Completion, inline_->store);
  std::lock_guard adding(strand->mutex);
  strand->queue.push_back(std::move(job));
  if (std::exchange(strand->running, true)) return;
  to_post_.emplace_back(where, strand);
  any_to_post_ = true;
}

void Deliveries::run() {
  if (Within::in(What::Turn, inline_->store)) return;
  if (any_to_post_) {
    decltype(to_post_) to_post;
    {
      std::lock_guard lock(mutex_);
      to_post.swap(to_post_);
      any_to_post_ = false;
    }
    for (auto& [where, strand] : to_post) where->post([once = Once(std::move(strand))]() mutable { once.run(); });
  }
  {
    std::lock_guard lock(inline_->mutex);
    if (inline_->running || inline_->queue.empty()) return;
    inline_->running = true;
  }
  inline_->run();
}

}  // namespace daybook::engine
