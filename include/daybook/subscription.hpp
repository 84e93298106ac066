// Named consumers: code that is told of events, one after another, and whose place in the log is kept.
//
//     auto mails = store->subscribe("welcome-mail", daybook::events<Opened>().in<Account>(), daybook::from_end,
//                     [&](const Opened& e, const daybook::Envelope& at) -> daybook::Handled {
//                       return mail(e.owner, /*idempotency key*/ at.id) ? daybook::done : daybook::retry_after(30s);
//                     });
//
// In order, at least once: after a crash the events since the last checkpoint come again, so what a handler does
// outside must be idempotent; the consumer's name and the event's id are the key for that. One event at a time; the
// next is not read before the handler has answered, so a slow handler holds up nobody but itself: as long as it is at
// work it has a thread of its own, and may wait, also for commands of the same store (store.hpp says for what not). A
// handler that holds a Store keeps it open until the consumer ends; one that throws stops the program. A consumer's own
// effects are no part of its checkpoint: for those see projections.
//
// A consumer of everything, events<>() or a Query{}, is told of Daybook's own events as well (query.hpp): one that mirrors
// the log needs them, and another passes over what stands in a stream whose name begins with $.
//
// How far a consumer has come is saved after at most 1,000 events, or 50 ms, and when it stops: so much comes again after a
// crash. Checkpoints are files of the store, so consumers run in the process that writes it: on a store opened for reading
// only, subscribe is ReadOnly.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daybook/event.hpp"
#include "daybook/query.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// What a handler says of an event.
class Handled {
 public:
  enum class Kind : std::uint8_t { Done, Retry, Park };
  constexpr Handled(Kind kind, std::chrono::nanoseconds delay = {}) : kind_(kind), delay_(delay) {}
  constexpr Kind kind() const { return kind_; }
  constexpr std::chrono::nanoseconds delay() const { return delay_; }

 private:
  Kind kind_;
  std::chrono::nanoseconds delay_;
};

inline constexpr Handled done{Handled::Kind::Done};
// Not now: the same event comes again after `delay`, and nothing before it has.
constexpr Handled retry_after(std::chrono::nanoseconds delay) { return {Handled::Kind::Retry, delay}; }
// Never by itself: the event is put aside, its position kept with the checkpoint (Subscription::status), and the
// consumer goes on. replay_parked() hands it to the handler once more.
inline constexpr Handled park{Handled::Kind::Park};

// Where a consumer begins that has no checkpoint yet.
struct FromBeginning {};
struct FromEnd {};
inline constexpr FromBeginning from_beginning{};
inline constexpr FromEnd from_end{};
// A Position is the first event taken; a Time, the first that was recorded at or after it.
using Start = std::variant<FromBeginning, FromEnd, Position, Time>;

struct SubscriptionStatus {
  Position next;                 // everything before it is handled, parked or not asked for
  Position checkpoint;           // how far that is durable
  std::vector<Position> parked;  // set aside
  bool running = true;
  std::optional<Error> stopped_by;  // why not: HistoryCut, UnknownEvent, Damage, a checkpoint that cannot be saved, …
};

// At most so many events may be parked: a consumer that parks more has no use for its events, and stops.
inline constexpr std::size_t kMaxParked = 10'000;

// A running consumer. A copy is the same consumer. It runs until it is stopped, or the store is closed. Any thread may
// call.
class Subscription {
 public:
  class Consumer;  // of the engine
  explicit Subscription(std::shared_ptr<Consumer> consumer) : consumer_(std::move(consumer)) {}

  SubscriptionStatus status() const;
  // Blocks until everything before `position` is handled or parked; false if the consumer stopped before, or in time.
  bool wait_until(Position position, std::chrono::nanoseconds within) const;
  // Saves the checkpoint and ends. When it returns, the handler does not run and will not again. From within a handler
  // or a completion of the store it does not wait: the event at hand is the last one, and what stop() would have
  // answered shows in status(). The name is free again when the consumer has ended.
  Status stop();
  // Hands the parked events to the handler again, in order, before it goes on; what is not `done` is parked as before.
  void replay_parked();

 private:
  std::shared_ptr<Consumer> consumer_;
};

}  // namespace daybook
