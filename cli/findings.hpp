// Damage as it is told: a line each, for people or programs.
#pragma once

#include "cli/output.hpp"
#include "maintenance/finding.hpp"

namespace daybook::cli {

// Flushed at once: whoever watches a long check wants to know.
void print_finding(Output& out, const Terminal& terminal, bool json, const maintenance::Finding& finding);

}  // namespace daybook::cli
