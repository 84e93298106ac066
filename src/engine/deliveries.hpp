// Runs completions where the user said, in the order in which the answers came, one at a time.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daybook/port/executor.hpp"
#include "engine/within.hpp"

namespace daybook::engine {

class Deliveries {
 public:
  using Job = std::move_only_function<void()>;

  // `store` stands for the store whose completions these are (within.hpp).
  explicit Deliveries(const void* store);

  // Puts a completion in its queue: `where`'s, or, if null, that of the inline ones. Runs and posts nothing: callers
  // hold locks.
  void add(Executor* where, Job job);
  // Runs what is in the inline queue, unless another thread is at it, which then runs that too, and sees to it that the
  // executors run theirs. To be called after each add(), once no lock is held; while this thread is within a turn
  // (within.hpp), nothing happens, and it is whoever ends that who calls.
  void run();

 private:
  struct Strand {
    Within::What what;
    const void* store;
    std::mutex mutex{};
    std::deque<Job> queue{};
    bool running = false;
    void run() noexcept;
  };

  const std::shared_ptr<Strand> inline_;
  std::mutex mutex_;
  std::unordered_map<Executor*, std::shared_ptr<Strand>> strands_;
  std::atomic<bool> any_to_post_ = false;
  std::vector<std::pair<Executor*, std::shared_ptr<Strand>>> to_post_;
};

}  // namespace daybook::engine
