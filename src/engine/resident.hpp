// A state that is kept in memory, what has been decided on top of it, and the commands that wait for it.
//
// Two locks, in this order. `turn` belongs to whoever decides on the state; user code, reading and appending happen
// under it. The engine's one short mutex guards the book-keeping of commands; the log's thread takes that alone, so
// that no slow decide holds up the log. A command over several states takes their turns in the order of their
// addresses.
#pragma once

#include <atomic>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/port/clock.hpp"
#include "engine/loader.hpp"
#include "engine/ticket.hpp"
#include "engine/within.hpp"

namespace daybook::engine {

struct Resident : std::enable_shared_from_this<Resident> {
  explicit Resident(erased::Target t);

  const erased::Target target;
  // Decided events are folded in as they are. Not for a boundary, whose events another command may have chosen, nor if
  // an evolve asks for the envelope: these read them back from the log.
  const bool folds_typed;
  // More may be decided before what was decided is durable.
  const bool speculates;

  std::mutex turn;

  // ---- guarded by turn ----

  // What is durable, as far as it was folded.
  std::optional<Loaded> base;
  // Commands whose events of this stream go on top of base, in order. The first few may be durable by now.
  std::deque<TicketPtr> since_base;
  // base and the first `in_ahead` of since_base: what the next command is decided on.
  erased::State ahead;
  std::size_t in_ahead = 0;
  std::uint64_t ahead_next = 0;  // the revision of the next event on top of it
  std::size_t measured_bytes = 0;
  bool measured = false;
  std::optional<Time> snapshot_time;  // when the last one was saved, or base was loaded
  bool snapshot_timer = false;
  std::atomic<bool> snapshot_pending = false;  // one is being written; also set by the background

  // ---- guarded by the engine's mutex ----

  // Queued commands in the order of their submission, until they are told.
  std::deque<TicketPtr> line_up;
  std::size_t waiting = 0;  // of these, Waiting: the last ones
  std::size_t in_log = 0;   // of these, InLog
  // Of these, those over several streams that are Tentative or Confirming. Another stream's newest event may make them
  // be decided again, and come to something; so nothing is decided behind them until that is clear.
  std::size_t unsettled = 0;
  std::size_t confirmed = 0;  // the first so many of since_base are durable
  // An append came to nothing: since_base is void behind the confirmed, and nothing is decided until all that rested on
  // it has come back from the log.
  bool broken = false;
  bool stale = false;  // there are events that base can only get from the log
  std::shared_ptr<Line> line = std::make_shared<Line>();
  std::vector<TicketPtr> late;     // Retry and Fail: durable, to be folded in where they fit
  std::uint64_t durable_next = 0;  // so many events of the stream are known to be durable
  Position end_of_own{};           // past the newest durable event decided here
  std::size_t bytes = 0;
  std::list<Resident*>::iterator in_order_of_use;

  // ---- under turn ----

  // The part of `ticket` that is this resident's.
  const Part& part_of(const Ticket& ticket) const;

  // Folds `confirmed` of since_base and what is late into base. False if base then lacks something that only the log
  // has.
  bool fold(std::size_t newly_confirmed, std::vector<TicketPtr> late_ones);
  // The state with all of since_base on top, and the revision of the next event. Null if since_base does not fit base:
  // an event of someone else's came between, and what is in the log's hands is going to fail.
  const void* newest(std::uint64_t& next);
  // Forgets the copy: base was caught up from the log, or what was decided on top of it came to nothing.
  void drop_ahead();
  // About how much memory it takes: measured anew when it may have grown by an eighth.
  std::size_t memory();

 private:
  bool fold_one(const Ticket& ticket, bool evolve);
  std::uint64_t next_of(const Ticket& ticket) const;
};

// The turns of several residents, which are sorted by address: one order everywhere. `store` stands for theirs.
class Turns {
 public:
  Turns(std::vector<std::shared_ptr<Resident>> residents, const void* store)
      : residents_(std::move(residents)), within_(Within::What::Turn, store) {
    for (auto& resident : residents_) resident->turn.lock();
  }
  ~Turns() {
    for (auto& resident : residents_) resident->turn.unlock();
  }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

 private:
  std::vector<std::shared_ptr<Resident>> residents_;
  const Within within_;
};

}  // namespace daybook::engine
