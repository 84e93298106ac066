// Runs completions where the user said, in the order in which the answers came, one at a time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "daybook/port/executor.hpp"

namespace daybook::engine {

class Deliveries {
 public:
  using Job = std::move_only_function<void()>;

  // Puts a completion in its queue: `where`'s, or, if null, that of the inline ones. Runs nothing: callers hold locks.
  void add(Executor* where, Job job);
  // Runs what is in the inline queue, unless another thread is at it, which then runs that too. Callers hold no lock.
  void run();

  // Whether this thread is within an inline completion, and so must not wait for any.
  static bool within();

 private:
  struct Strand {
    std::mutex mutex;
    std::deque<Job> queue;
    bool running = false;
    void run();
  };

  std::shared_ptr<Strand> inline_ = std::make_shared<Strand>();
  std::mutex mutex_;
  std::unordered_map<Executor*, std::shared_ptr<Strand>> strands_;
};

}  // namespace daybook::engine
