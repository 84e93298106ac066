// An event as a line of JSON (docs/cli.md, "The lines").
//
//     {"position":0,"stream":"Account-alice","revision":0,"id":"…","type":"Opened","recorded":"…","occurred":"…",
//      "data":{…},"metadata":{},"tags":[]}
//
// Behind these stand, only where they say something: "schema_version" (not 1), "schema" (16 hexadecimal digits, not 0)
// and "content_type" ("avro", "binary", or "json" for a payload that is none). Where "content_type" stands, data may be
// {"$base64":"…"}: the bytes themselves.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "cli/logged_schemas.hpp"
#include "daybook/event.hpp"

namespace daybook::cli {

// For one thread at a time.
class EventJson {
 public:
  // Exact: an Avro payload whose JSON does not lead back to the very same bytes is written as its bytes, so that an
  // import is what was exported.
  enum class Payloads : std::uint8_t { Readable, Exact };
  EventJson(LoggedSchemas& schemas, Payloads payloads) : schemas_(&schemas), payloads_(payloads) {}

  // Appends the line, without its end. A payload that cannot be shown is written as its bytes, and why is noted on
  // standard error once for each schema. Errors are the log's own.
  Status append(const EventView& event, std::string& out);
  // Its payload alone; whether it was written as what it says and not as bytes.
  Result<bool> append_data(const EventView& event, std::string& out);

 private:
  Result<bool> append_avro(const EventView& event, std::string& out);

  LoggedSchemas* schemas_;
  Payloads payloads_;
  std::set<std::uint64_t> told_;
  std::string room_;
};

}  // namespace daybook::cli
