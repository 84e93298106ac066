#include "log/group_index.hpp"

#include <fmt/format.h>

#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {

Result<bool> index_groups(journal::GroupScan& scan, std::uint64_t segment, Position until, ActiveIndex& index,
                          Position& end, Chain& chain) {
  const auto wrong = [&](ErrorCode code, std::uint64_t offset, std::string_view what) {
    return fail(
        code, fmt::format("log/{}: position {} (byte {}): {}", journal::segment_name(segment), end.value, offset, what),
        end);
  };
  const auto damage = [&](std::uint64_t offset, std::string_view what) {
    return wrong(ErrorCode::Damage, offset, what);
  };
  // What is not taken is looked at again the next time: a read that went wrong may go well then.
  for (;;) {
    const auto offset = scan.offset();
    const auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (!*found) {
      if (end < until) return damage(offset, "there is no group, though it was durable");
      return false;
    }
    const auto& header = (*found)->header;
    if (header.first != end || header.chain_before != chain) {
      scan = scan.again_at(offset);
      return damage(offset, "the group does not continue the one before it");
    }
    if (header.kind == journal::GroupKind::Seal) return true;
    if (header.kind == journal::GroupKind::Close) continue;
    if (end >= until) {
      scan = scan.again_at(offset);
      return false;
    }
    if (!journal::body_is_sound(header, (*found)->whole)) {
      scan = scan.again_at(offset);
      return damage(offset, "the group does not match its checksums");
    }
    index.begin_group(static_cast<std::uint32_t>(offset));
    std::uint64_t at = offset + journal::kGroupHeaderBytes;
    for (auto body = (*found)->body(); !body.empty();) {
      const auto size = journal::frame_bytes(body);
      const auto event = decode_record(body.subspan(journal::kFrameBytes, size - journal::kFrameBytes));
      if (!event) return wrong(event.error().code, at, event.error().message);
      if (event->position != end)
        return damage(at, fmt::format("the record says that it is at position {}", event->position.value));
      if (!index.continues(*event))
        return damage(at, fmt::format("the record says that it is revision {} of its stream", event->revision.value));
      index.add(*event, static_cast<std::uint32_t>(at));
      end = end.next();
      at += size;
      body = body.subspan(size);
    }
    chain = header.chain_after;
  }
}

}  // namespace daybook::log
