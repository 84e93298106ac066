// schema.lock as text: sorted, one schema a line, so that a change to one event is a change to one line.
//
//     {"daybook_schema_lock":1,"schemas":[
//     {"aggregate":"Account","event":"Closed","version":1,"schema":{"type":"record",…}},
//     {"aggregate":"Account","event":"Opened","version":1,"schema":{"type":"record",…},"containers":{"tags[]":"set"}}
//     ]}
//
// Lines without containers are of events that have none, or were written before these were kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daybook/schema.hpp"

namespace daybook::schema {

// Errors say the entry and what was expected.
Result<std::vector<EventSchema>> parse_lock(std::string_view text);
std::string print_lock(std::vector<EventSchema> entries);

}  // namespace daybook::schema
