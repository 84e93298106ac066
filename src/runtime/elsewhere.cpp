#include "runtime/elsewhere.hpp"

#include <pthread.h>

#include <atomic>
#include <list>
#include <mutex>
#include <thread>

namespace daybook::runtime {
namespace {

class Threads {
 public:
  ~Threads() {
    std::list<One> left;
    do {
      left.clear();
      const std::lock_guard guard(mutex_);
      left.swap(all_);
    } while (!left.empty());  // a job may have begun another
  }

  void run(Executor::Job job) {
    const std::lock_guard guard(mutex_);
    std::erase_if(all_, [](const One& one) { return one.over.load(); });
    auto& one = all_.emplace_back();
    one.thread = std::jthread([&over = one.over, job = std::move(job)]() mutable {
      ::pthread_setname_np(::pthread_self(), "daybook-close");
      job();
      job = nullptr;
      over = true;
    });
  }

 private:
  struct One {
    std::atomic<bool> over = false;
    std::jthread thread{};
  };
  std::mutex mutex_;
  std::list<One> all_;
};

}  // namespace

std::function<void(Executor::Job)> elsewhere() {
  static Threads threads;
  return [](Executor::Job job) { threads.run(std::move(job)); };
}

}  // namespace daybook::runtime
