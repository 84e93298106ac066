// What the simulated program did, for the report.
#pragma once

#include <cstdint>

namespace daybook::simulation {

struct ProjectionCounts {
  std::uint64_t handled = 0;      // events, again or for the first time
  std::uint64_t redelivered = 0;  // of these, events that had been handled before
  std::uint64_t saved = 0;        // checkpoints
  std::uint64_t refused = 0;      // checkpoints of another history
  void operator+=(const ProjectionCounts& o) {
    handled += o.handled;
    redelivered += o.redelivered;
    saved += o.saved;
    refused += o.refused;
  }
};

struct SnapshotCounts {
  std::uint64_t saved = 0, loaded = 0;
  std::uint64_t skipped = 0;  // damaged or foreign, and passed over
  void operator+=(const SnapshotCounts& o) {
    saved += o.saved;
    loaded += o.loaded;
    skipped += o.skipped;
  }
};

struct ProgramCounts {
  std::uint64_t commands = 0;
  std::uint64_t refused = 0;  // of these
  std::uint64_t states = 0;   // compared with what their events fold to
  SnapshotCounts snapshots{};
  void operator+=(const ProgramCounts& o) {
    commands += o.commands;
    refused += o.refused;
    states += o.states;
    snapshots += o.snapshots;
  }
};

}  // namespace daybook::simulation
