// Checkpoints of named consumers as small files in one directory (docs/format/checkpoint.md).
//
// Each save writes a file beside, syncs it, renames it into place and syncs the directory: after a crash there is the
// old checkpoint or the new one. Unlike a snapshot a checkpoint cannot be passed over: one that is damaged, renamed or
// of a newer format is an error, here and in names(), so that nobody takes its consumer for one that does not exist.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "daybook/port/checkpoints.hpp"
#include "io/file.hpp"

namespace daybook::snapshot {

// Any thread may call; at most one process may save and remove. `files` must outlive this.
class DirectoryCheckpoints final : public Checkpoints {
 public:
  // The directory is made by the first save.
  DirectoryCheckpoints(io::Files& files, std::string directory);

  Result<std::optional<Checkpoint>> load(std::string_view name) const override;
  Status save(std::string_view name, const Checkpoint& checkpoint) override;
  // Fine if there is none.
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> names() const override;

 private:
  std::string path_of(std::string_view name) const;

  io::Files& files_;
  std::string directory_;
  std::mutex writing_;
  // Paths of removed ones, of which the disk may not know that they are, and what they held; guarded by writing_.
  std::map<std::string, std::string> unsure_;
};

}  // namespace daybook::snapshot
