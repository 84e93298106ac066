#include "log/request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {
namespace {

Status check_ids_differ(const AppendRequest& given) {
  std::vector<Uuid> ids;
  for (const auto& event : given.events)
    if (event.id) ids.push_back(*event.id);
  std::ranges::sort(ids);
  const auto twice = std::ranges::adjacent_find(ids);
  if (twice == ids.end()) return {};
  return fail(ErrorCode::InvalidArgument, fmt::format("two events of the batch have the id {}", to_string(*twice)));
}

// A condition or a term in memory, besides its name.
constexpr std::size_t kConditionBytes = 64;
static_assert(kConditionBytes <= journal::kFrameBytes + kRecordHeaderBytes,
              "a stream's name costs less as a condition than in a record");

Status check_conditions(const AppendRequest& given, const Limits& limits, std::size_t& bytes) {
  const auto over = [](std::string_view what, std::size_t count, std::size_t limit) {
    return fail(ErrorCode::InvalidArgument, fmt::format("the append has {} {}; the limit is {}", count, what, limit));
  };
  if (given.conditions.size() > limits.conditions)
    return over("conditions on streams", given.conditions.size(), limits.conditions);
  for (const auto& condition : given.conditions) {
    if (auto good = check_stream_name(condition.stream, limits); !good) return good;
    bytes += kConditionBytes + condition.stream.size();
  }
  if (given.none_matching.query) {
    const auto& alternatives = given.none_matching.query->any_of;
    if (alternatives.size() > limits.query_alternatives)
      return over("alternatives in its query", alternatives.size(), limits.query_alternatives);
    std::size_t terms = 0;
    for (const auto& alternative : alternatives) {
      bytes += 2 * kConditionBytes;
      for (const auto* names : {&alternative.categories, &alternative.types, &alternative.tags})
        for (const auto& name : *names) {
          ++terms;
          bytes += kConditionBytes + name.size();
        }
    }
    if (terms > limits.query_terms) return over("terms in its query", terms, limits.query_terms);
  }
  if (bytes > limits.condition_bytes) return over("bytes of conditions", bytes, limits.condition_bytes);
  return {};
}

}  // namespace

std::span<std::byte> Request::record(std::size_t i) {
  const auto from = items[i].offset + journal::kFrameBytes;
  return std::as_writable_bytes(std::span(frames)).subspan(from, frame_end(i) - from);
}

void Request::clear() {
  frames.clear();
  items.clear();
  conditions.clear();
  none_matching.reset();
  command_id.reset();
  tags = 0;
  bytes = 0;
  done = nullptr;
  revisions.clear();
  error.reset();
  repeated = false;
}

Status encode(const AppendRequest& given, const Limits& limits, Request& request) {
  if (given.events.empty()) return fail(ErrorCode::InvalidArgument, "the batch has no events");
  if (given.events.size() > limits.batch_events)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("the batch has {} events; the limit is {}", given.events.size(), limits.batch_events));
  std::size_t bytes = 0, ids = 0;
  for (std::size_t i = 0; i < given.events.size(); ++i) {
    const auto& event = given.events[i];
    if (auto good = check(event, limits); !good)
      return given.events.size() == 1
                 ? good
                 : fail(good.error().code, fmt::format("event {} of the batch: {}", i, good.error().message));
    if (given.command_id && event.id)
      return fail(
          ErrorCode::InvalidArgument,
          fmt::format("event {} has the id {}, though the ids follow from the command's", i, to_string(*event.id)));
    ids += event.id.has_value();
    bytes += journal::kFrameBytes + record_bytes(event);
  }
  if (bytes > limits.batch_bytes)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("the batch has {} bytes as records; the limit is {}", bytes, limits.batch_bytes));
  if (ids > 1)
    if (auto good = check_ids_differ(given); !good) return good;
  std::size_t condition_bytes = 0;
  if (auto good = check_conditions(given, limits, condition_bytes); !good) return good;

  request.bytes = bytes + condition_bytes;
  if (request.bytes > limits.queue_bytes)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("the append takes {} bytes of the queue, with its conditions; the limit is {}",
                            request.bytes, limits.queue_bytes));
  request.frames.reserve(bytes);
  request.items.reserve(given.events.size());
  for (std::size_t i = 0; i < given.events.size(); ++i) {
    const auto& event = given.events[i];
    const auto at = request.frames.size();
    request.items.push_back({static_cast<std::uint32_t>(at), event.id || given.command_id, event.occurred.has_value()});
    request.frames.append(journal::kFrameBytes, '\0');
    append_record(event, request.frames);
    if (given.command_id)
      set_id(request.record(i).data(), event_id_of(*given.command_id, static_cast<std::uint32_t>(i)));
    request.tags += event.tags.size();
  }
  for (const auto& condition : given.conditions)
    request.conditions.push_back({std::string(condition.stream), condition.expect, condition.line});
  if (given.none_matching.query) {
    request.none_matching = *given.none_matching.query;
    request.none_matching_from = given.none_matching.from;
  }
  request.command_id = given.command_id;
  return {};
}

}  // namespace daybook::log
