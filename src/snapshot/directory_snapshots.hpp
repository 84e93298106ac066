// Snapshots as files in a directory: a folder for each key, a file for each snapshot (docs/format/snapshot.md).
//
// A file is written beside its place, synced and renamed into it, and its directory synced: there is never a half one
// under a snapshot's name. What a crash leaves beside is removed by the next save or prune of that key. Each file is
// read whole and checked before a byte of it is used; one that is not sound, or does not stand where its content says,
// is passed over and left as it is until it is pruned.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/port/snapshots.hpp"
#include "io/file.hpp"

namespace daybook::snapshot {

// Any thread may call; at most one process may save and prune, any number may read. `files` must outlive this.
class DirectorySnapshots final : public Snapshots {
 public:
  // The directory is made by the first save.
  DirectorySnapshots(io::Files& files, std::string directory);

  Status save(const SnapshotInfo& info, std::string_view state) override;
  // Reads only the files of this key, newest first, until one is accepted.
  Result<std::optional<Snapshot>> newest(std::string_view key, const Accept& accept,
                                         const Skipped& skipped) const override;
  // Reads every file, one at a time.
  Result<std::vector<SnapshotInfo>> list(const Skipped& skipped) const override;
  // Reads the key's files: only sound ones count, and those recorded last are the newest, so that what is left of
  // another history, at greater positions, does not push out those of this one. Damaged ones older than all kept go
  // too.
  Status prune(std::string_view key, std::size_t keep) override;

 private:
  std::string folder_of(std::string_view key) const;
  // Names of the files in a key's folder that can be snapshots, newest first; none if there is no folder.
  Result<std::vector<std::string>> names_in(const std::string& folder) const;
  Status remove_leftovers(const std::string& folder);
  std::mutex& mutex_of(std::string_view key) const;

  io::Files& files_;
  std::string directory_;
  // Two saves of one key at one position would write the same file beside; those of different keys need not wait.
  mutable std::array<std::mutex, 16> mutexes_;
};

}  // namespace daybook::snapshot
