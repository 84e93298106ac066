// Snapshots that end with the process: for tests, and for programs that keep nothing.
#pragma once

#include <map>
#include <mutex>

#include "daybook/port/snapshots.hpp"

namespace daybook::snapshot {

// Any thread may call. `accept` and `skipped` are called with nothing locked.
class MemorySnapshots final : public Snapshots {
 public:
  Status save(const SnapshotInfo& info, std::string_view state) override;
  Result<std::optional<Snapshot>> newest(std::string_view key, const Accept& accept,
                                         const Skipped& skipped) const override;
  Result<std::vector<SnapshotInfo>> list(const Skipped& skipped) const override;
  Status prune(std::string_view key, std::size_t keep) override;

 private:
  using OfKey = std::map<Position, Snapshot>;

  mutable std::mutex mutex_;
  std::map<std::string, OfKey, std::less<>> by_key_;
};

}  // namespace daybook::snapshot
