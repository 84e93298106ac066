#include "cli/event_line.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/utf8.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"

namespace daybook::cli {
namespace {

using codec::JsonReader;

// A bit for each key that a line may have once.
enum Key : std::uint32_t {
  kType = 1,
  kData = 2,
  kId = 4,
  kMetadata = 8,
  kTags = 16,
  kOccurred = 32,
  kSchemaVersion = 64,
  kContentType = 128,
  kStream = 256,
  kSchema = 512,
  kPassedOver = 1024,
};

class LineParser {
 public:
  // The line's own level is none of its data's.
  LineParser(std::string_view line, Line kind, EventLine& event) : in_(line, 1), kind_(kind), event_(event) {}

  Status parse() {
    event_ = {};
    if (object() && in_.end() && settle()) return {};
    return fail(ErrorCode::InvalidArgument, in_.error());
  }

 private:
  bool object() {
    if (!in_.begin_object()) return false;
    for (;;) {
      std::string_view key;
      switch (in_.next_key(key)) {
        case JsonReader::More::Bad: return false;
        case JsonReader::More::End: return true;
        case JsonReader::More::Yes: break;
      }
      const std::string name(key);
      if (!member(name)) return in_.within(base::quoted(name));
    }
  }

  bool once(Key key) {
    if (seen_ & key) return in_.fail_at_all("stands there twice");
    seen_ |= key;
    return true;
  }

  bool member(std::string_view key) {
    if (key == "type") return once(kType) && type();
    if (key == "data") return once(kData) && in_.skip(data_);
    if (key == "id") return once(kId) && id();
    if (key == "metadata") return once(kMetadata) && metadata();
    if (key == "tags") return once(kTags) && tags();
    if (key == "occurred") return once(kOccurred) && occurred();
    if (key == "schema_version") return once(kSchemaVersion) && schema_version();
    if (key == "content_type") return once(kContentType) && content_type();
    if (kind_ == Line::ToImport) {
      if (key == "stream") return once(kStream) && in_.string(event_.stream);
      if (key == "schema") return once(kSchema) && schema();
      if (key == "position" || key == "revision" || key == "recorded") return in_.skip();
    } else if (key == "stream" || key == "position" || key == "revision" || key == "recorded" || key == "schema") {
      return in_.fail_at_all("is for `import`; `append` takes the stream as its argument");
    }
    return in_.fail_at_all(
        kind_ == Line::ToAppend
            ? "is not known; an event has type, data, id, metadata, tags, occurred, schema_version and "
              "content_type"
            : "is not known; `export` writes no such key");
  }

  // An export has Daybook's own, so a line to import may.
  bool type() {
    if (!in_.string(event_.type)) return false;
    return kind_ == Line::ToImport || !event_.type.starts_with('$') ||
           in_.fail_at_all(
               fmt::format("names that begin with '$' are Daybook's own, found {}", base::quoted(event_.type)));
  }

  bool id() {
    std::string_view text;
    if (!in_.string(text)) return false;
    event_.id = parse_uuid(text);
    return event_.id.has_value() ||
           in_.fail_at_all(fmt::format("expected a UUID of 36 characters, found {}", base::quoted(text)));
  }

  bool occurred() {
    std::string_view text;
    if (!in_.string(text)) return false;
    event_.occurred = parse_time(text);
    return event_.occurred.has_value() ||
           in_.fail_at_all(fmt::format("expected a time like \"2026-11-23T10:15:00Z\" or \"2026-11-23\" between "
                                       "1677-09-21 and 2262-04-11, found {}",
                                       base::quoted(text)));
  }

  bool metadata() {
    if (in_.peek() != JsonReader::What::Object) {
      std::string_view text;
      return in_.skip(text) && in_.fail_at_all(fmt::format("expected an object, found {}", base::quoted(text)));
    }
    std::string_view text;
    if (!in_.skip(text)) return false;
    if (text != "{}") event_.metadata = text;
    return true;
  }

  bool tags() {
    if (!in_.begin_array()) return false;
    for (std::size_t i = 0;; ++i) switch (in_.next_item()) {
        case JsonReader::More::Bad: return false;
        case JsonReader::More::End: return true;
        case JsonReader::More::Yes:
          event_.tags.emplace_back();
          if (!in_.string(event_.tags.back())) return in_.within_item(i);
      }
  }

  bool schema_version() {
    std::uint64_t value = 0;
    if (!in_.unsigned_integer(value)) return false;
    if (value == 0 || value > std::numeric_limits<std::uint16_t>::max())
      return in_.fail_at_all(fmt::format("expected a number from 1 to 65535, found {}", value));
    event_.schema_version = static_cast<std::uint16_t>(value);
    return true;
  }

  bool content_type() {
    std::string_view text;
    if (!in_.string(text)) return false;
    if (text == "json")
      event_.content_type = ContentType::Json;
    else if (text == "binary")
      event_.content_type = ContentType::Binary;
    else if (text == "avro" && kind_ == Line::ToImport)
      event_.content_type = ContentType::Avro;
    else
      return in_.fail_at_all(fmt::format("expected \"json\" or \"binary\"{}, found {}",
                                         kind_ == Line::ToImport ? " or \"avro\"" : "", base::quoted(text)));
    return true;
  }

  bool schema() {
    std::string_view text;
    if (!in_.string(text)) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), event_.schema, 16);
    return (error == std::errc{} && end == text.data() + text.size() && text.size() == 16) ||
           in_.fail_at_all(fmt::format("expected 16 hexadecimal digits, found {}", base::quoted(text)));
  }

  // {"$base64":"…"}, and nothing else.
  bool bytes(bool& is) {
    JsonReader in(data_);
    std::string_view key, text, more;
    is = in.begin_object() && in.next_key(key) == JsonReader::More::Yes && key == "$base64" &&
         in.peek() == JsonReader::What::String && in.string(text);
    if (!is) return true;
    if (!codec::parse_base64(text, event_.data))
      return in_.fail_at_all(
          fmt::format("data.$base64: expected base64 with its padding, found {}", base::quoted(text)));
    is = in.next_key(more) == JsonReader::More::End;
    return true;
  }

  // What only the whole line can tell.
  bool settle() {
    if (!(seen_ & kType)) return in_.fail_at_all("the key \"type\" is missing");
    if (!(seen_ & kData)) return in_.fail_at_all("the key \"data\" is missing; write null if there is none");
    if (kind_ == Line::ToImport && !(seen_ & kStream)) return in_.fail_at_all("the key \"stream\" is missing");
    if (event_.content_type == ContentType::Avro && event_.schema == 0)
      return in_.fail_at_all(
          R"(the key "schema" is missing, or 0; nothing can be read without it that is content_type "avro")");
    if (seen_ & kContentType) {
      if (!bytes(event_.data_is_bytes)) return false;
      if (!event_.data_is_bytes && event_.content_type == ContentType::Binary)
        return in_.fail_at_all(R"(data: expected {"$base64":"…"}, as content_type is "binary")");
    }
    if (!event_.data_is_bytes) event_.data = data_;
    return true;
  }

  JsonReader in_;
  Line kind_;
  EventLine& event_;
  std::string_view data_;
  std::uint32_t seen_ = 0;
};

}  // namespace

Status parse_event_line(std::string_view line, Line kind, EventLine& event) {
  return LineParser(line, kind, event).parse();
}

}  // namespace daybook::cli
