#include "maintenance/group_copy.hpp"

#include <fmt/format.h>

namespace daybook::maintenance {

Result<GroupEnd> copy_groups(const GroupCopy& from, GroupEnd at, io::File* to) {
  journal::GroupScan scan(from.read, at.offset, from.seed, from.name);
  while (!at.sealed) {
    const auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (!*found) break;
    const auto& group = **found;
    const auto& h = group.header;
    if (h.end() > from.until) break;
    if (h.first != at.position || h.chain_before != at.chain || !journal::body_is_sound(h, group.whole))
      return fail(
          ErrorCode::Damage,
          fmt::format("{}: position {} (byte {}): the group is not sound, or does not continue what is before it",
                      from.name, at.position.value, group.offset),
          at.position);
    if (auto taken = from.sound(group); !taken) return std::unexpected(taken.error());
    if (to)
      if (auto done = to->write_at(group.offset, group.whole); !done) return std::unexpected(done.error());
    at = {h.end(),
          h.chain_after,
          h.recorded,
          scan.offset(),
          h.kind == journal::GroupKind::Seal,
          h.kind == journal::GroupKind::Close};
  }
  return at;
}

Result<GroupEnd> copy_sealed(const GroupCopy& from, const Journal::Segment& segment, const Journal::Segment& next,
                             io::File* to) {
  auto end = copy_groups(from, front_of(segment), to);
  if (end && (!end->sealed || end->position != next.first || end->chain != next.chain_before))
    return fail(ErrorCode::Damage,
                fmt::format("{}: position {} (byte {}): there is no sound group, and no seal", from.name,
                            end->position.value, end->offset),
                end->position);
  return end;
}

}  // namespace daybook::maintenance
