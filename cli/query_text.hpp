// Queries as text, for --if-none and --query:
//
//     type=Opened,Closed tag=flight:LH2 tag=seat:12A | category=Account type=Frozen
//
// Alternatives stand between '|'. In one, terms stand between spaces and must all hold: `type=A,B` and `category=A,B`
// hold if the event has one of them, each `tag=T` if it has that tag. `*` alone is every event. A backslash makes
// the character behind it an ordinary one: `tag=name:a\ b`.
#pragma once

#include <string_view>

#include "daybook/query.hpp"
#include "daybook/result.hpp"

namespace daybook::cli {

// InvalidArgument, with the term that was wrong and what was expected.
Result<Query> parse_query(std::string_view text);

}  // namespace daybook::cli
