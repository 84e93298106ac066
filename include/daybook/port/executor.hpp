// Whoever runs work in the background. The engine begins no threads: the runtime hands it one of these, made of
// threads; tests hand it one that they step.
#pragma once

#include <chrono>
#include <functional>

namespace daybook {

class Executor {
 public:
  using Job = std::move_only_function<void()>;

  virtual ~Executor() = default;

  // Runs the job later, never from within post(). Jobs posted by one thread begin in that order; on an executor of
  // several threads they may overlap. Any thread may call. A job throws nothing; it may wait for the disk and the log,
  // for other jobs only if the executor is made for that. One that is not run any more, at its end, it destroys.
  virtual void post(Job job) = 0;

  // The same, not before `delay` is over.
  virtual void post_after(std::chrono::nanoseconds delay, Job job) = 0;
};

}  // namespace daybook
