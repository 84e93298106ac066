// Where saved states are kept: always disposable, never trusted.
//
// Implemented by src/snapshot (a directory, or memory); S3 later. Every function may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// What a snapshot says of itself.
struct SnapshotInfo {
  std::string key;                   // whose state: the stream's name
  HistoryMark mark;                  // state after everything before mark.position, in that very history
  std::optional<Revision> revision;  // of the stream's last event in it; none if there was none
  Time last_recorded{};              // the newest `recorded` in it
  Time latest_occurred{};  // the greatest `occurred` in it: a state by occurred time can only start from a snapshot
                           // in which nothing occurred later
  std::uint64_t fingerprint = 0;  // of the state's schema and rules
  friend bool operator==(const SnapshotInfo&, const SnapshotInfo&) = default;
};

struct Snapshot {
  SnapshotInfo info;
  std::string state;  // encoded by the state's codec
};

class Snapshots {
 public:
  virtual ~Snapshots() = default;

  // Durable when it returns. One with the same key and position is replaced.
  virtual Status save(const SnapshotInfo& info, std::string_view state) = 0;

  // The newest snapshot of `key` that is whole, of format this program reads, and for which `accept` says yes. Those
  // that are damaged or not accepted are passed over, each told to `skipped` with the reason (Damage, ForeignHistory,
  // …).
  using Accept = std::function<Status(const SnapshotInfo&)>;
  using Skipped = std::function<void(std::string_view where, const Error& why)>;
  virtual Result<std::optional<Snapshot>> newest(std::string_view key, const Accept& accept,
                                                 const Skipped& skipped) const = 0;

  // All that are there, by key and position; damaged ones are told to `skipped`.
  virtual Result<std::vector<SnapshotInfo>> list(const Skipped& skipped) const = 0;

  // Keeps the newest `keep` of a key and removes older ones.
  virtual Status prune(std::string_view key, std::size_t keep) = 0;
};

}  // namespace daybook
