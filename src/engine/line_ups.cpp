// The book-keeping of Commands: who waits for whom, and who is told. Everything here runs under its mutex, and quickly.
#include <algorithm>

#include "base/ensure.hpp"
#include "engine/commands.hpp"

namespace daybook::engine {

using Stage = Ticket::Stage;

// Whether a waiting ticket may be decided: it is the first that waits everywhere, and nothing that is going to fail is
// still out.
bool Commands::eligible(const Ticket& ticket) const {
  return std::ranges::all_of(ticket.parts, [&](const Part& part) {
    const auto& r = *part.resident;
    if ((r.broken && r.in_log > 0) || r.unsettled > 0) return false;
    if (!r.speculates) return r.line_up.front().get() == &ticket;
    return std::ranges::find(r.line_up, Stage::Waiting, &Ticket::stage)->get() == &ticket;
  });
}

bool Commands::must_wait(const Ticket& ticket) const {
  return std::ranges::any_of(ticket.parts, [](const Part& part) {
    const auto& r = *part.resident;
    return r.broken || r.waiting > 0 || r.unsettled > 0 || (!r.speculates && !r.line_up.empty());
  });
}

// Everything that rested on the failed append is back. Called under the resident's turn as well.
void Commands::mend(Resident& r) {
  ENSURE(r.in_log == 0);
  r.since_base.erase(r.since_base.begin() + static_cast<std::ptrdiff_t>(r.confirmed), r.since_base.end());
  r.drop_ahead();
  r.line = std::make_shared<Line>();
  r.broken = false;
  r.stale = true;
}

void Commands::line_up(const TicketPtr& ticket) {
  ENSURE(!ticket->in_line_up);
  ticket->in_line_up = true;
  for (auto& part : ticket->parts) part.resident->line_up.push_back(ticket);
}

// Keeps count of those that wait, those that are with the log, and those that others wait for.
void Commands::set_stage(Ticket& ticket, Stage stage) {
  const bool over_several = ticket.parts.size() > 1;
  auto unsettled = [&](Stage s) { return over_several && (s == Stage::Tentative || s == Stage::Confirming); };
  if (ticket.queues)
    for (auto& part : ticket.parts) {
      auto& r = *part.resident;
      if (ticket.stage == Stage::Waiting) --r.waiting;
      if (ticket.stage == Stage::InLog) --r.in_log;
      if (unsettled(ticket.stage)) --r.unsettled;
      if (stage == Stage::Waiting) ++r.waiting;
      if (stage == Stage::InLog) ++r.in_log;
      if (unsettled(stage)) ++r.unsettled;
    }
  ticket.stage = stage;
}

void Commands::park(const TicketPtr& ticket) {
  if (!ticket->in_line_up) line_up(ticket);
  set_stage(*ticket, Stage::Waiting);
  for (auto& part : ticket->parts) wake(*part.resident);
}

// Nothing more is decided on top of what this ticket decided, and what was without an append is decided again. (What
// was with one comes back from the log.)
void Commands::break_lines(const Ticket& ticket) {
  for (const auto& part : ticket.parts) {
    auto& r = *part.resident;
    r.broken = true;
    bool behind = false;
    for (auto& other : r.line_up) {
      if (behind && other->stage == Stage::Tentative) set_stage(*other, Stage::Waiting);
      if (other.get() == &ticket) behind = true;
    }
  }
}

// Its answer is certain; it is told when everything before it is.
void Commands::answer(const TicketPtr& ticket, Outcome outcome) {
  set_stage(*ticket, Stage::Answered);
  ticket->answer = std::move(outcome);
  if (ticket->in_line_up) return settle(*ticket);
  tell(ticket, std::move(*ticket->answer));
  ticket->pins.clear();
}

// Tells what can be told, from the front of the ticket's line-ups on.
void Commands::settle(const Ticket& ticket) {
  std::vector<std::shared_ptr<Resident>> work = ticket.pins;
  while (!work.empty()) {
    auto resident = std::move(work.back());
    work.pop_back();
    while (!resident->line_up.empty()) {
      const auto first = resident->line_up.front();
      const bool first_everywhere =
          std::ranges::all_of(first->parts, [&](auto& p) { return p.resident->line_up.front() == first; });
      if (!first_everywhere) break;
      // Everything it rests on is durable. If nothing else is yet, the point at which it was right is known; else it is
      // looked for, which is nothing for the log's thread.
      if (first->stage == Stage::Tentative && first->parts.size() == 1 &&
          first->parts[0].next == resident->durable_next && !std::holds_alternative<Error>(first->negative)) {
        set_stage(*first, Stage::Answered);
        first->answer = outcome_of(*first, resident->end_of_own);
      } else if (first->stage == Stage::Tentative) {
        set_stage(*first, Stage::Confirming);
        post([self = shared_from_this(), first] { self->confirm(first); });
        break;
      }
      if (first->stage != Stage::Answered) break;
      for (auto& p : first->parts) p.resident->line_up.pop_front();
      first->in_line_up = false;
      tell(first, std::move(*first->answer));
      auto pins = std::move(first->pins);
      first->pins.clear();
      for (auto& pin : pins) {
        wake(*pin);
        if (pin != resident) work.push_back(std::move(pin));
      }
    }
    wake(*resident);
  }
}

// Sees to it that the first ticket that waits is decided, once it can be.
void Commands::wake(Resident& r) {
  if (r.waiting == 0) return;
  const auto first = *std::ranges::find(r.line_up, Stage::Waiting, &Ticket::stage);
  if (first->pump_posted || !eligible(*first)) return;
  first->pump_posted = true;
  post([self = shared_from_this(), first] { self->pump(first); });
}

void Commands::tell(const TicketPtr& ticket, Outcome outcome) {
  if (ticket->told) return;
  ticket->told = true;
  if (std::exchange(ticket->first_of_its_id, false)) {
    // The twins ask again: now there is a receipt to find, or it is the next one's turn.
    auto twins = by_command_id_.extract(*ticket->how.command_id);
    for (auto& twin : twins.mapped()) post([self = shared_from_this(), twin] { self->start(twin); });
  }
  if (auto* waiter = std::exchange(ticket->waiter, nullptr)) {
    told_one(ticket->wave);
    std::lock_guard waiting(waiter->mutex);
    waiter->answer = std::move(outcome);
    waiter->changed.notify_one();
  } else {
    deliveries_.add(ticket->where, [self = shared_from_this(), wave = ticket->wave,
                                    done = std::move(ticket->completion), outcome = std::move(outcome)]() mutable {
      done(std::move(outcome));
      done = nullptr;  // nothing of it is left when it counts as told
      std::lock_guard lock(self->mutex_);
      self->told_one(wave);
    });
  }
}

void Commands::left_log(std::size_t bytes) {
  const auto limit = ground_->options.bytes_in_flight;
  if (bytes_in_log_ >= limit && bytes_in_log_ - bytes < limit) told_.notify_all();
  bytes_in_log_ -= bytes;
}

// To the background.
void Commands::post(std::move_only_function<void()> job) {
  ground_->background->post([store = ground_.get(), job = std::move(job)]() mutable {
    const Within within(Within::What::Engine, store);
    job();
    job = nullptr;  // what it held may be the last of something
  });
}

// Of those that a drain may have to wait for. Its wave.
std::uint64_t Commands::one_more() {
  ++in_flight_;
  auto& [wave, count] = *waves_.rbegin();
  ++count;
  return wave;
}

void Commands::told_one(std::uint64_t wave) {
  --in_flight_;
  const auto of = waves_.find(wave);
  if (--of->second == 0 && std::next(of) != waves_.end()) waves_.erase(of);
  told_.notify_all();
}

}  // namespace daybook::engine
