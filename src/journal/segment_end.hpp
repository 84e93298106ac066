// Whether a segment ends where the one behind it says, and behind the same history.
#pragma once

#include <optional>

#include "journal/scan.hpp"

namespace daybook::journal {

// A place between two groups of a segment.
struct Place {
  std::uint64_t offset = 0;
  Position end{};
  Chain chain{};
  bool sealed = false;
};

// From `from` on over sound groups, each of which continues the one before it, until they reach `offset` or past it,
// are sealed, or end. Errors: the world's; UnsupportedVersion.
Result<Place> walk_groups(const ReadBytes& read, std::uint64_t segment, const Place& from, std::uint64_t offset,
                          std::uint64_t seed);

struct SegmentEnd {
  bool sealed = false;  // by a seal that can be read; if not, the groups before its place were gone over
  // Damage: the segment is not whole; its sound groups end at the position. ForeignHistory: it is of another past of
  // the same log, so none of it is to be believed; the position is its first.
  std::optional<Error> wrong{};
};

// Reads a seal's bytes if all is well, and the whole segment if not. Errors: the world's; UnsupportedVersion.
Result<SegmentEnd> find_end(const ReadBytes& read, const SegmentHeader& segment, const SegmentHeader& next,
                            std::uint64_t seed);

}  // namespace daybook::journal
