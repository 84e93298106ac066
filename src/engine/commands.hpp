// Executes commands: decides them in order, ahead of the disk, and answers when what an answer rests on is durable.
//
// A queued command is decided on the newest state of its streams, which includes what the commands before it have
// decided and the log has not yet made durable. Its append names the exact revision of every stream it read, and the
// line (port/event_log.hpp) of appends it rests on. So if one append comes to nothing, so does everything that was
// decided on top of it; all of that comes back as Conflict, waits until the last of it is back, and is decided again,
// in order. A decision without an append (a refusal, or nothing to do) waits for what it rests on, and is decided again
// if that came to nothing.
//
// Retry and Fail decide on the durable state alone, and race.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/deliveries.hpp"
#include "engine/ground.hpp"
#include "engine/state_cache.hpp"
#include "engine/ticket.hpp"

namespace daybook::engine {

class Commands : public std::enable_shared_from_this<Commands> {
 public:
  // `log_moved` is called after every append that took place, from the log's thread.
  Commands(std::shared_ptr<Ground> ground, std::function<void()> log_moved);

  Outcome execute(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                  const CommandOptions& how);
  void submit(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
              const SubmitOptions& how, erased::Answered answered);
  void append(erased::PlainAppend what, Executor* completions, erased::Answered answered);
  Outcome append(erased::PlainAppend what);
  // The newest durable state, copied into `state`, which is of a type that can be copied.
  Status latest(const erased::Target& target, void* state);
  // Answers `completion` with why it was not even begun.
  void refuse(Executor* where, erased::Answered completion, Error why);
  // Runs the completions that had to wait for the end of a fold.
  void deliver() { deliveries_.run(); }

  // Waits until everybody is told who submitted before.
  void drain();
  void close(Closing how);
  bool closed() const { return closed_; }

  // For tests and figures.
  std::size_t cached_bytes() const;

 private:
  struct Sending;

  // commands.cpp: from submission to answer
  TicketPtr make_ticket(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                        const CommandOptions& how);
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  Result<std::uint64_t> admit(Deadline deadline);
  void start(const TicketPtr& ticket);
  void enter(const TicketPtr& ticket);
  void pump(const TicketPtr& ticket);
  void came_back(const TicketPtr& ticket, const Result<Appended>& result);
  bool blameless(const Ticket& ticket) const;
  void expire(const TicketPtr& ticket);
  std::vector<std::shared_ptr<Resident>> pins_of(const Ticket& ticket) const;

  // line_ups.cpp: called with mutex_ held
  bool eligible(const Ticket& ticket) const;
  bool must_wait(const Ticket& ticket) const;
  void mend(Resident& resident);
  void line_up(const TicketPtr& ticket);
  void set_stage(Ticket& ticket, Ticket::Stage stage);
  void park(const TicketPtr& ticket);
  void break_lines(const Ticket& ticket);
  void answer(const TicketPtr& ticket, Outcome outcome);
  void settle(const Ticket& ticket);
  void wake(Resident& resident);
  void tell(const TicketPtr& ticket, Outcome outcome);
  std::uint64_t one_more();
  void told_one(std::uint64_t wave);
  void left_log(std::size_t bytes);
  void post(std::move_only_function<void()> job);

  // deciding.cpp: under the turns of all the ticket's residents
  void attempt(const TicketPtr& ticket);
  Status prepare(Resident& resident, bool queues, Part& part, const void*& state, bool& on_ahead);
  Result<std::optional<Receipt>> exact_repeat(const Ticket& ticket) const;
  Result<std::optional<Position>> taken_at(const Ticket& ticket, bool newest) const;
  Outcome outcome_of(const Ticket& ticket, Position taken_at) const;
  void confirm(const TicketPtr& ticket);
  void confirm_now(const TicketPtr& ticket);
  void look_after(const std::shared_ptr<Resident>& resident);
  Status latest_of(Resident& resident, void* state);
  void trim();
  void send(const TicketPtr& ticket);
  void finish(const TicketPtr& ticket, Outcome outcome);

  // appends.cpp
  Status make_ready(Sending& sending);
  void send_plain(const std::shared_ptr<Sending>& sending);
  void plain_came_back(const std::shared_ptr<Sending>& sending, const Result<Appended>& result);
  void plain_done(const std::shared_ptr<Sending>& sending, Outcome outcome);

  const std::shared_ptr<Ground> ground_;
  const std::function<void()> log_moved_;
  Deliveries deliveries_;
  mutable std::mutex mutex_;
  std::condition_variable told_;
  StateCache cache_;
  std::map<Uuid, std::vector<TicketPtr>> by_command_id_;  // those that wait for the first of an id
  std::size_t in_flight_ = 0;                             // submitted, and not told
  // The same, by how many drains had begun before: those that a drain waits for are in waves of their own. The last is
  // that of whoever submits now.
  std::map<std::uint64_t, std::size_t> waves_{{0, 0}};
  std::size_t bytes_in_log_ = 0;  // sent, and not come back
  bool closing_ = false;
  std::atomic<bool> closed_ = false;
  bool refusing_ = false;
};

}  // namespace daybook::engine
