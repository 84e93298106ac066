#include "schema/containers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json_value.hpp"
#include "codec/numbers.hpp"

namespace daybook::schema {
namespace {

using codec::JsonValue;
using codec::Kind;
using What = codec::JsonReader::What;

constexpr std::array<std::pair<std::string_view, Kind>, 8> kIntegers{{{"int8", Kind::Int8},
                                                                      {"int16", Kind::Int16},
                                                                      {"int32", Kind::Int32},
                                                                      {"int64", Kind::Int64},
                                                                      {"uint8", Kind::UInt8},
                                                                      {"uint16", Kind::UInt16},
                                                                      {"uint32", Kind::UInt32},
                                                                      {"uint64", Kind::UInt64}}};

// Null: not an integer.
Kind integer_of(const JsonValue& keys) {
  const auto* const at = std::ranges::find(kIntegers, keys.text, &std::pair<std::string_view, Kind>::first);
  return keys.is_string() && at != kIntegers.end() ? at->second : Kind::Null;
}

bool is(const JsonValue& value, std::string_view text) { return value.is_string() && value.text == text; }

// "" if they are.
std::string why_items_are_not_read(const JsonValue& was, const JsonValue& now) {
  const auto shown = [](const JsonValue& one) {
    return one.is(What::Number) ? "an array of " + one.text : "a " + one.text;
  };
  if (was == now || is(now, "list")) return {};
  return fmt::format("was {} and is now {}", shown(was), shown(now));
}

std::string why_keys_are_not_read(const JsonValue& was, const JsonValue& now) {
  if (was == now || is(now, "string")) return {};
  if (was.is(What::Array) && now.is(What::Array)) {
    for (const auto& name : was.items)
      if (std::ranges::find(now.items, name) == now.items.end())
        return fmt::format("had the key {}, which is no enumerator any more", name.text);
    return {};
  }
  const auto from = integer_of(was), to = integer_of(now);
  if (from != Kind::Null && to != Kind::Null) {
    const auto less = codec::range_of(from), more = codec::range_of(to);
    if (more.first <= less.first && less.last <= more.last) return {};
  }
  const auto shown = [](const JsonValue& keys) { return keys.is(What::Array) ? std::string("an enum") : keys.text; };
  return fmt::format("was a map whose keys were {} and are now {}", shown(was), shown(now));
}

}  // namespace

std::vector<codec::Mismatch> container_mismatches(std::string_view was, std::string_view now) {
  std::vector<codec::Mismatch> all;
  if (was.empty() || now.empty()) return all;
  const auto old = codec::parse_json(was), today = codec::parse_json(now);
  if (!old || !today) return all;  // parse_lock took them, or the program made them
  for (const auto& [place, what] : old->members) {
    const auto* const then = today->find(place);
    if (then == nullptr) continue;
    auto reason = place.ends_with("[]") ? why_items_are_not_read(what, *then) : why_keys_are_not_read(what, *then);
    if (!reason.empty()) all.push_back({place.substr(0, place.size() - 2), std::move(reason)});
  }
  return all;
}

}  // namespace daybook::schema
