#include "log/group_index.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "base/ensure.hpp"
#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {
namespace {

// Calls f(record, offset) for each record of a body that matches its checksums, or stops with f's error.
template <class F>
Status each_record(std::span<const std::byte> body, std::uint64_t offset, F&& f) {
  while (!body.empty()) {
    const auto size = journal::frame_bytes(body);
    if (auto done = f(body.subspan(journal::kFrameBytes, size - journal::kFrameBytes), offset); !done) return done;
    offset += size;
    body = body.subspan(size);
  }
  return {};
}

}  // namespace

Result<bool> index_groups(journal::GroupScan& scan, std::uint64_t segment, Position until, ActiveIndex& index,
                          Position& end, Chain& chain) {
  // The log can be read up to `end`, whichever record of a group is wrong.
  const auto wrong = [&](ErrorCode code, Position at, std::uint64_t offset, std::string_view what) {
    return fail(
        code, fmt::format("log/{}: position {} (byte {}): {}", journal::segment_name(segment), at.value, offset, what),
        end);
  };
  const auto damage = [&](std::uint64_t offset, std::string_view what) {
    return wrong(ErrorCode::Damage, end, offset, what);
  };
  // Names may be chosen by an enemy: nobody outside knows which of them collide.
  const auto hash = [&](std::string_view name) { return index.hash_of(KeyKind::Stream, name); };
  // What stands in a group is either taken whole or not at all.
  const auto check = [&](const journal::GroupScan::Found& found) -> Status {
    const auto& header = found.header;
    if (!journal::body_is_sound(header, found.whole))
      return damage(found.offset, "the group does not match its checksums");
    std::unordered_map<std::string_view, Revision, decltype(hash)> newest(0, hash);  // of the streams in the group
    EventView event;
    auto at = header.first;
    std::size_t tags = 0;
    const auto records = each_record(
        found.body(), found.offset + journal::kGroupHeaderBytes,
        [&](std::span<const std::byte> record, std::uint64_t offset) -> Status {
          if (const auto done = decode_record(record, event); !done)
            return wrong(done.error().code, at, offset, done.error().message);
          if (event.position != at)
            return wrong(ErrorCode::Damage, at, offset,
                         fmt::format("the record says that it is at position {}", event.position.value));
          const auto [before, first] = newest.try_emplace(event.stream, event.revision);
          if (first ? !index.continues(event)
                    : event.revision.value == UINT64_MAX || event.revision != before->second.next())
            return wrong(ErrorCode::Damage, at, offset,
                         fmt::format("the record says that it is revision {} of its stream", event.revision.value));
          before->second = event.revision;
          at = at.next();
          tags += event.tags.size();
          return {};
        });
    if (records && (found.offset + found.whole.size() > journal::kMaxSegmentFileBytes ||
                    !index.has_room(at.value - header.first.value, tags)))
      return damage(found.offset, "the segment holds more than any that is written");
    return records;
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
    if (auto sound = check(**found); !sound) {
      scan = scan.again_at(offset);
      return std::unexpected(sound.error());
    }
    index.begin_group(static_cast<std::uint32_t>(offset));
    EventView event;
    const auto taken = each_record((*found)->body(), offset + journal::kGroupHeaderBytes,
                                   [&](std::span<const std::byte> record, std::uint64_t at) -> Status {
                                     if (auto done = decode_record(record, event); !done) return done;
                                     index.add(event, static_cast<std::uint32_t>(at));
                                     return {};
                                   });
    ENSURE(taken);
    end = header.end();
    chain = header.chain_after;
  }
}

}  // namespace daybook::log
