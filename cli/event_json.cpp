#include "cli/event_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/exit_code.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"
#include "codec/transcode.hpp"

namespace daybook::cli {
namespace {

constexpr std::string_view kBytesBegin = R"({"$base64":")";

void append_bytes(std::string& out, std::string_view bytes) {
  out += kBytesBegin;
  codec::append_base64(out, bytes);
  out += "\"}";
}

// JSON on one line: line breaks can only stand between tokens, where a space is the same.
void append_on_one_line(std::string& out, std::string_view json) {
  const auto from = static_cast<std::ptrdiff_t>(out.size());
  out += json;
  std::replace_if(out.begin() + from, out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

// Names are checked when they are appended; what damage could do to them is shown as best it can be.
void append_text(std::string& out, std::string_view text) {
  if (!codec::append_json_string(out, text)) codec::append_json_string_lossy(out, text);
}

}  // namespace

Result<bool> EventJson::append_avro(const EventView& event, std::string& out) {
  const auto schema = schemas_->find(event.schema);
  auto why = schema ? Status{} : std::unexpected(schema.error());
  if (schema) {
    const auto from = out.size();
    why = codec::avro_to_json(**schema, event.data, out);
    if (why) {
      const auto json = std::string_view(out).substr(from);
      room_.clear();
      if (payloads_ == Payloads::Readable ||
          (!json.starts_with(kBytesBegin) && codec::json_to_avro(**schema, json, room_) && room_ == event.data))
        return true;
      out.resize(from);
    }
  }
  if (!why && why.error().code == ErrorCode::IoError) return std::unexpected(why.error());
  if (!why && told_.insert(event.schema).second)
    note(fmt::format("the payload of {} at position {} is shown as its bytes: {}", event.type, event.position.value,
                     why.error().message));
  append_bytes(out, event.data);
  return false;
}

Result<bool> EventJson::append_data(const EventView& event, std::string& out) {
  switch (event.content_type) {
    case ContentType::Json:
      if (codec::check_json(event.data)) {
        append_on_one_line(out, event.data);
        return true;
      }
      break;
    case ContentType::Avro: return append_avro(event, out);
    case ContentType::Binary: break;
  }
  append_bytes(out, event.data);
  return false;
}

Status EventJson::append(const EventView& event, std::string& out) {
  fmt::format_to(std::back_inserter(out), R"({{"position":{},"stream":)", event.position.value);
  append_text(out, event.stream);
  fmt::format_to(std::back_inserter(out), R"(,"revision":{},"id":"{}","type":)", event.revision.value,
                 to_string(event.id));
  append_text(out, event.type);
  fmt::format_to(std::back_inserter(out), R"(,"recorded":"{}","occurred":"{}","data":)", to_string(event.recorded),
                 to_string(event.occurred));
  const auto as_said = append_data(event, out);
  if (!as_said) return std::unexpected(as_said.error());
  out += R"(,"metadata":)";
  if (event.metadata.empty())
    out += "{}";
  else if (codec::check_json_object(event.metadata))
    append_on_one_line(out, event.metadata);
  else
    append_bytes(out, event.metadata);
  out += R"(,"tags":[)";
  for (bool first = true; const auto tag : event.tags) {
    if (!first) out += ',';
    first = false;
    append_text(out, tag);
  }
  out += ']';
  if (event.schema_version != 1)
    fmt::format_to(std::back_inserter(out), R"(,"schema_version":{})", event.schema_version);
  if (event.schema != 0) fmt::format_to(std::back_inserter(out), R"(,"schema":"{:016x}")", event.schema);
  if (event.content_type == ContentType::Avro)
    out += R"(,"content_type":"avro")";
  else if (event.content_type == ContentType::Binary)
    out += R"(,"content_type":"binary")";
  else if (!*as_said)
    out += R"(,"content_type":"json")";
  out += '}';
  return {};
}

}  // namespace daybook::cli
