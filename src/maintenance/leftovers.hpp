// What a move or a deletion leaves behind when it is cut short.
#pragma once

#include <functional>
#include <string>

#include "io/file.hpp"
#include "journal/archive.hpp"
#include "journal/identity.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

// Removes a file, if it is there.
Status remove_if_there(io::Files& files, const std::string& path);

// Removes a segment and its index from a directory, if they are there.
Status remove_segment(io::Files& files, const std::string& directory, std::uint64_t number);

struct LeftoversOptions {
  // Leftovers of deletions that ended before this segment are no error: `note` is told why they are still there.
  std::uint64_t since = 0;
  OnNote note = [](const std::string&) {};
  std::function<void(std::uint64_t number)> removed = [](std::uint64_t) {};  // for each segment's file
  std::string store{};  // its absolute path, for the archive's OWNER; as it was given, if empty
};

// Removes what there is of deleted segments, in log/ and in the directories that ARCHIVE still names for them, and then
// names those no more; a directory that is there and has none of them, an empty mount point too, ends the matter.
// There, only what says of itself that it is of this log is removed, and of the rest `note` is told; and nothing where
// OWNER names another store: since the deletion one that was restored from a backup of this one may have moved its own
// segments to that place, which say the same of themselves. `archive` is what stands in ARCHIVE, and does so afterwards. The first error, when the rest
// was tried too: what it is about stays named, for the next to try. A copy that was cut short (`.new`) is no leftover:
// the next move to that directory writes it again.
Status remove_leftovers(io::Files& files, const std::string& store, const journal::Identity& identity,
                        journal::Archive& archive, const LeftoversOptions& options);

}  // namespace daybook::maintenance
