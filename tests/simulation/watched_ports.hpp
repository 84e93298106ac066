// The directories of checkpoints and of snapshots as the simulated program has them: what is saved in them and loaded
// from them is held against the rules. With a mutation, they break a promise on purpose. They throw nothing, since it
// is the engine that calls: the first promise that is found broken is put in `found`.
#pragma once

#include <deque>
#include <functional>

#include "simulation/mutation.hpp"
#include "simulation/projection.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::simulation {

class WatchedCheckpoints final : public Checkpoints {
 public:
  WatchedCheckpoints(io::Files& files, const std::string& directory, std::deque<Projection>& projections,
                     const EventLog& log, Mutation mutation, std::optional<Broken>& found)
      : inner_(files, directory), projections_(projections), log_(log), mutation_(mutation), found_(found) {}

  Result<std::optional<Checkpoint>> load(std::string_view name) const override;
  Status save(std::string_view name, const Checkpoint& checkpoint) override;
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> names() const override { return inner_.names(); }

 private:
  void tell(std::string_view name, const std::function<void(Projection&)>& what) const;

  snapshot::DirectoryCheckpoints inner_;
  std::deque<Projection>& projections_;
  const EventLog& log_;
  const Mutation mutation_;
  std::optional<Broken>& found_;
  std::uint64_t saves_ = 0;
};

class WatchedSnapshots final : public Snapshots {
 public:
  WatchedSnapshots(io::Files& files, const std::string& directory, const EventLog& log, SnapshotCounts& counts,
                   Mutation mutation, std::optional<Broken>& found)
      : inner_(files, directory), log_(log), counts_(counts), mutation_(mutation), found_(found) {}

  Status save(const SnapshotInfo& info, std::string_view state) override;
  Result<std::optional<Snapshot>> newest(std::string_view key, const Accept& accept,
                                         const Skipped& skipped) const override;
  Result<std::vector<SnapshotInfo>> list(const Skipped& skipped) const override { return inner_.list(skipped); }
  Status prune(std::string_view key, std::size_t keep) override { return inner_.prune(key, keep); }

 private:
  snapshot::DirectorySnapshots inner_;
  const EventLog& log_;
  SnapshotCounts& counts_;
  const Mutation mutation_;
  std::optional<Broken>& found_;
};

}  // namespace daybook::simulation
