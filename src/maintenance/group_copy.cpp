#include "maintenance/group_copy.hpp"

#include <fmt/format.h>

namespace daybook::maintenance {

Result<GroupEnd> copy_groups(const GroupCopy& from, GroupEnd at, io::File* to) {
  journal::GroupScan scan(from.read, at.offset, from.seed);
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

}  // namespace daybook::maintenance
