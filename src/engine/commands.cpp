#include "engine/commands.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "base/saturated.hpp"
#include "base/utf8.hpp"

namespace daybook::engine {

using Stage = Ticket::Stage;

// A copy: the ticket may be answered meanwhile, and let go of them.
std::vector<std::shared_ptr<Resident>> Commands::pins_of(const Ticket& ticket) const {
  std::lock_guard lock(mutex_);
  return ticket.pins;
}

Commands::Commands(std::shared_ptr<Ground> ground, std::function<void()> log_moved)
    : ground_(std::move(ground)),
      log_moved_(std::move(log_moved)),
      deliveries_(ground_.get()),
      cache_(ground_->options.cache_bytes) {}

// ---- submission --------------------------------------------------------------------------------------------------

TicketPtr Commands::make_ticket(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                                const CommandOptions& how) {
  auto ticket = std::make_shared<Ticket>();
  ticket->command = std::move(command);
  ticket->how = how;
  ticket->queues = std::holds_alternative<Queue>(how.on_conflict);
  if (const auto* retry = std::get_if<Retry>(&how.on_conflict)) ticket->retries_left = retry->times;
  std::lock_guard lock(mutex_);
  for (const auto& target : targets) {
    ticket->pins.push_back(cache_.of(target));
    ticket->parts.push_back({ticket->pins.back().get()});
  }
  std::ranges::sort(ticket->pins);
  return ticket;
}

// Counts one more command in flight, or says why not. Its wave.
Result<std::uint64_t> Commands::admit(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto& options = ground_->options;
  auto room = [&] { return in_flight_ < options.commands_in_flight && bytes_in_log_ < options.bytes_in_flight; };
  // Within a completion, waiting for others might be waiting for this one to return.
  if (!room() && Within::in_completion(ground_.get()))
    return fail(ErrorCode::Overload, std::to_string(in_flight_) + " commands and " + std::to_string(bytes_in_log_) +
                                         " bytes are in flight; at most " + std::to_string(options.commands_in_flight) +
                                         " and " + std::to_string(options.bytes_in_flight) + " may be");
  auto admitted = [&] { return closing_ || room(); };
  if (!deadline)
    told_.wait(lock, admitted);
  else if (!told_.wait_until(lock, *deadline, admitted))
    return fail(ErrorCode::DeadlineExceeded, "the deadline passed while too much was in flight: nothing was done");
  if (closing_) return fail(ErrorCode::Closed, "the store is closed");
  return one_more();
}

Outcome Commands::execute(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                          const CommandOptions& how) {
  Deadline deadline;
  if (how.deadline) deadline = base::saturated_sum(std::chrono::steady_clock::now(), *how.deadline);
  const auto admitted = admit(deadline);
  if (!admitted) return admitted.error();
  Waiter waiter;
  auto ticket = make_ticket(std::move(command), targets, how);
  ticket->wave = *admitted;
  ticket->waiter = &waiter;
  start(ticket);
  for (;;) {
    std::unique_lock lock(waiter.mutex);
    auto ready = [&] { return waiter.answer || waiter.again; };
    if (!deadline) {
      waiter.changed.wait(lock, ready);
    } else if (!waiter.changed.wait_until(lock, *deadline, ready)) {
      lock.unlock();
      deadline.reset();
      expire(ticket);
      continue;
    }
    if (waiter.answer) return std::move(*waiter.answer);
    waiter.again = false;
    lock.unlock();
    enter(ticket);
  }
}

void Commands::submit(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                      const SubmitOptions& how, erased::Answered answered) {
  Deadline deadline;
  if (how.deadline) deadline = base::saturated_sum(std::chrono::steady_clock::now(), *how.deadline);
  auto admitted = admit(deadline);
  if (!admitted) return refuse(how.completions, std::move(answered), std::move(admitted).error());
  auto ticket = make_ticket(std::move(command), targets, how.of_command());
  ticket->wave = *admitted;
  ticket->completion = std::move(answered);
  ticket->where = how.completions;
  if (how.deadline)
    ground_->background->post_after(
        base::saturated_difference(deadline->time_since_epoch(), std::chrono::steady_clock::now().time_since_epoch()),
        [weak = weak_from_this(), late = std::weak_ptr(ticket)] {
          auto self = weak.lock();
          auto t = late.lock();
          if (!self || !t) return;
          const Within within(Within::What::Engine, self->ground_.get());
          self->expire(std::exchange(t, nullptr));
        });
  start(ticket);
}

void Commands::refuse(Executor* where, erased::Answered completion, Error why) {
  std::uint64_t wave = 0;
  {
    std::lock_guard lock(mutex_);
    wave = one_more();  // draining waits for this completion too
  }
  deliveries_.add(
      where, [self = shared_from_this(), wave, completion = std::move(completion), why = std::move(why)]() mutable {
        completion(std::move(why));
        completion = nullptr;  // nothing of it is left when it counts as told
        std::lock_guard lock(self->mutex_);
        self->told_one(wave);
      });
  deliveries_.run();
}

void Commands::start(const TicketPtr& ticket) {
  const auto& how = ticket->how;
  std::optional<Outcome> at_once;
  if (std::ranges::adjacent_find(ticket->pins) != ticket->pins.end())
    at_once = Error{ErrorCode::InvalidArgument, "a command over several aggregates names one of them twice", {}};
  else if (how.expected.kind != Expect::Kind::Any && ticket->parts[0].resident->target.boundary)
    at_once = Error{ErrorCode::InvalidArgument, "a boundary has no revision that could be expected", {}};
  else if (const auto* retry = std::get_if<Retry>(&how.on_conflict); retry && retry->times < 0)
    at_once = Error{ErrorCode::InvalidArgument,
                    "on_conflict is Retry{" + std::to_string(retry->times) + "}; 0 times or more were expected",
                    {}};
  if (!at_once && how.command_id) {
    {
      std::lock_guard lock(mutex_);
      if (ticket->told) return;  // its deadline passed while it waited for its twin
      auto [first, is_first] = by_command_id_.try_emplace(*how.command_id);
      ticket->first_of_its_id = is_first;
      if (!is_first) {
        // Its twin is on the way: what becomes of this one shows when that is answered.
        first->second.push_back(ticket);
        return;
      }
    }
    auto known = ground_->log->find_command(*how.command_id);
    if (!known)
      at_once = std::move(known).error();
    else if (*known)
      at_once = Outcome(Receipt{.position = (*known)->last, .revision = (*known)->last_revision, .repeated = true},
                        (*known)->last.next());
  }
  if (!at_once) return enter(ticket);
  {
    std::lock_guard lock(mutex_);
    if (ticket->queues) line_up(ticket);
    answer(ticket, std::move(*at_once));
  }
  deliveries_.run();
}

// Decides now, or queues up behind those that are to be decided before.
void Commands::enter(const TicketPtr& ticket) {
  {
    Turns turns(pins_of(*ticket), ground_.get());
    bool now = true;
    if (ticket->queues) {
      std::lock_guard lock(mutex_);
      for (auto& pin : ticket->pins)
        if (pin->broken && pin->in_log == 0 && pin->waiting == 0) mend(*pin);
      if (must_wait(*ticket)) {
        park(ticket);
        now = false;
      }
    }
    if (now) attempt(ticket);
  }
  deliveries_.run();
}

// Decides a ticket that waited, if its time has come.
void Commands::pump(const TicketPtr& ticket) {
  {
    Turns turns(pins_of(*ticket), ground_.get());
    bool now = false;
    {
      std::lock_guard lock(mutex_);
      ticket->pump_posted = false;
      if (ticket->stage == Stage::Waiting && eligible(*ticket)) {
        for (auto& pin : ticket->pins)
          if (pin->broken) mend(*pin);
        set_stage(*ticket, Stage::Deciding);
        now = true;
      }
    }
    if (now) {
      attempt(ticket);
      std::lock_guard lock(mutex_);
      for (auto& part : ticket->parts)
        if (ticket->in_line_up) wake(*part.resident);
    }
  }
  deliveries_.run();
}

// ---- what comes back from the log --------------------------------------------------------------------------------

// An append that names a line of schemas can conflict because another one on that line did. Whether it is to blame
// itself shows in the streams. (For a boundary that would take a search; to decide once more is right in any case.)
bool Commands::blameless(const Ticket& ticket) const {
  if (std::ranges::none_of(ticket.schema_lines, [](const auto& line) { return line->broken.load(); })) return false;
  return std::ranges::all_of(ticket.parts, [&](const Part& part) {
    if (part.resident->target.boundary) return true;
    const auto head = ground_->log->head(part.resident->target.stream);
    return head && (*head ? (*head)->revision.value + 1 : 0) == part.next;
  });
}

void Commands::came_back(const TicketPtr& ticket, const Result<Appended>& result) {
  const bool conflict = !result && result.error().code == ErrorCode::Conflict;
  const bool spare = conflict && blameless(*ticket);
  {
    std::lock_guard lock(mutex_);
    left_log(ticket->bytes);
    const bool written = result && !result->repeated;
    if (written) ticket->end_of_append = result->last.next();
    for (auto& part : ticket->parts) {
      auto& r = *part.resident;
      if (!written || part.events == 0) continue;
      if (!r.folds_typed)
        r.stale = true;
      else if (ticket->queues)
        ++r.confirmed;
      else
        r.late.push_back(ticket);
      // Kept with it until it is folded in, when the state is next used.
      if (r.folds_typed) cache_.set_bytes(r, r.bytes + sizeof(Ticket) + ticket->bytes);
      r.end_of_own = std::max(r.end_of_own, ticket->end_of_append);
      r.durable_next = std::max(r.durable_next, part.next + part.events);
    }
    if (!written && ticket->queues) break_lines(*ticket);
    std::optional<Error> schema_error;
    for (const auto& line : ticket->schema_lines)
      if (!schema_error) schema_error = line->error();
    if (result)
      answer(ticket, Outcome(Receipt{.position = result->last,
                                     .revision = result->revisions.empty() ? std::optional<Revision>()
                                                                           : result->revisions.back(),
                                     .repeated = result->repeated},
                             result->last.next()));
    else if (!conflict || ticket->told)
      answer(ticket, result.error());
    else if (schema_error)
      answer(ticket, *schema_error);
    else if (ticket->queues) {
      set_stage(*ticket, Stage::Waiting);
      for (auto& part : ticket->parts) wake(*part.resident);
    } else {
      for (auto& part : ticket->parts) part.resident->stale = true;
      if (ticket->retries_left == 0 && !spare) {
        answer(ticket, result.error());
      } else {
        if (!spare) --ticket->retries_left;
        set_stage(*ticket, Stage::Deciding);
        if (ticket->waiter) {
          std::lock_guard waiting(ticket->waiter->mutex);
          ticket->waiter->again = true;
          ticket->waiter->changed.notify_one();
        } else {
          post([self = shared_from_this(), ticket] { self->enter(ticket); });
        }
      }
    }
  }
  if (result) log_moved_();
  deliveries_.run();
}

void Commands::expire(const TicketPtr& ticket) {
  {
    std::lock_guard lock(mutex_);
    if (ticket->told) return;
    const Error nothing_done{ErrorCode::DeadlineExceeded,
                             "the deadline passed before the command was decided for good: nothing was done",
                             {}};
    if (ticket->answer) {  // it waited for others to be told
      tell(ticket, std::move(*ticket->answer));
    } else if (ticket->stage == Stage::Waiting) {
      answer(ticket, nothing_done);
      tell(ticket, nothing_done);  // wherever in the line it stands
    } else if (ticket->stage == Stage::Tentative || ticket->stage == Stage::Confirming) {
      tell(ticket, nothing_done);  // once told it is not decided again, and so never comes to anything
    }
    // The answer that comes later finds nobody.
    tell(ticket,
         Error{ErrorCode::DeadlineExceeded,
               "the deadline passed while the command was being executed: it may still take effect (under a command "
               "id, asking again tells)",
               {}});
  }
  deliveries_.run();
}

// ---- the rest ----------------------------------------------------------------------------------------------------

void Commands::drain() {
  deliveries_.run();
  std::unique_lock lock(mutex_);
  const auto last = waves_.rbegin()->first;
  waves_.emplace(last + 1, 0);
  if (waves_.at(last) == 0) waves_.erase(last);
  told_.wait(lock, [&] { return waves_.begin()->first > last; });
}

void Commands::close(Closing how) {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    told_.notify_all();
    if (how == Closing::Refuse) {
      refusing_ = true;
      std::vector<TicketPtr> waiting;
      cache_.for_each([&](Resident& r) {
        for (auto& ticket : r.line_up)
          if (ticket->stage == Stage::Waiting) waiting.push_back(ticket);
      });
      for (auto& ticket : waiting)
        if (ticket->stage == Stage::Waiting)
          answer(ticket, Error{ErrorCode::Closed, "the store was closed: nothing was done", {}});
    }
  }
  drain();
  closed_ = true;
}

std::size_t Commands::cached_bytes() const {
  std::lock_guard lock(mutex_);
  return cache_.bytes();
}

}  // namespace daybook::engine
