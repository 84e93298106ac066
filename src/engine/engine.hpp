// The engine, joined from ports: what the runtime (or a test) makes a Store of.
#pragma once

#include <functional>
#include <memory>

#include "daybook/options.hpp"
#include "daybook/port/checkpoints.hpp"
#include "daybook/port/clock.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/port/executor.hpp"
#include "daybook/port/snapshots.hpp"
#include "daybook/store.hpp"

namespace daybook::engine {

struct Parts {
  std::shared_ptr<EventLog> log;
  // The engine's own work. Its jobs wait for nobody.
  std::shared_ptr<Executor> background;
  // Consumers' handlers, which may wait for commands, and so for what the background does, and for each other: no job
  // may have to wait until another has returned. Null: subscribe() is an error.
  std::shared_ptr<Executor> handlers{};
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<Snapshots> snapshots{};      // null: none are kept
  std::shared_ptr<Checkpoints> checkpoints{};  // null: subscribe() is an error
  // Another may be writing: no snapshot is saved or removed, and subscribe(), which would save checkpoints, is
  // ReadOnly.
  bool read_only = false;
  // Runs a job on a thread that closing waits for in no way. It closes the store whose last handle goes on a thread
  // that closing must wait for. Null: the last one must not go there.
  std::function<void(Executor::Job)> elsewhere{};
  EngineOptions options{};
};

// Reads the log's schemas. The ports live as long as the store and whatever came from it (a Stream that outlives its
// Store gets ErrorCode::Closed and nothing worse); if others hold `background` or `handlers` longer than `log`, they
// must stop them before. `lifetime` is let go when the last copy of the store goes, after the engine was closed and by
// a thread that is none of the store's: the place to stop the threads behind the executors and the log.
Result<Store> make_store(Parts parts, std::shared_ptr<void> lifetime = {});

}  // namespace daybook::engine
