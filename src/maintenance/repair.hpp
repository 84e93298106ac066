// Copies what is sound of a damaged store into a new one, and says exactly what was lost. The damaged one is only read.
//
// Positions and revisions are dense, so that behind what was lost they move down. The new store is another history: it
// has an id of its own, and the snapshots and checkpoints of the old one are refused by it.
#pragma once

#include <map>
#include <vector>

#include "io/file.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

struct RepairOptions {
  std::string holder = "a repair";
  OnFinding found = [](const Finding&) {};
  OnNote note = [](const std::string&) {};
  OnProgress progress = [](std::uint64_t, std::uint64_t, std::uint64_t) {};
};

struct Repaired {
  // Positions [from, until) of the old store are not in the new one.
  struct Lost {
    Position from;
    Position until;
    friend bool operator==(const Lost&, const Lost&) = default;
  };
  // From `from` on, what was at position p of the old store is at p - `by` of the new one.
  struct Moved {
    Position from;
    std::uint64_t by;
    friend bool operator==(const Moved&, const Moved&) = default;
  };
  // Of a stream: from revision `from` on, r is r - `by` now. What is missing between was lost.
  struct StreamMoved {
    std::string stream;
    Revision from;
    std::uint64_t by;
    friend bool operator==(const StreamMoved&, const StreamMoved&) = default;
  };
  LogId log{};      // of the new store
  LogId log_was{};  // of the old one
  Position begin{};
  Position end{};
  std::uint64_t events = 0;  // copied
  std::vector<Lost> lost{};
  std::vector<Moved> moved{};
  std::vector<StreamMoved> streams{};
  std::uint64_t broken_batches = 0;  // of which some events were lost and some copied
};

// InvalidArgument if `to` is not an empty directory or a new one; Locked if a writer has `from`; the world's errors,
// after which `to` is no store.
Result<Repaired> repair(io::Files& files, const std::string& from, const std::string& to, const RepairOptions& options);

}  // namespace daybook::maintenance
