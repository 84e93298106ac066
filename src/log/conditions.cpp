// Whether an append may take place: is it a repeat, do its lines go on, do its conditions hold. The rest of the
// sequencer is in sequencer.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "journal/format.hpp"
#include "log/record.hpp"
#include "log/sequencer.hpp"

namespace daybook::log {
namespace {

std::string told(const std::optional<Revision>& last) {
  return last ? fmt::format("is at revision {}", last->value) : std::string("has no events");
}

Status holds(const Request::Condition& condition, const std::optional<Revision>& last) {
  const auto conflict = [&](std::string_view expected) {
    return fail(ErrorCode::Conflict,
                fmt::format("stream {} {}; {} was expected", base::quoted(condition.stream), told(last), expected));
  };
  switch (condition.expect.kind) {
    case Expect::Kind::Any: return {};
    case Expect::Kind::None: return last ? conflict("none") : Status{};
    case Expect::Kind::Exists: return last ? Status{} : conflict("an existing stream");
    case Expect::Kind::Exactly:
      return last == condition.expect.revision ? Status{}
                                               : conflict(fmt::format("revision {}", condition.expect.revision.value));
  }
  return {};
}

}  // namespace

Status Sequencer::settle(Request& request) {
  const auto repeat = is_repeat(request);
  if (!repeat) return std::unexpected(repeat.error());
  if (*repeat) return {};
  auto good = check_conditions(request);
  if (good) return append(request);
  if (good.error().code != ErrorCode::Conflict) return good;
  // What meets with a conflict may be a repeat that is no longer remembered: its receipt comes before any condition.
  for (const auto& condition : request.conditions) {
    const auto repeated = is_repeat_by_revision(request, condition);
    if (!repeated) return std::unexpected(repeated.error());
    if (*repeated) return {};
  }
  return good;
}

Status Sequencer::check_conditions(const Request& request) {
  for (const auto& condition : request.conditions) {
    if (condition.line && condition.line->broken.load(std::memory_order_acquire))
      return fail(ErrorCode::Conflict,
                  fmt::format("an append to stream {} that this one was decided on came to nothing",
                              base::quoted(condition.stream)));
    if (condition.expect.kind == Expect::Kind::Any) continue;
    const auto last = last_revision(condition.stream);
    if (!last) return std::unexpected(last.error());
    if (auto good = holds(condition, *last); !good) return good;
  }
  if (request.none_matching) {
    const auto moved = any_match(*request.none_matching, request.none_matching_from);
    if (!moved) return std::unexpected(moved.error());
    if (*moved)
      return fail(ErrorCode::Conflict,
                  fmt::format("an event that matches the condition has come at or after position {}",
                              request.none_matching_from.value));
  }
  return {};
}

Result<std::optional<Position>> Sequencer::find_id(const Uuid& id) {
  index_->index_ids();
  const auto oldest = next_.value - std::min(next_.value, options_.remembered_ids);
  const auto list = catalog_.segments();
  for (auto i = list->size(); i-- > 0;) {
    const auto& segment = (*list)[i];
    const auto from = oldest > segment.first()
                          ? static_cast<std::uint32_t>(std::min<std::uint64_t>(oldest - segment.first(), UINT32_MAX))
                          : 0;
    const auto candidates = segment.index->with_id(id, from);
    if (!candidates) return std::unexpected(candidates.error());
    for (const auto ordinal : *candidates) {
      if (i + 1 == list->size()) return segment.at(ordinal);  // the active index has compared the ids themselves
      const auto record = record_at(segment.at(ordinal));
      if (!record && record.error().code == ErrorCode::HistoryCut) return std::nullopt;  // deleted since
      if (!record) return std::unexpected(record.error());
      if (record->event.id == id) return segment.at(ordinal);
    }
    if (segment.first() <= oldest) break;
  }
  return std::nullopt;
}

Result<bool> Sequencer::is_repeat(Request& request) {
  if (request.command_id) {
    const auto known = find_id(id_of(request.record(0).data()));
    if (!known) return std::unexpected(known.error());
    if (!*known) return false;
    if (auto taken = take_repeat(request, **known, false); !taken) return std::unexpected(taken.error());
    return true;
  }
  std::optional<Position> first;
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    if (!request.items[i].id_given) continue;
    const auto known = find_id(id_of(request.record(i).data()));
    if (!known) return std::unexpected(known.error());
    if (*known && !first) first = Position{(*known)->value - std::min<std::uint64_t>((*known)->value, i)};
  }
  if (!first) return false;
  if (auto taken = take_repeat(request, *first, true); !taken) return std::unexpected(taken.error());
  return true;
}

// With an exact expectation a repeat is known at any age: by the ids at the revisions that it would have had.
Result<bool> Sequencer::is_repeat_by_revision(Request& request, const Request::Condition& condition) {
  if (condition.expect.kind != Expect::Kind::Exactly && condition.expect.kind != Expect::Kind::None) return false;
  std::size_t item = 0;
  for (; item < request.items.size(); ++item) {
    const auto event = decode_record(request.record(item));
    ENSURE(event);
    if (event->stream == condition.stream) break;
  }
  if (item == request.items.size() || !request.items[item].id_given) return false;
  const Revision next = condition.expect.kind == Expect::Kind::None ? Revision{} : condition.expect.revision.next();
  const auto position = catalog_.position_of(condition.stream, next, next_);
  if (!position) return std::unexpected(position.error());
  if (!*position || (*position)->value < item) return false;
  const auto record = record_at(**position);
  if (!record) return std::unexpected(record.error());
  if (record->event.id != id_of(request.record(item).data())) return false;
  if (auto taken = take_repeat(request, {(*position)->value - item}, !request.command_id); !taken)
    return std::unexpected(taken.error());
  return true;
}

// The batch stands at `first` already: answer with what it was given then. A command's events are known by their ids,
// however many there are this time; others must be the same bytes.
Status Sequencer::take_repeat(Request& request, Position first, bool compare) {
  request.revisions.clear();
  if (!compare) {
    for (std::uint32_t i = 0; first.value + i < next_.value; ++i) {
      const auto record = record_at({first.value + i});
      if (!record) return std::unexpected(record.error());
      if (record->event.id != event_id_of(*request.command_id, i)) break;
      request.revisions.push_back(record->event.revision);
    }
  } else {
    for (std::size_t i = 0; i < request.items.size(); ++i) {
      const Position at{first.value + i};
      const auto& item = request.items[i];
      bool same = false;
      if (at < next_) {
        const auto record = record_at(at);
        if (!record) return std::unexpected(record.error());
        same = same_event(record->frame.subspan(journal::kFrameBytes), request.record(i),
                          {item.id_given, item.occurred_given});
        request.revisions.push_back(record->event.revision);
      }
      if (!same)
        return fail(ErrorCode::IdConflict,
                    fmt::format("event {} of the append, id {}: at position {}, where it would be known again, stands "
                                "another event, or "
                                "it with other bytes or in another stream",
                                i, item.id_given ? to_string(id_of(request.record(i).data())) : "not given", at.value),
                    at);
    }
    const Position last{first.value + request.items.size() - 1};
    const auto together = is_one_batch(first, last);
    if (!together) return std::unexpected(together.error());
    if (!*together)
      return fail(
          ErrorCode::IdConflict,
          fmt::format("the events of this batch, at positions {} to {}, were appended before, but not as one batch",
                      first.value, last.value),
          first);
  }
  request.first = first;
  request.repeated = true;
  return {};
}

// Whether what stands from `first` to `last` was appended at once.
Result<bool> Sequencer::is_one_batch(Position first, Position last) {
  if (first == last) return true;
  const auto in = [&](Position begin, std::span<const std::uint32_t> batches) {
    for (const auto events : batches) {
      const Position end{begin.value + events};
      if (first < end) return last < end;
      begin = end;
    }
    return false;
  };
  if (first >= durable()) {
    const auto& group = unwritten_group_of(first);
    return in(group.first, group.batches);
  }
  const auto segment = segment_of(first);
  if (!segment) return std::unexpected(segment.error());
  const auto group = group_of(journal_, *segment, static_cast<std::uint32_t>(first.value - segment->first()));
  if (!group) return std::unexpected(group.error());
  std::vector<std::uint32_t> batches(group->header.batches);
  const auto table = std::as_writable_bytes(std::span(batches));
  const auto got = journal_.read(segment->place.number,
                                 group->offset + journal::kGroupHeaderBytes + group->header.body_bytes, table);
  if (!got) return std::unexpected(got.error());
  if (*got != table.size() || base::checksum(base::as_text(table)) != group->header.batches_checksum)
    return fail(ErrorCode::Damage,
                fmt::format("log/{}: the table of batches of the group at byte {} is damaged",
                            journal::segment_name(segment->place.number), group->offset),
                first);
  return in(group->header.first, batches);
}

Result<IndexedSegment> Sequencer::segment_of(Position position) const {
  const auto list = catalog_.segments();
  auto at = std::ranges::upper_bound(*list, position.value, {}, [](const IndexedSegment& s) { return s.first(); });
  if (at == list->begin())
    return fail(ErrorCode::HistoryCut, fmt::format("position {} is no longer here", position.value),
                list->front().place.first);
  return *std::prev(at);
}

const Group& Sequencer::unwritten_group_of(Position position) const {
  const Group* group = open_.get();
  for (const auto* g : in_flight_)
    if (g->first <= position && position < g->end()) group = g;
  ENSURE(group && group->first <= position && position < group->end());
  return *group;
}

Result<RecordReader::Read> Sequencer::record_at(Position position) {
  const auto segment = segment_of(position);
  if (!segment) return std::unexpected(segment.error());
  const auto place = segment->index->place_of(static_cast<std::uint32_t>(position.value - segment->first()));
  if (!place) return std::unexpected(place.error());
  if (const auto end = durable(); position < end) {
    // What was read ahead before the end moved may be no record, or not the one that stands there now.
    if (reader_saw_ != end) reader_.forget();
    reader_saw_ = end;
    return reader_.read(segment->place.number, *place, position);
  }
  // Not written yet, or not for certain: its bytes are those of its group.
  const auto& group = unwritten_group_of(position);
  const auto bytes = std::as_bytes(std::span(group.bytes)).subspan(place->offset - group.offset);
  const auto frame = bytes.first(journal::frame_bytes(bytes));
  const auto event = decode_record(frame.subspan(journal::kFrameBytes));
  ENSURE(event);
  return RecordReader::Read{*event, frame};
}

Result<std::optional<Revision>> Sequencer::last_revision(std::string_view stream) {
  const auto key = index_->key_number(KeyKind::Stream, stream);
  if (key != ActiveIndex::kNoKey) return index_->last_revision(key);
  const auto head = catalog_.head(stream, next_, 1);
  if (!head) return std::unexpected(head.error());
  return *head ? std::optional((*head)->revision) : std::nullopt;
}

// The next revisions of streams that the active index does not know: from the older segments, once each. A batch may
// begin very many streams, under names that somebody chose: they are sorted and not hashed, so that no choice of names
// costs more than another.
Status Sequencer::find_cold() {
  std::ranges::sort(cold_, {}, [&](std::uint32_t i) { return std::pair(events_[i].stream, i); });
  for (std::size_t k = 0; k < cold_.size(); ++k) {
    auto& event = events_[cold_[k]];
    if (k > 0 && event.stream == events_[cold_[k - 1]].stream) continue;
    const auto head = catalog_.head(event.stream, next_, 1);
    if (!head) return std::unexpected(head.error());
    event.revision = *head ? (*head)->revision.next() : Revision{};
  }
  return {};
}

Result<bool> Sequencer::any_match(const Query& query, Position from) {
  if (from >= next_) return false;
  const auto begin = static_cast<std::uint32_t>(from.value > segment_first_ ? from.value - segment_first_ : 0);
  const auto here = any_matching(*index_, query, begin, index_->events());
  if (!here || *here) return here;
  if (from.value >= segment_first_) return false;
  return catalog_.any_match(query, from, {segment_first_}, 1);
}

}  // namespace daybook::log
