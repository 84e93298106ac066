// The log as the engine sees it: conditional atomic appends, ordered reads, a durable end.
//
// Implemented by src/log over any journal. Every function may be called from any thread. Nothing that any of them
// returns rests on a byte whose sync has not returned.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "daybook/event.hpp"
#include "daybook/query.hpp"
#include "daybook/result.hpp"

namespace daybook {

// What a stream's newest revision must be for an append to take place.
struct Expect {
  enum class Kind : std::uint8_t { Any, None, Exists, Exactly };
  Kind kind = Kind::Any;
  Revision revision{};  // Exactly: the stream's last revision

  static constexpr Expect any() { return {}; }
  static constexpr Expect none() { return {Kind::None, {}}; }
  static constexpr Expect exists() { return {Kind::Exists, {}}; }
  static constexpr Expect exactly(Revision r) { return {Kind::Exactly, r}; }
  friend constexpr bool operator==(Expect, Expect) = default;
};

// A line of appends, each decided on what the ones before it are going to write, before they are durable. A revision
// only counts events: if one append of a line came to nothing and a stranger's event took its number, the next would
// meet the revision it expects and stand on an event it never saw. So the sequencer breaks a line the moment an append
// that names it comes to nothing (an error, or a repeat), and every later append that names it is a Conflict, unless it
// is itself a repeat. Owned by whoever appends; it must outlive the completions of all appends that name it. Only the
// log writes it.
struct Line {
  std::atomic<bool> broken = false;
};

// A stream may be named whether or not the batch writes to it.
struct StreamCondition {
  std::string_view stream;
  Expect expect;
  Line* line = nullptr;  // null: rests on nothing but what is durable
};

// "No event that matches `query` at or after position `from`": a dynamic consistency boundary.
struct NoneMatching {
  const Query* query = nullptr;  // null: no such condition
  Position from{};
};

// One atomic batch. Views: they must live until EventLog::append returns.
struct AppendRequest {
  std::span<const NewEvent> events;
  std::span<const StreamCondition> conditions{};
  NoneMatching none_matching{};
  // A repeat of a command is known by this id alone, whatever its events are this time. When it is set, the ids of the
  // events are event_id_of(command_id, i) and NewEvent::id must be empty.
  std::optional<Uuid> command_id{};
};

// Where a batch stands. Valid as a view during the completion; copy what you keep.
struct Appended {
  Position first;                       // of the batch's first event
  Position last;                        // of its last
  std::span<const Revision> revisions;  // of each event, in order
  bool repeated = false;                // this was appended before; the numbers are those of the first time
};

// Called exactly once for each append, by the log's own thread (never from within append(), but for an error found
// before the request was queued). Those that succeed come in the order of positions. Those of a write that failed come
// in the order in which their appends were taken up, but for what stood on it, which was never written and is told
// first. It must not block.
using Appending = std::move_only_function<void(Result<Appended>)>;

enum class Direction : std::uint8_t { Forwards, Backwards };

// Goes over stored events. Used by one thread at a time. Every record is checked against its checksum.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // The next event, or null at the end. The event is valid until the next call. At a forward cursor's end a later call
  // may find events that have come since. Where a damaged log can not be read on, and the cursor's `until` lies behind
  // that, the end is an error: Damage. So it is where the oldest history was deleted and more was asked for: HistoryCut,
  // with the first position that is left. Forwards it comes first, backwards last, here or from the read itself.
  virtual Result<const EventView*> next() = 0;
};

struct ReadStream {
  Revision from{0};  // forwards: first to read; backwards: use `from_end` or the first to read
  Direction direction = Direction::Forwards;
  bool from_end = false;       // backwards only: begin at the newest
  Position until{UINT64_MAX};  // only events before this position
};

struct ReadLog {
  Position from{0};
  Direction direction = Direction::Forwards;
  bool from_end = false;       // backwards only: begin at the newest
  Position until{UINT64_MAX};  // only events before this position
  Query filter{};
};

// A stream's newest durable event.
struct StreamHead {
  Revision revision;
  Position position;
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  virtual LogId id() const = 0;

  // Checks, copies and queues the batch; `done` is called when it is durable, or never will be. Errors:
  // InvalidArgument, Conflict, IdConflict, Overload, OutcomeUnknown, ReadOnly, Closed, DiskFull.
  virtual void append(const AppendRequest& request, Appending done) = 0;

  virtual Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) const = 0;
  virtual Result<std::unique_ptr<Cursor>> read(const ReadLog& how) const = 0;

  // The position after the last one readable; never goes back.
  virtual Position end() const = 0;
  // The first position still here (0 unless history was cut).
  virtual Position begin() const = 0;

  // Nothing if the stream has no event.
  virtual Result<std::optional<StreamHead>> head(std::string_view stream) const = 0;
  // The end of what was recorded up to and including `time`: the first position recorded later. HistoryCut if that was
  // deleted.
  virtual Result<Position> end_at(Time recorded) const = 0;
  // The running checksum over everything before `position`, which must not be past end(), nor before begin(): HistoryCut.
  virtual Result<Chain> chain_at(Position position) const = 0;

  // Where the batch of this command stands, if it is among the remembered. The revisions are of its events.
  struct Known {
    Position first;
    Position last;
    Revision last_revision;
  };
  virtual Result<std::optional<Known>> find_command(const Uuid& command_id) const = 0;

  // Waits until end() > position; false at the deadline or when the log was closed.
  virtual bool wait_past(Position position, std::chrono::steady_clock::time_point deadline) const = 0;
};

}  // namespace daybook
