// An Executor of threads and a timer.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "daybook/port/executor.hpp"

namespace daybook::runtime {

struct ThreadExecutorOptions {
  const char* name = "daybook-work";  // of its threads
  std::size_t threads = 1;            // from the beginning
  // One more thread whenever a job would have to wait for one that is at work: for jobs that may wait for each other.
  bool grows = false;
};

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(const ThreadExecutorOptions& options);
  // Ends when the jobs that run have returned; those that wait are destroyed.
  ~ThreadExecutor() override;

  void post(Job job) override;
  void post_after(std::chrono::nanoseconds delay, Job job) override;
  void stop();

  std::size_t threads() const;

 private:
  void run();
  void begin_thread();
  void grow();

  const ThreadExecutorOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> ready_;
  std::multimap<std::chrono::steady_clock::time_point, Job> later_;
  bool stopping_ = false;
  std::size_t at_work_ = 0;   // threads that run a job
  std::size_t watching_ = 0;  // threads that sleep until the next of later_ is due
  std::vector<std::thread> threads_;
};

}  // namespace daybook::runtime
