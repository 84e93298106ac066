// The half of Commands that decides, under the turns of all the ticket's residents.
#include <algorithm>
#include <deque>

#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "daybook/limits.hpp"
#include "daybook/provenance.hpp"
#include "engine/commands.hpp"
#include "engine/snapshot_writer.hpp"

namespace daybook::engine {

using Stage = Ticket::Stage;

namespace {

bool holds(Expect expected, std::uint64_t next) {
  switch (expected.kind) {
    case Expect::Kind::Any: return true;
    case Expect::Kind::None: return next == 0;
    case Expect::Kind::Exists: return next > 0;
    case Expect::Kind::Exactly: return next == expected.revision.value + 1;
  }
  return false;
}

std::string text_of(Expect expected) {
  switch (expected.kind) {
    case Expect::Kind::Any: return "anything";
    case Expect::Kind::None: return "no event";
    case Expect::Kind::Exists: return "some event";
    case Expect::Kind::Exactly: return "revision " + std::to_string(expected.revision.value);
  }
  return "?";
}

Error not_as_expected(const std::string& stream, Expect expected, std::uint64_t next) {
  return {ErrorCode::Conflict,
          "stream " + base::quoted(stream) + " was expected to have " + text_of(expected) +
              (next == 0 ? ", and has no event" : ", and is at revision " + std::to_string(next - 1)),
          {}};
}

}  // namespace

void Commands::finish(const TicketPtr& ticket, Outcome outcome) {
  std::lock_guard lock(mutex_);
  if (ticket->queues && !ticket->in_line_up) line_up(ticket);
  answer(ticket, std::move(outcome));
}

// Makes the resident's state ready to be decided on: durable, or with everything in flight on top. A null `state` means
// that what is in flight is going to fail.
Status Commands::prepare(Resident& r, bool queues, Part& part, const void*& state, bool& on_ahead) {
  std::size_t confirmed = 0;
  std::vector<TicketPtr> late;
  bool stale = false;
  {
    std::lock_guard lock(mutex_);
    confirmed = std::exchange(r.confirmed, 0);
    late.swap(r.late);
    stale = std::exchange(r.stale, false);
  }
  const bool whole = r.fold(confirmed, std::move(late));
  if (!r.base) {
    auto loaded = ground_->loader.latest(r.target);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    r.base = std::move(*loaded);
    r.drop_ahead();
  } else if (stale || !whole || r.target.boundary) {
    auto caught_up = ground_->loader.catch_up(r.target, *r.base);
    r.drop_ahead();
    if (!caught_up) {
      std::lock_guard lock(mutex_);
      r.stale = true;
      return caught_up;
    }
  }
  if (auto later = consider_snapshot(ground_, r))
    ground_->background->post_after(*later, [weak = weak_from_this(), resident = r.weak_from_this()] {
      auto self = weak.lock();
      auto pin = resident.lock();
      if (!self || !pin) return;
      const Within within(Within::What::Engine, self->ground_.get());
      self->look_after(std::exchange(pin, nullptr));
    });
  part.next = r.base->next;
  state = r.base->state.get();
  if (queues && r.speculates && !r.since_base.empty()) {
    state = r.newest(part.next);
    on_ahead = true;
  }
  const auto bytes = r.memory();
  {
    std::lock_guard lock(mutex_);
    r.durable_next = std::max(r.durable_next, r.base->next);
    cache_.set_bytes(r, bytes);
  }
  trim();
  return {};
}

// Brings the cache back into its bound.
void Commands::trim() {
  std::vector<std::shared_ptr<Resident>> evicted;
  std::lock_guard lock(mutex_);
  evicted = cache_.evict();
  // Destroyed after the lock, which was taken later.
}

void Commands::attempt(const TicketPtr& ticket) {
  auto& t = *ticket;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (refusing_ || t.told) {
        if (t.queues && !t.in_line_up) line_up(ticket);
        return answer(ticket, Error{ErrorCode::Closed, "the store was closed: nothing was done", {}});
      }
    }
    bool on_ahead = false;
    std::vector<const void*> states(t.parts.size());
    for (std::size_t i = 0; i < t.parts.size(); ++i) {
      if (auto ready = prepare(*t.parts[i].resident, t.queues, t.parts[i], states[i], on_ahead); !ready)
        return finish(ticket, ready.error());
      if (!states[i]) {
        // What is with the log is certain to come back as Conflict; until then there is nothing to decide on.
        std::lock_guard lock(mutex_);
        if (t.parts[i].resident->in_log > 0) t.parts[i].resident->broken = true;
        return park(ticket);
      }
    }
    if (!holds(t.how.expected, t.parts[0].next)) {
      t.negative = not_as_expected(t.parts[0].resident->target.stream, t.how.expected, t.parts[0].next);
    } else {
      auto refusal = t.command->decide(states);
      if (!refusal && t.command->events() > 0) return send(ticket);
      if (refusal)
        t.negative = std::move(*refusal);
      else
        t.negative = std::monostate{};
    }
    if (on_ahead) {
      std::lock_guard lock(mutex_);
      if (std::ranges::any_of(t.parts, [](auto& p) { return p.resident->broken; })) return park(ticket);
      if (!t.in_line_up) line_up(ticket);
      set_stage(t, Stage::Tentative);
      return settle(t);
    }
    auto at = taken_at(t, true);
    if (!at) return finish(ticket, at.error());
    if (*at) return finish(ticket, outcome_of(t, **at));
    std::lock_guard lock(mutex_);
    for (auto& part : t.parts) part.resident->stale = true;
  }
}

// The end of the log at which a decision without events holds: each state knew every event of its stream before it.
// Nothing if there is no such point, because an event came that was not known. `newest`: nothing at all may have come
// since.
Result<std::optional<Position>> Commands::taken_at(const Ticket& t, bool newest) const {
  if (t.parts[0].resident->target.boundary) return t.parts[0].resident->base->end;
  // First the end, then the heads: what a head does not know was not there at that end.
  auto end = ground_->log->end();
  Position known{};
  for (const auto& part : t.parts) {
    const auto& stream = part.resident->target.stream;
    auto head = ground_->log->head(stream);
    if (!head) return std::unexpected(std::move(head).error());
    const auto next = *head ? (*head)->revision.value + 1 : 0;
    if (next == part.next) {
      if (*head) known = std::max(known, (*head)->position.next());
      continue;
    }
    // To decide again would find the same, for ever.
    if (newest && next < part.next)
      return fail(ErrorCode::ForeignHistory, "the state of stream " + base::quoted(stream) + " knows " +
                                                 std::to_string(part.next) + " events, and the log has " +
                                                 std::to_string(next) + ": it is of another history");
    if (newest || next < part.next) return std::nullopt;
    // Something came since. It may have come after the other streams' newest: then all were as they were known up to
    // there.
    auto cursor = ground_->log->read_stream(stream, {.from = Revision{part.next == 0 ? 0 : part.next - 1}});
    if (!cursor) return std::unexpected(std::move(cursor).error());
    for (auto revision = part.next == 0 ? 0 : part.next - 1; revision <= part.next; ++revision) {
      auto event = (*cursor)->next();
      if (!event) return std::unexpected(std::move(event).error());
      ENSURE(*event);
      if (revision < part.next)
        known = std::max(known, (*event)->position.next());
      else
        end = std::min(end, (*event)->position);
    }
  }
  if (known > end) return std::nullopt;
  return end;
}

Outcome Commands::outcome_of(const Ticket& t, Position taken_at) const {
  if (const auto* refusal = std::get_if<Refusal>(&t.negative)) return {*refusal, taken_at};
  if (const auto* error = std::get_if<Error>(&t.negative)) {
    const auto kind = t.how.expected.kind;
    if (t.how.command_id && (kind == Expect::Kind::Exactly || kind == Expect::Kind::None)) {
      auto repeat = exact_repeat(t);
      if (!repeat) return repeat.error();
      if (*repeat) return {**repeat, (*repeat)->position.next()};
    }
    return *error;
  }
  const auto next = t.parts[0].next;
  return {Receipt{.position = Position{taken_at.value == 0 ? 0 : taken_at.value - 1},
                  .revision = next == 0 || t.parts[0].resident->target.boundary ? std::optional<Revision>()
                                                                                : Revision{next - 1},
                  .empty = true},
          taken_at};
}

// A command that named its revision, or none, is known at any age: its events would stand right behind.
Result<std::optional<Receipt>> Commands::exact_repeat(const Ticket& t) const {
  const auto& stream = t.parts[0].resident->target.stream;
  const auto from = t.how.expected.kind == Expect::Kind::None ? Revision{0} : t.how.expected.revision.next();
  auto cursor = ground_->log->read_stream(stream, {.from = from});
  if (!cursor) return std::unexpected(std::move(cursor).error());
  auto there = (*cursor)->next();
  if (!there) return std::unexpected(std::move(there).error());
  if (!*there) return std::nullopt;
  if (provenance(**there).command_id != t.how.command_id) return std::nullopt;
  // Events of the command's other streams may stand before that one in the batch.
  std::uint32_t index = 0;
  const auto others = t.parts.size() == 1 ? 1u : static_cast<std::uint32_t>(kHardLimits.batch_events);
  while (index < others && (*there)->id != event_id_of(*t.how.command_id, index)) ++index;
  if (index == others) return std::nullopt;
  Receipt receipt{.position = (*there)->position, .revision = (*there)->revision, .repeated = true};
  auto batch = ground_->log->read({.from = (*there)->position.next()});
  if (!batch) return std::unexpected(std::move(batch).error());
  for (;;) {
    auto next = (*batch)->next();
    if (!next) return std::unexpected(std::move(next).error());
    if (!*next || (*next)->id != event_id_of(*t.how.command_id, ++index)) return receipt;
    receipt.position = (*next)->position;
    receipt.revision = (*next)->revision;
  }
}

// A decision without events over several streams, all of whose predecessors are durable: is there a point at which it
// was right?
void Commands::confirm(const TicketPtr& ticket) {
  {
    Turns turns(pins_of(*ticket), ground_.get());
    confirm_now(ticket);
  }
  deliveries_.run();
}

void Commands::confirm_now(const TicketPtr& ticket) {
  {
    std::lock_guard lock(mutex_);
    if (ticket->told) return answer(ticket, Error{ErrorCode::DeadlineExceeded, "", {}});  // nobody hears this
  }
  auto at = taken_at(*ticket, false);
  if (!at) return finish(ticket, at.error());
  if (*at) return finish(ticket, outcome_of(*ticket, **at));
  std::lock_guard lock(mutex_);
  for (auto& part : ticket->parts) part.resident->stale = true;
  park(ticket);
}

// Encodes what was decided and hands it to the log.
void Commands::send(const TicketPtr& ticket) {
  auto& t = *ticket;
  thread_local erased::EventBuffer buffer;
  thread_local std::vector<NewEvent> events;
  thread_local std::vector<std::string_view> tags;
  buffer.clear();
  events.clear();
  tags.clear();
  if (auto encoded = t.command->encode(ground_->options.payload, buffer); !encoded)
    return finish(ticket, encoded.error());
  auto metadata = metadata_of({t.how.actor, t.how.correlation_id, t.how.causation_id, t.how.command_id});
  if (!metadata) return finish(ticket, metadata.error());

  for (std::size_t i = 0; i < t.parts.size(); ++i) t.parts[i].events = t.command->events_of(i);
  for (std::size_t i = 0; i < buffer.size(); ++i)
    for (const auto& tag : buffer.tags(i)) tags.push_back(tag);
  // Events that a boundary decides for an aggregate it reads stand in streams of that one's category.
  std::deque<std::string> streams;
  for (std::size_t i = 0, tag = 0; i < buffer.size(); ++i) {
    const auto& e = buffer[i];
    const auto count = buffer.tags(i).size();
    const auto& target = t.parts[e.state].resident->target;
    std::string_view stream = target.stream;
    if (!e.category.empty())
      stream = streams.emplace_back(std::string(e.category) += stream.substr(target.type->category.size()));
    events.push_back({.stream = stream,
                      .type = e.type->name,
                      .data = buffer.data(i),
                      .metadata = *metadata,
                      .occurred = t.how.occurred,
                      .tags = std::span(tags).subspan(tag, count),
                      .content_type = e.content_type,
                      .schema_version = e.type->version,
                      .schema = e.type->schema_fingerprint()});
    tag += count;
  }

  std::vector<StreamCondition> conditions;
  AppendRequest request{.events = events, .command_id = t.how.command_id};
  t.lines.clear();
  for (const auto& part : t.parts) {
    const auto& r = *part.resident;
    if (r.target.boundary) {
      request.none_matching = {&*r.target.boundary, r.base->end};
      continue;
    }
    conditions.push_back({r.target.stream, part.next == 0 ? Expect::none() : Expect::exactly(Revision{part.next - 1})});
  }
  auto schema_lines = ground_->schemas->announce(buffer);
  if (!schema_lines) return finish(ticket, schema_lines.error());
  t.schema_lines = std::move(*schema_lines);
  for (auto& line : t.schema_lines) conditions.push_back({kSchemaStream, Expect::any(), line.get()});
  {
    std::lock_guard lock(mutex_);
    if (t.queues) {
      if (std::ranges::any_of(t.parts, [](auto& p) { return p.resident->broken; })) return park(ticket);
      for (std::size_t i = 0; i < t.parts.size(); ++i) {
        auto& r = *t.parts[i].resident;
        if (r.target.boundary) continue;
        t.lines.push_back(r.line);
        conditions[i].line = r.line.get();
      }
      if (!t.in_line_up) line_up(ticket);
    }
    set_stage(t, Stage::InLog);
    t.data_bytes = buffer.data_bytes();
    bytes_in_log_ += t.bytes = size_in_log(buffer);
  }
  if (t.queues)
    for (auto& part : t.parts)
      if (part.events > 0 && part.resident->folds_typed) part.resident->since_base.push_back(ticket);
  request.conditions = conditions;
  ground_->log->append(request, [self = shared_from_this(), ticket = ticket](Result<Appended> result) mutable {
    const Within within(Within::What::Engine, self->ground_.get());
    self->came_back(std::exchange(ticket, nullptr), result);
  });
}

// The snapshot timer of a resident that nobody may have used since.
void Commands::look_after(const std::shared_ptr<Resident>& r) {
  {
    Turns turns({r}, ground_.get());
    r->snapshot_timer = false;
    Part part;
    const void* state = nullptr;
    bool on_ahead = false;
    if (auto ready = prepare(*r, false, part, state, on_ahead); !ready)
      ground_->warn("state of " + base::quoted(r->target.stream), ready.error());
  }
  deliveries_.run();
}

Status Commands::latest(const erased::Target& target, void* state) {
  std::shared_ptr<Resident> resident;
  {
    std::lock_guard lock(mutex_);
    resident = cache_.of(target);
  }
  Status read;
  {
    Turns turns({resident}, ground_.get());
    read = latest_of(*resident, state);
  }
  resident.reset();
  trim();
  deliveries_.run();
  return read;
}

Status Commands::latest_of(Resident& r, void* state) {
  Ticket reading;
  reading.parts.push_back({&r});
  for (;;) {
    const void* newest = nullptr;
    bool on_ahead = false;
    if (auto ready = prepare(r, false, reading.parts[0], newest, on_ahead); !ready) return ready;
    auto at = taken_at(reading, true);
    if (!at) return std::unexpected(std::move(at).error());
    if (*at) {
      r.target.type->assign(state, newest);
      return {};
    }
    std::lock_guard lock(mutex_);
    r.stale = true;
  }
}

}  // namespace daybook::engine
