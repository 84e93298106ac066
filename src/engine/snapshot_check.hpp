// Saved states held against the log: what they say of themselves, and what their events fold to.
#pragma once

#include <vector>

#include "daybook/checked_snapshot.hpp"
#include "engine/ground.hpp"

namespace daybook::engine {

// Behind Store::verify_snapshots, which says what it promises.
Result<std::vector<CheckedSnapshot>> check_snapshots(const Ground& ground, const erased::StateType& type);

}  // namespace daybook::engine
