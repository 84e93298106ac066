// What a move or a deletion leaves behind when it is cut short.
#pragma once

#include <functional>
#include <string>

#include "io/file.hpp"
#include "journal/archive.hpp"

namespace daybook::maintenance {

// Removes a file, if it is there.
Status remove_if_there(io::Files& files, const std::string& path);

// Removes a segment and its index from a directory, if they are there.
Status remove_segment(io::Files& files, const std::string& directory, std::uint64_t number);

// Removes what there is of deleted segments, in log/ and in the directories that ARCHIVE still names for them, and then
// names those no more. `archive` is what stands in ARCHIVE, and does so afterwards. The first error, when the rest was
// tried too: what it is about stays named, for the next to try. `removed` is called for each segment's file.
Status remove_leftovers(
    io::Files& files, const std::string& store, const LogId& log, journal::Archive& archive,
    const std::function<void(std::uint64_t number)>& removed = [](std::uint64_t) {});

}  // namespace daybook::maintenance
