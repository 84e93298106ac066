// Years of a log's life on a bad disk, in milliseconds, from one seed.
//
// One thread plays every role: the preparing and the committing thread of the writer, taking turns wherever the real
// ones could; the thread that tends segments and indexes; a reader in the writer's process, and there a program on the
// engine, with states, snapshots and consumers; and a second process that follows the log. The disk loses, tears and
// refuses what real disks do, and between two lives somebody may flip a bit, spoil what is saved, or put the log back
// to an older copy. The oracle says whether every promise was kept; what may be seen of consumers and states stands in
// projection.hpp and program.hpp. The same seed is the same run, bit for bit.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daybook/types.hpp"
#include "simulation/counts.hpp"
#include "simulation/mutation.hpp"

namespace daybook::simulation {

struct Options {
  std::uint64_t seed = 1;
  Mutation mutation = Mutation::None;
  std::size_t steps = 320;
  std::function<void(const std::string&)> trace{};  // is told what happens, a line at a time
};

struct Report {
  std::optional<std::string> failure{};  // which promise was broken
  std::uint64_t events = 0;              // in the log at the end
  Chain chain{};                         // over all of their records
  std::uint64_t acknowledged = 0;        // appends
  std::uint64_t adopted = 0;             // appends of unknown outcome that were there after opening
  std::uint64_t opened = 0;              // how often the log was opened for writing
  std::uint64_t power_cuts = 0;
  std::uint64_t kills = 0;
  std::uint64_t failed_syncs = 0;  // that ended a life of the log
  std::uint64_t damages = 0;       // bits flipped below the mark, and found
  std::uint64_t followed = 0;      // events that the other process read
  std::uint64_t put_back = 0;      // how often the log was what it had been before
  std::uint64_t spoilt = 0;        // snapshots and checkpoints
  ProgramCounts program{};
  ProjectionCounts projections{};

  Report& operator+=(const Report& other);  // all but the failure
};

Report run(const Options& options);

}  // namespace daybook::simulation
