// Checks a store from its first byte to its last: every checksum, index and chain, and the snapshots and checkpoints
// that rest on them. Offline, and changes nothing but who is written into `lock`.
//
// What is compared with what:
//   STORE, ARCHIVE,
//   HEADS                their checksums
//   OWNER of an archive  its checksum, and that it names this store
//   segments             headers with their checksums and with each other: none missing, foreign or out of order
//   groups, records      every checksum; positions and revisions dense; recorded times never back; the running chain
//   indexes              byte for byte with one made anew from the segment
//   guides               their checksums and place, and key for key with the indexes or guides they are over
//   the mark             not past the log's end
//   snapshots, consumers whole, of this log, and of this very history: their chain is the one that was computed
#pragma once

#include "daybook/port/checkpoints.hpp"
#include "daybook/port/snapshots.hpp"
#include "io/file.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

struct VerifyOptions {
  // Who looks, told to a writer that finds the store locked meanwhile.
  std::string holder = "a verification";
  // Null: not looked at.
  const Snapshots* snapshots = nullptr;
  const Checkpoints* checkpoints = nullptr;
  OnFinding found = [](const Finding&) {};  // damage, as it is met
  OnNote note = [](const std::string&) {};  // what is worth knowing and no damage
  OnProgress progress = [](std::uint64_t, std::uint64_t, std::uint64_t) {};
};

struct Verified {
  LogId log{};
  Position begin{};
  Position end{};
  Chain chain{};
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;  // sound ones
  std::uint64_t streams = 0;
  std::uint64_t indexes = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t findings = 0;
  bool running = false;  // another process had it open to write: what was durable at the beginning was checked
};

// Ok, with or without findings; errors are that it could not look. What the disk can not read of a segment is a
// finding, IoError, and ends nothing.
Result<Verified> verify(io::Files& files, const std::string& directory, const VerifyOptions& options);

}  // namespace daybook::maintenance
