// What can be said with a command, an append, and the opening of a store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "daybook/port/event_log.hpp"
#include "daybook/port/executor.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// ---- contention --------------------------------------------------------------------------------------------------
//
// Of two commands that decided on the same state at most one is appended. on_conflict says what becomes of the other.

// Commands on a stream queue up, in the order in which they came, and each is decided on what the ones before it are
// about to write; so they do not conflict with each other, and one sync carries many. If an append fails all the same
// (another writer was there), everything that was decided on top of it is decided again, in order. The default: it
// never shows the caller a conflict that is not his affair, and a hot stream is as fast as the log.
struct Queue {
  friend bool operator==(Queue, Queue) = default;
};
// Decide on what is durable now. If another command was faster, decide again on the newer state, up to `times` times;
// then that is ErrorCode::Conflict. Retry{0} is Fail; less is InvalidArgument.
struct Retry {
  int times = 10;
  friend bool operator==(Retry, Retry) = default;
};
// Decide on what is durable now. If another command was faster, that is ErrorCode::Conflict.
struct Fail {
  friend bool operator==(Fail, Fail) = default;
};
using OnConflict = std::variant<Queue, Retry, Fail>;

struct CommandOptions {
  // A command with an id is executed at most once among the last events that the log remembers (a million unless set):
  // a repeat gets the first receipt, and decide does not run. Refusals and decisions without events are not remembered.
  std::optional<Uuid> command_id{};
  // What the (first) stream must be at, in the caller's own knowledge. If it is not, the answer is a Conflict, which no
  // on_conflict mends.
  Expect expected = Expect::any();
  // Who asks, and what for: stored with each event, as `$actor`, `$correlationId` and `$causationId` of its metadata.
  std::string actor{};
  std::string correlation_id{};
  std::string causation_id{};
  // When it happened, if not now.
  std::optional<Time> occurred{};
  OnConflict on_conflict = Queue{};
  // Time from now, waiting for room included, after which the answer is DeadlineExceeded; its message says whether the
  // command may still take effect. One that is over already, so 0 or less, passes as soon as the command had to wait for
  // anything.
  std::optional<std::chrono::nanoseconds> deadline{};
};

// For submit(): the same, and where the answer goes. (One flat struct, so that each of its members can be named:
// `{.on_conflict = Retry{3}}`.)
struct SubmitOptions {
  std::optional<Uuid> command_id{};
  Expect expected = Expect::any();
  std::string actor{};
  std::string correlation_id{};
  std::string causation_id{};
  std::optional<Time> occurred{};
  OnConflict on_conflict = Queue{};
  std::optional<std::chrono::nanoseconds> deadline{};
  // Where the completion runs. Null: inline, on the thread that learns the answer, which is mostly the log's own: it
  // must then be short and must not wait for anything of this store. Else it is posted there, one after another; if the
  // executor ends instead and destroys its jobs, it runs on the thread that does.
  Executor* completions = nullptr;

  CommandOptions of_command() const {
    return {command_id, expected, actor, correlation_id, causation_id, occurred, on_conflict, deadline};
  }
};

struct AppendOptions {
  std::optional<Uuid> id{};  // the event's; InvalidArgument in a batch with an id, which the events' ids derive from
  // What the stream must be at before the append. Of several events of one stream in a batch, one may say it, or all
  // the same; else the batch is InvalidArgument.
  Expect expected = Expect::any();
  std::string actor{};
  std::string correlation_id{};
  std::string causation_id{};
  std::optional<Time> occurred{};
};

// ---- the store ---------------------------------------------------------------------------------------------------

// How new events are stored. An event type can say otherwise for itself:
// `static constexpr daybook::Payload stored_payload = daybook::Payload::Avro;`.
enum class Payload : std::uint8_t {
  Json,  // readable everywhere
  Avro,  // compact and fast; read with the schema that stands in the log
};

// A snapshot of a state is saved when either is reached since the last one, whichever comes first.
struct SnapshotEvery {
  std::uint64_t events = 1'000;                              // 1 or more
  std::chrono::nanoseconds time = std::chrono::seconds(60);  // 0 or more
  // Time alone is no reason to save a state that so few new events lead to: they are folded faster than a file is read.
  std::uint64_t fewest = 32;
};
// No snapshot is saved: `.snapshot_every = daybook::never`. Those that are there serve as before.
inline constexpr SnapshotEvery never{UINT64_MAX, std::chrono::nanoseconds::max(), UINT64_MAX};

// Something went wrong that an answer was found to all the same, such as a damaged snapshot that was passed over. Who
// hears of it may be in the middle of anything, and must not call the store.
struct Warning {
  std::string where;  // a file, a stream, a consumer
  Error what;
};
using OnWarning = std::function<void(const Warning&)>;

// Those of StoreOptions (open.hpp) that are the engine's.
struct EngineOptions {
  Payload payload = Payload::Json;
  SnapshotEvery snapshot_every{};
  std::size_t snapshots_kept = 2;           // of a stream, 1 or more; older ones are removed
  std::size_t cache_bytes = 256u << 20;     // of states kept in memory; the one used last stays in any case, also at 0
  std::size_t commands_in_flight = 65'536;  // submit() waits when there are so many; in a completion: Overload
  std::size_t bytes_in_flight = 32u << 20;  // or so much for the log to write: less than Limits::queue_bytes
  OnWarning on_warning{};                   // called from any thread, must not throw; none: warnings are dropped
};

}  // namespace daybook
