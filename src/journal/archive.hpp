// The file ARCHIVE: which segments of a log stand elsewhere, and which were deleted (docs/format/log.md).
//
// Segments that the store's own log/ does not have are found by it. A store without the file has all its segments in
// log/. Moving and deleting is maintenance's affair (src/maintenance/retention.hpp); here it is only read and written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/types.hpp"
#include "io/file.hpp"

namespace daybook::journal {

struct Archive {
  struct Moved {
    std::uint64_t first = 0;  // segments [first, last]
    std::uint64_t last = 0;
    std::string directory{};
    friend bool operator==(const Moved&, const Moved&) = default;
  };
  std::uint64_t first_segment = 1;  // segments before it were deleted
  Position first_position{};        // where it begins
  std::vector<Moved> moved{};       // by number; also deleted ones, while some of them may be left there
  // By which its archive directories know this store (src/maintenance/archive_owner.hpp): random, and of no copy that
  // was restored from a backup. Nil before anything was moved.
  Uuid owner{};

  // The directory that a segment's file and index were moved to; null if they stand in log/.
  const std::string* directory_of(std::uint64_t segment) const;
  friend bool operator==(const Archive&, const Archive&) = default;
};

// What the file says; of a store without one, that nothing was moved. Damage, ForeignHistory, UnsupportedVersion.
Result<Archive> read_archive(io::Files& files, const std::string& directory, const LogId& log);

// Durable when it returns: the old content or the new.
Status write_archive(io::Files& files, const std::string& directory, const LogId& log, const Archive& archive);

}  // namespace daybook::journal
