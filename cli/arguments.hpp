// The command line as data.
#pragma once

#include <optional>
#include <variant>

#include "cli/verbs.hpp"

namespace daybook::cli {

using Verb = std::variant<Append, Read, Tail, Streams, Stats, Verify, Repair, Backup, Restore, Export, Import,
                          SnapshotList, SnapshotVerify, ArchiveMove, ArchiveDelete>;

struct Arguments {
  Common common;
  Verb verb;
};

// What was asked for; or, when that was help or made no sense, the exit code after it has been answered.
std::expected<Arguments, ExitCode> parse_arguments(int argc, const char* const* argv);

}  // namespace daybook::cli
