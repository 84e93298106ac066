// The file OWNER of an archive directory: whose it is (docs/format/log.md).
//
// An archive directory is one store's. Stores that were restored from one backup have one log id and the same segments,
// so whose a segment is can not be seen from it, and the deletion of one would take what the other needs. The store's
// ARCHIVE and the directory's OWNER therefore have a random id in common, which no backup takes along. A copy made of
// the files themselves has it too: it is told by its place, for as long as the store that it was copied from is there.
#pragma once

#include <string>

#include "daybook/types.hpp"
#include "io/file.hpp"

namespace daybook::maintenance {

struct ArchiveOwner {
  LogId log{};
  Uuid id{};            // as in the store's ARCHIVE
  std::string store{};  // where the store was as it last owned the directory: an absolute path
  friend bool operator==(const ArchiveOwner&, const ArchiveOwner&) = default;
};

inline std::string owner_file_of(const std::string& directory) { return directory + "/OWNER"; }

// NotFound: it is nobody's yet. Damage, UnsupportedVersion.
Result<ArchiveOwner> read_archive_owner(io::Files& files, const std::string& directory);

// Ok if the directory is that store's or nobody's, also if the store was moved since. ForeignHistory: it is another's,
// or `mine` is a copy of the store whose it is. Damage, UnsupportedVersion.
Status check_archive_owner(io::Files& files, const std::string& directory, const ArchiveOwner& mine);

// Checks, and makes it that store's. Durable when it returns.
Status own_archive(io::Files& files, const std::string& directory, const ArchiveOwner& mine);

}  // namespace daybook::maintenance
