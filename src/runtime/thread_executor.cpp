#include "runtime/thread_executor.hpp"

#include <pthread.h>

#include "base/saturated.hpp"

namespace daybook::runtime {

ThreadExecutor::ThreadExecutor(const ThreadExecutorOptions& options) : options_(options) {
  const std::lock_guard guard(mutex_);
  while (threads_.size() < options_.threads) begin_thread();
}

ThreadExecutor::~ThreadExecutor() { stop(); }

std::size_t ThreadExecutor::threads() const {
  const std::lock_guard guard(mutex_);
  return threads_.size();
}

// With mutex_ held.
void ThreadExecutor::begin_thread() {
  threads_.emplace_back([this] {
    ::pthread_setname_np(::pthread_self(), options_.name);
    run();
  });
}

// With mutex_ held: there is a thread for every job that is ready, and one that watches the clock.
void ThreadExecutor::grow() {
  if (!options_.grows) return;
  const auto needed = at_work_ + ready_.size() + (later_.empty() ? 0 : 1);
  while (threads_.size() < needed) begin_thread();
}

void ThreadExecutor::stop() {
  std::deque<Job> ready;
  std::multimap<std::chrono::steady_clock::time_point, Job> later;
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
  const std::lock_guard guard(mutex_);
  // Destroyed outside the lock: a job may own what posts again.
  ready.swap(ready_);
  later.swap(later_);
}

void ThreadExecutor::post(Job job) {
  {
    const std::lock_guard guard(mutex_);
    if (stopping_) return;
    ready_.push_back(std::move(job));
    grow();
  }
  changed_.notify_one();
}

void ThreadExecutor::post_after(std::chrono::nanoseconds delay, Job job) {
  {
    const std::lock_guard guard(mutex_);
    if (stopping_) return;
    later_.emplace(base::saturated_sum(std::chrono::steady_clock::now(), delay), std::move(job));
    grow();
  }
  changed_.notify_one();
}

void ThreadExecutor::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    while (!later_.empty() && later_.begin()->first <= now) {
      ready_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
    if (!ready_.empty()) {
      auto job = std::move(ready_.front());
      ready_.pop_front();
      ++at_work_;
      grow();
      // Whoever was woken may have been the one that watched the clock, and may have found more than it takes.
      if (!ready_.empty() || (!later_.empty() && watching_ == 0)) changed_.notify_one();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
      --at_work_;
    } else if (!later_.empty()) {
      const auto until = later_.begin()->first;
      ++watching_;
      changed_.wait_until(lock, until);
      --watching_;
    } else {
      changed_.wait(lock);
    }
  }
}

}  // namespace daybook::runtime
