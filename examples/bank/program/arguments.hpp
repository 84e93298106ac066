// The command line of `bank`.
#pragma once

#include "program/report.hpp"

namespace bank {

// Reads the command line and does what it says.
Exit run(int argc, const char* const* argv);

}  // namespace bank
