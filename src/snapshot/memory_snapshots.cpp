#include "snapshot/memory_snapshots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/utf8.hpp"
#include "snapshot/format.hpp"

namespace daybook::snapshot {

Status MemorySnapshots::save(const SnapshotInfo& info, std::string_view state) {
  // Through the file format, so that what a directory would refuse is refused here too.
  auto bytes = encode_snapshot(info, state);
  if (!bytes) return std::unexpected(bytes.error());
  const std::lock_guard lock(mutex_);
  by_key_[info.key].insert_or_assign(info.mark.position, Snapshot{info, std::string(state)});
  return {};
}

Result<std::optional<Snapshot>> MemorySnapshots::newest(std::string_view key, const Accept& accept,
                                                        const Skipped& skipped) const {
  OfKey candidates;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) candidates = found->second;
  }
  for (auto at = candidates.rbegin(); at != candidates.rend(); ++at) {
    const auto accepted = accept(at->second.info);
    if (accepted) return std::move(at->second);
    skipped(fmt::format("snapshot of {} at position {}", base::quoted(key), at->first.value), accepted.error());
  }
  return std::nullopt;
}

Result<std::vector<SnapshotInfo>> MemorySnapshots::list(const Skipped&) const {
  const std::lock_guard lock(mutex_);
  std::vector<SnapshotInfo> all;
  for (const auto& [key, snapshots] : by_key_)
    for (const auto& [position, snapshot] : snapshots) all.push_back(snapshot.info);
  return all;
}

Status MemorySnapshots::prune(std::string_view key, std::size_t keep) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  // By time recorded before position: of two histories the younger counts, though its positions may be smaller.
  const auto older = [](const auto& a, const auto& b) {
    return std::tie(a.second.info.last_recorded, a.first) < std::tie(b.second.info.last_recorded, b.first);
  };
  while (found->second.size() > keep) found->second.erase(std::ranges::min_element(found->second, older));
  if (found->second.empty()) by_key_.erase(found);
  return {};
}

}  // namespace daybook::snapshot
