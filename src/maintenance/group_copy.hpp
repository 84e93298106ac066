// Copies the groups of a segment byte for byte, each checked before it is written.
#pragma once

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
};

// From `at` on, where a group begins, to the segment's end or `until`; `to` may be null, then it is only checked.
// Damage: a group is not sound or does not continue the one before it. Where nothing that is a group stands, the copy
// ends.
Result<GroupEnd> copy_groups(const GroupCopy& from, GroupEnd at, io::File* to);

}  // namespace daybook::maintenance
