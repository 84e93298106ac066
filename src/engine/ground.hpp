// What every part of the engine stands on: the ports, and what is made of them alone.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "engine/engine.hpp"
#include "engine/loader.hpp"
#include "engine/schema_book.hpp"

namespace daybook::engine {

// Background work that closing must wait for, since it uses the log.
class Outstanding {
 public:
  // As long as one lives, none() waits. In a job that is destroyed without having run, it goes with it.
  std::shared_ptr<void> one() {
    std::lock_guard lock(mutex_);
    ++count_;
    return {this, [](Outstanding* self) {
              std::lock_guard counting(self->mutex_);
              if (--self->count_ == 0) self->changed_.notify_all();
            }};
  }
  void none() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

struct Ground {
  explicit Ground(const Parts& parts)
      : log(parts.log.get()),
        background(parts.background.get()),
        handlers(parts.handlers.get()),
        clock(parts.clock),
        snapshots(parts.snapshots),
        checkpoints(parts.checkpoints),
        read_only(parts.read_only),
        options(bounded(parts.options)) {}

  // Not owned: jobs and completions keep the ground alive, and must never be what ends the threads they run on. The
  // engine owns these, and nothing uses them once it is closed.
  EventLog* const log;
  Executor* const background;
  Executor* const handlers;  // null: there are no consumers
  const std::shared_ptr<const Clock> clock;
  const std::shared_ptr<Snapshots> snapshots;      // null: none are kept
  const std::shared_ptr<Checkpoints> checkpoints;  // null: there are no consumers
  const bool read_only;                            // no snapshots are saved, and there are no consumers
  const EngineOptions options;

  const std::shared_ptr<SchemaBook> schemas = std::make_shared<SchemaBook>(*log);
  const codec::Resolvers resolvers{*schemas};
  const Loader loader{*log, resolvers, snapshots.get(), options.on_warning};
  Outstanding outstanding;
  std::atomic<bool> refusing = false;  // closing in haste: snapshots that were begun are let be

  // Nothing is thrown from it into the engine: that stops the program.
  static EngineOptions bounded(EngineOptions options) {
    if (options.on_warning)
      options.on_warning = [warn = std::move(options.on_warning)](const Warning& warning) noexcept { warn(warning); };
    return options;
  }
  void warn(std::string where, Error what) const {
    if (options.on_warning) options.on_warning({std::move(where), std::move(what)});
  }
};

}  // namespace daybook::engine
