// An Executor of a few threads and a timer.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "daybook/port/executor.hpp"

namespace daybook::runtime {

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t threads);
  // Ends when the jobs that run have returned; those that wait are destroyed.
  ~ThreadExecutor() override;

  void post(Job job) override;
  void post_after(std::chrono::nanoseconds delay, Job job) override;
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> ready_;
  std::multimap<std::chrono::steady_clock::time_point, Job> later_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook::runtime
