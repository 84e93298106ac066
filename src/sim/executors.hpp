// Executors for tests: one that is stepped, and one made of threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "base/saturated.hpp"
#include "daybook/port/executor.hpp"

namespace daybook::sim {

// Runs a job when it is told, on the thread that tells; time is a number that moves when it is told. Any thread may
// post.
class SteppingExecutor final : public Executor {
 public:
  void post(Job job) override {
    std::lock_guard lock(mutex_);
    ready_.push_back(std::move(job));
  }
  void post_after(std::chrono::nanoseconds delay, Job job) override {
    std::lock_guard lock(mutex_);
    later_.emplace(base::saturated_sum(now_, delay), std::move(job));
  }

  // The job posted first, or that after `which` others; false if there is none.
  bool step(std::size_t which = 0) { return run(which); }
  // Any of those that are ready, as threads might: for simulations.
  template <class Random>
  bool step_any(Random& random) {
    const auto n = ready();
    return n > 0 && run(std::uniform_int_distribution<std::size_t>(0, n - 1)(random));
  }
  // Until none is left; those they post are run too. How many there were.
  std::size_t run_all() {
    std::size_t n = 0;
    while (step()) ++n;
    return n;
  }
  void advance(std::chrono::nanoseconds by) {
    std::lock_guard lock(mutex_);
    now_ = base::saturated_sum(now_, by);
    while (!later_.empty() && later_.begin()->first <= now_) {
      ready_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
  }
  std::size_t ready() const {
    std::lock_guard lock(mutex_);
    return ready_.size();
  }
  std::size_t delayed() const {
    std::lock_guard lock(mutex_);
    return later_.size();
  }

 private:
  bool run(std::size_t which) {
    Job job;
    {
      std::lock_guard lock(mutex_);
      if (which >= ready_.size()) return false;
      job = std::move(ready_[which]);
      ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    job();
    return true;
  }

  mutable std::mutex mutex_;
  std::deque<Job> ready_;
  std::multimap<std::chrono::nanoseconds, Job> later_;
  std::chrono::nanoseconds now_{};
};

// Runs jobs on threads of its own.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t threads = 2) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~ThreadExecutor() override {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void post(Job job) override { post_after({}, std::move(job)); }
  void post_after(std::chrono::nanoseconds delay, Job job) override {
    std::lock_guard lock(mutex_);
    jobs_.emplace(base::saturated_sum(std::chrono::steady_clock::now(), delay), std::move(job));
    changed_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (jobs_.empty()) {
        changed_.wait(lock);
      } else if (const auto due = jobs_.begin()->first; due > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, due);
      } else {
        auto job = std::move(jobs_.begin()->second);
        jobs_.erase(jobs_.begin());
        lock.unlock();
        job();
        job = {};
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, Job> jobs_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook::sim
