#include "journal/segment_end.hpp"

#include <fmt/format.h>

namespace daybook::journal {
Result<Place> walk_groups(const ReadBytes& read, std::uint64_t segment, const Place& from, std::uint64_t offset,
                          std::uint64_t seed) {
  GroupScan scan(read, from.offset, seed, "log/" + segment_name(segment));
  auto at = from;
  while (at.offset < offset && !at.sealed) {
    const auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (!*found) break;
    const auto& h = (*found)->header;
    if (h.first != at.end || h.chain_before != at.chain || !body_is_sound(h, (*found)->whole)) break;
    at = {scan.offset(), h.end(), h.chain_after, h.kind == GroupKind::Seal};
  }
  return at;
}

Result<SegmentEnd> find_end(const ReadBytes& read, const SegmentHeader& segment, const SegmentHeader& next,
                            std::uint64_t seed) {
  const auto name = segment_name(segment.number), next_name = segment_name(next.number);
  SegmentEnd end;
  if (next.previous_bytes < kSegmentHeaderBytes + kGroupHeaderBytes) {
    end.wrong = Error{ErrorCode::Damage,
                      fmt::format("log/{} says that the segment before it has {} bytes; a header and a seal have {}",
                                  next_name, next.previous_bytes, kSegmentHeaderBytes + kGroupHeaderBytes),
                      next.first};
    return end;
  }
  const auto foreign = [&](std::string_view why) {
    end.wrong = Error{ErrorCode::ForeignHistory,
                      fmt::format("log/{} is of another past of this log than log/{}: {}", name, next_name, why),
                      segment.first};
    return end;
  };
  const auto seal_at = next.previous_bytes - kGroupHeaderBytes;
  std::array<std::byte, kGroupHeaderBytes> bytes{};
  const auto got = read(seal_at, bytes);
  if (!got) return std::unexpected(got.error());
  const auto seal = decode_group_header(std::span(bytes).first(*got), seed);
  if (seal && seal->kind == GroupKind::Seal) {
    if (seal->first != next.first)
      return foreign(
          fmt::format("it ends at position {}, the other begins at {}", seal->first.value, next.first.value));
    if (seal->chain_after != next.chain_before)
      return foreign(fmt::format("their chains at position {} differ", next.first.value));
    end.sealed = true;
    return end;
  }
  const auto walked =
      walk_groups(read, segment.number, {kSegmentHeaderBytes, segment.first, segment.chain_before}, seal_at, seed);
  if (!walked) return std::unexpected(walked.error());
  if (walked->offset < seal_at && !walked->sealed) {
    end.wrong = Error{ErrorCode::Damage,
                      fmt::format("log/{}: position {} can not be read at byte {}, though it had {} bytes when it was "
                                  "sealed, says log/{}",
                                  name, walked->end.value, walked->offset, next.previous_bytes, next_name),
                      walked->end};
    return end;
  }
  if (walked->offset != seal_at || walked->sealed)
    return foreign(fmt::format("a group of it ends at byte {}, where there was none, for its seal stood at {}",
                               walked->offset, seal_at));
  if (walked->end != next.first)
    return foreign(
        fmt::format("its groups end at position {}, the other begins at {}", walked->end.value, next.first.value));
  if (walked->chain != next.chain_before)
    return foreign(fmt::format("their chains at position {} differ", next.first.value));
  return end;
}

}  // namespace daybook::journal
