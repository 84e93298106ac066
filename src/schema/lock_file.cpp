#include "schema/lock_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "codec/json_text.hpp"
#include "codec/json_value.hpp"

namespace daybook::schema {
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kHead = "daybook_schema_lock";
using What = codec::JsonReader::What;

// 0 if it is none.
int small_number(const codec::JsonValue* value) {
  int number = 0;
  if (value == nullptr || !value->is(What::Number)) return 0;
  const auto* end = value->text.data() + value->text.size();
  const auto [stop, error] = std::from_chars(value->text.data(), end, number);
  return error == std::errc{} && stop == end ? number : 0;
}

}  // namespace

Result<std::vector<EventSchema>> parse_lock(std::string_view text) {
  const auto json = codec::parse_json(text);
  if (!json) return fail(ErrorCode::InvalidArgument, json.error().message);
  if (const int format = small_number(json->find(kHead)); format != kFormat)
    return fail(format > kFormat ? ErrorCode::UnsupportedVersion : ErrorCode::InvalidArgument,
                fmt::format("expected \"{}\":{}, found {}", kHead, kFormat, format));
  const auto* list = json->find("schemas");
  if (list == nullptr || !list->is(What::Array))
    return fail(ErrorCode::InvalidArgument, "expected an array \"schemas\"");
  std::vector<EventSchema> entries;
  for (const auto& one : list->items) {
    const auto* aggregate = one.find("aggregate");
    const auto* event = one.find("event");
    const auto* schema = one.find("schema");
    const auto* containers = one.find("containers");
    const int version = small_number(one.find("version"));
    if (aggregate == nullptr || !aggregate->is_string() || event == nullptr || !event->is_string() ||
        schema == nullptr || version < 1 || version > UINT16_MAX)
      return fail(
          ErrorCode::InvalidArgument,
          fmt::format("entry {}: expected an aggregate, an event, a version from 1 and a schema", entries.size()));
    auto& entry = entries.emplace_back();
    entry.aggregate = aggregate->text;
    entry.event = event->text;
    entry.version = static_cast<std::uint16_t>(version);
    schema->print(entry.schema);
    if (containers != nullptr) {
      if (!containers->is(What::Object) || containers->members.empty())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("entry {}: expected its containers as an object, by place", entries.size() - 1));
      containers->print(entry.containers);
    }
  }
  return entries;
}

std::string print_lock(std::vector<EventSchema> entries) {
  // Stable: of several schemas of one version the order is that in which they came.
  std::ranges::stable_sort(entries, {}, [](const EventSchema& e) { return std::tie(e.aggregate, e.event, e.version); });
  std::string out = fmt::format("{{\"{}\":{},\"schemas\":[", kHead, kFormat);
  for (const auto& entry : entries) {
    out += &entry == entries.data() ? "\n{\"aggregate\":" : ",\n{\"aggregate\":";
    codec::append_json_string(out, entry.aggregate);
    out += ",\"event\":";
    codec::append_json_string(out, entry.event);
    out += fmt::format(",\"version\":{},\"schema\":{}", entry.version, entry.schema);
    if (!entry.containers.empty()) out += ",\"containers\":" + entry.containers;
    out += '}';
  }
  return out + "\n]}\n";
}

}  // namespace daybook::schema
