// Copies the groups of a segment byte for byte, each checked before it is written.
#pragma once

#include <functional>

#include "daybook/port/journal.hpp"
#include "io/file.hpp"
#include "journal/scan.hpp"

namespace daybook::maintenance {

// A place between two groups.
struct GroupEnd {
  Position position{};
  Chain chain{};
  Time recorded{};
  std::uint64_t offset = 0;
  bool sealed = false;
  bool closed = false;
};

struct GroupCopy {
  journal::ReadBytes read;
  std::uint64_t seed = 0;
  std::string name{};  // of what is read, for messages
  // Groups that reach past this are left.
  Position until{UINT64_MAX};
  // Is handed every group that was found sound; its error ends the copy.
  std::function<Status(const journal::GroupScan::Found&)> sound = [](const auto&) { return Status{}; };
};

// Where a segment begins, as the journal knows it.
inline GroupEnd front_of(const Journal::Segment& segment) {
  return {segment.first, segment.chain_before, segment.recorded_floor, journal::kSegmentHeaderBytes, false, false};
}

// From `at` on, where a group begins, to the segment's end or `until`; `to` may be null, then it is only checked.
// Damage: a group is not sound or does not continue the one before it. Where nothing that is a group stands, the copy
// ends.
Result<GroupEnd> copy_groups(const GroupCopy& from, GroupEnd at, io::File* to);

// A whole sealed segment, whose groups begin behind its header, up to where the `next` one begins; else Damage.
Result<GroupEnd> copy_sealed(const GroupCopy& from, const Journal::Segment& segment, const Journal::Segment& next,
                             io::File* to);

}  // namespace daybook::maintenance
