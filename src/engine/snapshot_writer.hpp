// When and how the engine saves states: after so many events or so much time, never in the way of a command.
#pragma once

#include <chrono>
#include <optional>

#include "engine/ground.hpp"
#include "engine/resident.hpp"

namespace daybook::engine {

// Called under the resident's turn, after events were folded into its base. If it is time, takes a copy of the state
// and leaves the rest (encoding, the history mark, the file) to the background. If it will be time later, and nobody
// looks at the state until then, says in how long it should be called again.
std::optional<std::chrono::nanoseconds> consider_snapshot(const std::shared_ptr<Ground>& ground, Resident& resident);

}  // namespace daybook::engine
