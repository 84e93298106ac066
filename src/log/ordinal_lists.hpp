// Lists of ordinals of one segment, each ascending, and what they have in common.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace daybook::log {

using OrdinalLists = std::vector<std::span<const std::uint32_t>>;

// Whether an ordinal stands in at least one list of each of `sets`, of which there is one or more. Looks from the
// newest back and ends at the first.
bool any_in_each(std::vector<OrdinalLists> sets);

}  // namespace daybook::log
