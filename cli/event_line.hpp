// A line of JSON as an event to append: the way back from event_json.hpp.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/event.hpp"
#include "daybook/result.hpp"

namespace daybook::cli {

// Which keys a line may have. A key that is not known is refused, so that a misspelt one is not lost.
enum class Line : std::uint8_t {
  ToAppend,  // type, data; id, metadata, tags, occurred, schema_version, content_type ("json" or "binary")
  ToImport,  // all that `export` writes; position, revision and recorded are passed over
};

// A line that was read. Owns what it does not share with the line, so it outlives it.
struct EventLine {
  std::string stream;  // ToImport
  std::string type;
  std::string data;
  std::string metadata;
  std::vector<std::string> tags;
  std::optional<Uuid> id;
  std::optional<Time> occurred;
  ContentType content_type = ContentType::Json;
  bool data_is_bytes = false;  // `data` is what is to be stored; else, for Avro, its JSON
  std::uint16_t schema_version = 1;
  std::uint64_t schema = 0;
};

// InvalidArgument: names the key, what was expected and what is there.
Status parse_event_line(std::string_view line, Line kind, EventLine& event);

}  // namespace daybook::cli
