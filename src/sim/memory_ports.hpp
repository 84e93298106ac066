// Snapshots and checkpoints in memory, for tests: what they hold can be looked at, and spoilt.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/port/checkpoints.hpp"
#include "daybook/port/snapshots.hpp"

namespace daybook::sim {

class MemorySnapshots final : public Snapshots {
 public:
  Status save(const SnapshotInfo& info, std::string_view state) override {
    std::lock_guard lock(mutex_);
    std::erase_if(
        all_, [&](const Snapshot& s) { return s.info.key == info.key && s.info.mark.position == info.mark.position; });
    all_.push_back({info, std::string(state)});
    std::ranges::stable_sort(all_, {}, [](const Snapshot& s) { return std::pair(s.info.key, s.info.mark.position); });
    return {};
  }
  Result<std::optional<Snapshot>> newest(std::string_view key, const Accept& accept,
                                         const Skipped& skipped) const override {
    const auto all = copy();
    for (auto s = all.rbegin(); s != all.rend(); ++s) {
      if (s->info.key != key) continue;
      auto ok = accept(s->info);
      if (ok) return *s;
      skipped(s->info.key + "@" + std::to_string(s->info.mark.position.value), ok.error());
    }
    return std::nullopt;
  }
  Result<std::vector<SnapshotInfo>> list(const Skipped&) const override {
    std::vector<SnapshotInfo> infos;
    for (const auto& s : copy()) infos.push_back(s.info);
    return infos;
  }
  Status prune(std::string_view key, std::size_t keep) override {
    std::lock_guard lock(mutex_);
    auto of_key = static_cast<std::size_t>(std::ranges::count(all_, key, [](const Snapshot& s) { return s.info.key; }));
    std::erase_if(all_, [&](const Snapshot& s) { return s.info.key == key && of_key > keep && of_key-- > keep; });
    return {};
  }

  std::vector<Snapshot> copy() const {
    std::lock_guard lock(mutex_);
    return all_;
  }
  // Lets a test change what is stored.
  template <class F>
  void spoil(F&& change) {
    std::lock_guard lock(mutex_);
    for (auto& one : all_) change(one);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Snapshot> all_;  // by key and position
};

class MemoryCheckpoints final : public Checkpoints {
 public:
  Result<std::optional<Checkpoint>> load(std::string_view name) const override {
    std::lock_guard lock(mutex_);
    const auto found = all_.find(name);
    if (found == all_.end()) return std::nullopt;
    return found->second;
  }
  Status save(std::string_view name, const Checkpoint& checkpoint) override {
    std::lock_guard lock(mutex_);
    if (saves_fail_) return fail(ErrorCode::DiskFull, "no room for the checkpoint of " + std::string(name));
    ++saves_;
    all_[std::string(name)] = checkpoint;
    return {};
  }
  Status remove(std::string_view name) override {
    std::lock_guard lock(mutex_);
    if (const auto found = all_.find(name); found != all_.end()) all_.erase(found);
    return {};
  }
  Result<std::vector<std::string>> names() const override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, checkpoint] : all_) names.push_back(name);
    return names;
  }
  std::size_t saves() const {
    std::lock_guard lock(mutex_);
    return saves_;
  }
  // From now on.
  void fail_saves() {
    std::lock_guard lock(mutex_);
    saves_fail_ = true;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Checkpoint, std::less<>> all_;
  std::size_t saves_ = 0;
  bool saves_fail_ = false;
};

}  // namespace daybook::sim
