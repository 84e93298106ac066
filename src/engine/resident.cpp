#include "engine/resident.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace daybook::engine {

Resident::Resident(erased::Target t)
    : target(std::move(t)),
      folds_typed(!target.boundary && !target.type->sees_envelopes),
      speculates(folds_typed && target.type->copy) {}

const Part& Resident::part_of(const Ticket& ticket) const {
  const auto found = std::ranges::find(ticket.parts, this, &Part::resident);
  ENSURE(found != ticket.parts.end());
  return *found;
}

// False if there is a gap before it.
bool Resident::fold_one(const Ticket& ticket, bool evolve) {
  const auto& part = part_of(ticket);
  if (part.next + part.events <= base->next) return true;  // read from the log meanwhile
  if (part.next != base->next) return false;
  if (evolve) ticket.command->evolve(static_cast<std::size_t>(&part - ticket.parts.data()), base->state.get());
  base->next += part.events;
  base->end = std::max(base->end, ticket.end_of_append);
  base->since_snapshot += part.events;
  if (ticket.how.occurred)
    base->latest_occurred = std::max(base->latest_occurred, *ticket.how.occurred);
  else
    base->occurred_by_log = true;
  base->unmeasured += growth_of(part.events, ticket.data_bytes);
  return true;
}

bool Resident::fold(std::size_t newly_confirmed, std::vector<TicketPtr> late_ones) {
  ENSURE(since_base.size() >= newly_confirmed);
  if (!base) {
    since_base.erase(since_base.begin(), since_base.begin() + static_cast<std::ptrdiff_t>(newly_confirmed));
    drop_ahead();
    return false;
  }
  // When all that was decided is durable, what was decided on is the state itself, and nothing is folded twice.
  const bool adopt = newly_confirmed > 0 && newly_confirmed == since_base.size() && ahead &&
                     in_ahead == since_base.size() && ahead_next == next_of(*since_base.back()) &&
                     part_of(*since_base.front()).next == base->next;
  if (adopt) base->state = std::move(ahead);
  bool whole = true;
  for (; newly_confirmed > 0; --newly_confirmed) {
    whole = fold_one(*since_base.front(), !adopt) && whole;
    since_base.pop_front();
    if (in_ahead > 0) --in_ahead;
  }
  std::ranges::sort(late_ones, {}, [&](const TicketPtr& t) { return part_of(*t).next; });
  for (const auto& ticket : late_ones) whole = fold_one(*ticket, true) && whole;
  // The copy has served: when commands come one by one, each is decided on base itself.
  if (since_base.empty()) drop_ahead();
  return whole;
}

const void* Resident::newest(std::uint64_t& next) {
  next = base->next;
  if (since_base.empty()) return base->state.get();
  if (!ahead) {
    ahead = base->state.copy();
    ahead_next = base->next;
    in_ahead = 0;
  }
  for (; in_ahead < since_base.size(); ++in_ahead) {
    const auto& ticket = *since_base[in_ahead];
    const auto& part = part_of(ticket);
    // Read back from the log before its answer came: base has it, and so has this copy, which is younger (caught_up).
    if (part.next + part.events <= base->next) continue;
    if (part.next != ahead_next) return nullptr;
    ticket.command->evolve(static_cast<std::size_t>(&part - ticket.parts.data()), ahead.get());
    ahead_next += part.events;
  }
  next = ahead_next;
  return ahead.get();
}

void Resident::drop_ahead() {
  ahead.reset();
  in_ahead = 0;
}

std::uint64_t Resident::next_of(const Ticket& ticket) const {
  const auto& part = part_of(ticket);
  return part.next + part.events;
}

std::size_t Resident::memory() {
  if (base && (!measured || base->unmeasured >= std::max<std::size_t>(1024, measured_bytes / 8))) {
    measured_bytes = target.type->memory_used(base->state.get());
    base->unmeasured = 0;
    measured = true;
  }
  return sizeof(Resident) + 2 * target.stream.size() + (base ? measured_bytes : 0) + (ahead ? measured_bytes : 0);
}

}  // namespace daybook::engine
