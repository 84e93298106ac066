#include "daybook/provenance.hpp"

#include "base/utf8.hpp"
#include "codec/json_text.hpp"
#include "codec/json_value.hpp"

namespace daybook {
namespace {

constexpr std::string_view kActor = "$actor";
constexpr std::string_view kCorrelationId = "$correlationId";
constexpr std::string_view kCausationId = "$causationId";
constexpr std::string_view kCommandId = "$commandId";

}  // namespace

Provenance provenance(const Envelope& at) {
  if (at.metadata.empty()) return {};
  const auto metadata = codec::parse_json(at.metadata);
  if (!metadata || !metadata->is(codec::JsonReader::What::Object)) return {};
  const auto text_of = [&](std::string_view key) {
    const auto* value = metadata->find(key);
    return value && value->is_string() ? value->text : std::string();
  };
  return {text_of(kActor), text_of(kCorrelationId), text_of(kCausationId), parse_uuid(text_of(kCommandId))};
}

Result<std::string> metadata_of(const Provenance& by) {
  std::string out;
  Status status;
  auto add = [&](std::string_view key, std::string_view value) {
    if (value.empty() || !status) return;
    out += out.empty() ? '{' : ',';
    out += '"';
    out += key;
    out += "\":";
    if (!codec::append_json_string(out, value))
      status =
          fail(ErrorCode::InvalidArgument, std::string(key.substr(1)) + " " + base::quoted(value) + " is not UTF-8");
  };
  add(kActor, by.actor);
  add(kCorrelationId, by.correlation_id);
  add(kCausationId, by.causation_id);
  if (by.command_id) add(kCommandId, to_string(*by.command_id));
  if (!status) return std::unexpected(std::move(status).error());
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace daybook
