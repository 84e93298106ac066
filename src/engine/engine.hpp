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
  std::shared_ptr<Executor> background;
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<Snapshots> snapshots{};      // null: none are kept
  std::shared_ptr<Checkpoints> checkpoints{};  // null: subscribe() is an error
  EngineOptions options{};
};

struct Made {
  Store store;
  // To be called, from any thread, when the log has grown by other hands than this store's: it wakes the consumers.
  // (For its own appends the engine does that itself.) Holds nothing alive.
  std::function<void()> log_moved;
};

// Reads the log's schemas. The ports live as long as the store and whatever came from it (a Stream that outlives its
// Store gets ErrorCode::Closed and nothing worse); if others hold `background` longer than `log`, they must stop it
// before. `lifetime` is let go when the last copy of the store goes, after the engine was closed: the place to stop the
// threads behind `background` and the log, since what goes last may go on one of them.
Result<Made> make_store(Parts parts, std::shared_ptr<void> lifetime = {});

}  // namespace daybook::engine
