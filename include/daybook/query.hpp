// Which events: a list of alternatives, as at dcb.events. An event matches a query if it matches one alternative.
//
// Streams whose names begin with $ are Daybook's own: `$schemas` holds the schemas, as events of the type `$schema`. They
// stand in the log as all others do, so an alternative that names neither category, type nor tag matches them too, and so
// does a query without alternatives.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "daybook/event.hpp"
#include "daybook/types.hpp"

namespace daybook {

struct Query {
  // An event matches if its category is one of `categories`, its type one of `types`, and it has all `tags`.
  // An empty list asks nothing.
  struct Alternative {
    std::vector<std::string> categories{};
    std::vector<std::string> types{};
    std::vector<std::string> tags{};
    friend bool operator==(const Alternative&, const Alternative&) = default;
  };
  std::vector<Alternative> any_of{};  // empty: every event

  bool everything() const { return any_of.empty(); }
  bool matches(const EventView& event) const {
    if (any_of.empty()) return true;
    return std::ranges::any_of(any_of, [&](const Alternative& a) {
      return (a.categories.empty() ||
              std::ranges::find(a.categories, category_of(event.stream)) != a.categories.end()) &&
             (a.types.empty() || std::ranges::find(a.types, event.type) != a.types.end()) &&
             std::ranges::all_of(a.tags, [&](const std::string& t) { return event.tags.contains(t); });
    });
  }
  friend bool operator==(const Query&, const Query&) = default;
};

}  // namespace daybook
