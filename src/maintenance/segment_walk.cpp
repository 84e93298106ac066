#include "maintenance/segment_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "log/record.hpp"

namespace daybook::maintenance {
namespace {

using journal::GroupHeader;
using journal::GroupKind;
using journal::GroupScan;

bool is_sound_frame(std::span<const std::byte> frame) {
  return base::load<std::uint64_t>(frame.data()) == base::checksum(base::as_text(frame.subspan(journal::kFrameBytes)));
}

// How many frames the bytes are, going by their sizes alone; 0 if they do not end where a frame does.
std::uint64_t frames_in(std::span<const std::byte> bytes) {
  std::uint64_t frames = 0;
  for (; !bytes.empty(); ++frames) {
    const auto size = journal::frame_bytes(bytes);
    if (size == 0) return 0;
    bytes = bytes.subspan(size);
  }
  return frames;
}

// Over the records of one group.
class GroupWalk {
 public:
  GroupWalk(const SegmentBytes& segment, const GroupScan::Found& found, SegmentVisitor& visitor)
      : segment_(segment), found_(found), header_(found.header), visitor_(visitor) {}

  // UnsupportedVersion: a record is of a later version.
  Status go(WalkState& state) {
    load_batches();
    const auto body = found_.body();
    Chain chain = header_.chain_before;
    Time recorded = state.recorded;
    std::size_t at = 0;
    std::uint32_t event = 0;
    for (; event < header_.events; ++event) {
      const auto size = journal::frame_bytes(body.subspan(at));
      const auto frame = body.subspan(at, size);
      if (size == 0 || !deliver(frame, event, at, recorded)) {
        if (newer_) return std::unexpected(*newer_);
        sound_ = false;
        // Where the next sound record stands, whatever the damaged one says of its size.
        const auto [next_at, next_event] = find_record(body, at + 1, event + 1);
        damaged(event, next_event, at, size == 0 ? "has an impossible size" : why_);
        for (; event < next_event; ++event) lose();
        at = next_at;
        --event;  // the loop counts it
        continue;
      }
      chain.value = base::chained(chain.value, base::load<std::uint64_t>(frame.data()));
      at += size;
      keep();
    }
    const auto all = header_.end();
    if (sound_ && at != body.size())
      tell(found_.offset + journal::kGroupHeaderBytes + at, all, {}, "bytes stand behind the group's last record");
    if (sound_ && chain != header_.chain_after)
      tell(found_.offset, header_.first, {}, "the group's records are not those that its chain was made over");
    if (sound_ && header_.recorded != recorded)
      tell(found_.offset, header_.first, {}, "the group's time is not that of its last record");
    if (counted_ > 0) visitor_.batch_end(lost_);
    state.recorded = std::max(recorded, header_.recorded);
    return {};
  }

 private:
  void load_batches() {
    const auto table = found_.whole.subspan(journal::kGroupHeaderBytes + header_.body_bytes, 4ull * header_.batches);
    batches_ = journal::batches_of(header_, found_.whole);
    std::uint64_t sum = 0;
    for (const auto n : batches_) sum += n;
    if (base::checksum(base::as_text(table)) == header_.batches_checksum && sum == header_.events &&
        std::ranges::find(batches_, 0u) == batches_.end())
      return;
    tell(found_.offset + journal::kGroupHeaderBytes + header_.body_bytes, header_.first, {},
         fmt::format("the table of the group's batches, over positions {} to {}, does not match its checksum",
                     header_.first.value, header_.end().value - 1));
    batches_ = {header_.events};  // which events belonged together is not known: all of them is safe
  }

  bool deliver(std::span<const std::byte> frame, std::uint32_t event, std::size_t at, Time& recorded) {
    if (!is_sound_frame(frame)) return because("does not match its checksum");
    const auto decoded = log::decode_record(frame.subspan(journal::kFrameBytes));
    if (!decoded && decoded.error().code == ErrorCode::UnsupportedVersion)
      newer_ =
          Error{decoded.error().code,
                fmt::format("{}: position {}: {}", segment_.name, header_.first.value + event, decoded.error().message),
                Position{header_.first.value + event}};
    if (!decoded) return because(decoded.error().message);
    const auto position = header_.first.value + event;
    if (decoded->position.value != position)
      return because(fmt::format("says that it is at position {}", decoded->position.value));
    if (decoded->recorded < recorded) {
      // Sound in itself: it is handed out all the same.
      tell(found_.offset + journal::kGroupHeaderBytes + at, decoded->position, {},
           "was recorded before the event ahead of it");
    }
    recorded = std::max(recorded, decoded->recorded);
    visitor_.record(*decoded, frame, found_.offset + journal::kGroupHeaderBytes + at);
    return true;
  }

  bool because(std::string why) {
    why_ = std::move(why);
    return false;
  }

  // The first sound record from byte `at` on, of an event from number `event` on; the group's end if there is none.
  //
  // A payload may hold bytes that look like a record: whoever wrote it could make them. So it must also be as many
  // frames away from the body's end as the group has events behind it, which a forged one is not.
  std::pair<std::size_t, std::uint32_t> find_record(std::span<const std::byte> body, std::size_t at,
                                                    std::uint32_t event) const {
    constexpr std::size_t kPositionAt = journal::kFrameBytes + 8;
    for (; at + journal::kFrameBytes + journal::kMinRecordBytes <= body.size(); ++at) {
      const auto position = base::load<std::uint64_t>(body.data() + at + kPositionAt);
      if (position < header_.first.value + event || position >= header_.end().value) continue;
      const auto size = journal::frame_bytes(body.subspan(at));
      if (size == 0 || !is_sound_frame(body.subspan(at, size))) continue;
      if (frames_in(body.subspan(at)) == header_.end().value - position)
        return {at, static_cast<std::uint32_t>(position - header_.first.value)};
    }
    return {body.size(), header_.events};
  }

  void damaged(std::uint32_t from, std::uint32_t until, std::size_t at, std::string_view why) {
    tell(found_.offset + journal::kGroupHeaderBytes + at, {header_.first.value + from},
         Position{header_.first.value + until}, fmt::format("the record {}", why));
  }

  void tell(std::uint64_t byte, Position from, std::optional<Position> until, std::string what) {
    visitor_.damage({ErrorCode::Damage, segment_.name, segment_.number, byte, from, until, std::move(what)});
  }

  void keep() { count(); }
  void lose() {
    ++lost_;
    count();
  }
  void count() {
    if (++counted_ < batches_[batch_]) return;
    visitor_.batch_end(lost_);
    ++batch_;
    counted_ = lost_ = 0;
  }

  const SegmentBytes& segment_;
  const GroupScan::Found& found_;
  const GroupHeader& header_;
  SegmentVisitor& visitor_;
  std::vector<std::uint32_t> batches_;
  std::size_t batch_ = 0;
  std::uint32_t counted_ = 0;  // events of the batch at hand
  std::uint32_t lost_ = 0;
  bool sound_ = true;
  std::string why_;
  std::optional<Error> newer_;
};

class Walk {
 public:
  Walk(const SegmentBytes& segment, WalkState& state, SegmentVisitor& visitor)
      : segment_(segment),
        state_(state),
        visitor_(visitor),
        scan_(segment.read, journal::kSegmentHeaderBytes, segment.seed, segment.name) {}

  Result<WalkEnd> go() {
    for (;;) {
      const auto at = scan_.offset();
      end_.bytes = at;
      if (state_.end >= segment_.until) return end_;
      const auto found = scan_.next();
      if (!found) return std::unexpected(found.error());
      if (!*found) {
        const auto more = no_group(at);
        if (!more) return std::unexpected(more.error());
        if (!*more) return end_;
        continue;
      }
      if (auto done = take(**found, at); !done) return std::unexpected(done.error());
      if (end_.sealed) return behind_seal();
    }
  }

 private:
  Status take(const GroupScan::Found& found, std::uint64_t at) {
    const auto& h = found.header;
    if (h.first < state_.end) {
      tell(at, h.first, {},
           fmt::format("the group begins at position {}; {} was expected", h.first.value, state_.end.value));
      if (h.end() <= state_.end) return {};
    }
    if (h.first > state_.end) {
      tell(at, state_.end, h.first, fmt::format("the group that stands here begins at position {}", h.first.value));
      state_.chain.reset();
    }
    if (state_.chain && *state_.chain != h.chain_before)
      tell(at, h.first, {}, "the group's chain does not continue what is before it: it belongs to another history");
    if (h.durable > h.end()) tell(at, h.first, {}, "the group says that more was durable than there was");
    end_.closed = h.kind == GroupKind::Close;
    end_.sealed = h.kind == GroupKind::Seal;
    visitor_.group(h, at);
    if (h.events > 0)
      if (auto done = GroupWalk(segment_, found, visitor_).go(state_); !done) return done;
    state_.end = h.end();
    state_.chain = h.chain_after;
    return {};
  }

  // No group begins here. True: a later one does, and `scan_` stands there.
  Result<bool> no_group(std::uint64_t at) {
    const auto zeros = journal::only_zeros(segment_.read, at);
    if (!zeros) return std::unexpected(zeros.error());
    if (!*zeros) {
      // In the last segment only a group that knew these bytes to be durable shows that they are damage.
      const auto later = next_group(at + 1, segment_.last);
      if (!later) return std::unexpected(later.error());
      if (*later) {
        const auto header = header_at(**later);
        if (!header) return std::unexpected(header.error());
        const auto proven = take_without_header(at, **later, *header);
        if (!proven) return std::unexpected(proven.error());
        if (!*proven) tell(at, state_.end, header->first, "no group can be read here");
        if (header->first > state_.end) {
          state_.end = header->first;
          state_.chain.reset();
        }
        scan_ = scan_.again_at(**later);
        return true;
      }
    }
    if (segment_.last) {
      if (!*zeros) end_.torn_bytes = segment_.bytes - at;
      return false;
    }
    const auto until = segment_.next_first && *segment_.next_first > state_.end ? segment_.next_first : std::nullopt;
    tell(at, state_.end, until,
         until ? "no group can be read from here to the segment's end" : "the segment's seal can not be read");
    if (until) {
      state_.end = *until;
      state_.chain.reset();
    }
    return false;
  }

  // The records of a group whose own header is damaged, if the chain from the group before it to the `next` one, which
  // stands at `to`, proves every one of them.
  Result<bool> take_without_header(std::uint64_t at, std::uint64_t to, const GroupHeader& next) {
    if (!state_.chain || next.first <= state_.end || to < at + journal::kGroupHeaderBytes) return false;
    std::vector<std::byte> bytes(to - at - journal::kGroupHeaderBytes);
    const auto got = segment_.read(at + journal::kGroupHeaderBytes, bytes);
    if (!got) return std::unexpected(got.error());
    if (*got != bytes.size()) return false;
    const auto events = next.first.value - state_.end.value;
    auto chain = *state_.chain;
    std::size_t size = 0;
    for (std::uint64_t i = 0; i < events; ++i) {
      const auto rest = std::span<const std::byte>(bytes).subspan(size);
      const auto frame = journal::frame_bytes(rest);
      if (frame == 0 || !is_sound_frame(rest.first(frame))) return false;
      const auto event = log::decode_record(rest.subspan(journal::kFrameBytes, frame - journal::kFrameBytes));
      if (!event || event->position.value != state_.end.value + i) return false;
      chain.value = base::chained(chain.value, base::load<std::uint64_t>(rest.data()));
      size += frame;
    }
    if (chain != next.chain_before) return false;
    tell(at, state_.end, {},
         fmt::format("the header of the group of positions {} to {} is damaged; its records are not", state_.end.value,
                     next.first.value - 1));
    for (auto rest = std::span<const std::byte>(bytes).first(size); !rest.empty();) {
      const auto frame = journal::frame_bytes(rest);
      const auto event = log::decode_record(rest.subspan(journal::kFrameBytes, frame - journal::kFrameBytes));
      state_.recorded = std::max(state_.recorded, event->recorded);
      visitor_.record(*event, rest.first(frame), to - rest.size() - (bytes.size() - size));
      rest = rest.subspan(frame);
    }
    visitor_.batch_end(0);  // which of them belonged together is not known: all of them is safe
    state_.end = next.first;
    state_.chain = chain;
    return true;
  }

  // Where the next group header stands, from byte `from` on, that continues the log.
  Result<std::optional<std::uint64_t>> next_group(std::uint64_t from, bool needs_proof) const {
    if (needs_proof) return journal::find_group_after(segment_.read, from, state_.end, segment_.seed);
    constexpr std::size_t kChunk = 1u << 20;
    constexpr std::array kMagic{std::byte{'D'}, std::byte{'B'}, std::byte{'K'}, std::byte{'G'}};
    std::vector<std::byte> chunk(kChunk);
    for (auto at = from;;) {
      const auto got = segment_.read(at, chunk);
      if (!got) return std::unexpected(got.error());
      const auto bytes = std::span<const std::byte>(chunk).first(*got);
      for (auto it = bytes.begin();; ++it) {
        it = std::search(it, bytes.end(), kMagic.begin(), kMagic.end());
        if (it == bytes.end()) break;
        const auto offset = static_cast<std::size_t>(it - bytes.begin());
        const auto header = journal::decode_group_header(bytes.subspan(offset), segment_.seed);
        if (!header && header.error() == journal::NotAGroup::UnknownKind) return at + offset;
        if (header && header->end() >= state_.end && header->first >= state_.end) return at + offset;
      }
      if (*got < chunk.size()) return std::nullopt;
      at += *got - (journal::kGroupHeaderBytes - 1);
    }
  }

  Result<GroupHeader> header_at(std::uint64_t at) const {
    std::vector<std::byte> bytes(journal::kGroupHeaderBytes);
    const auto got = segment_.read(at, bytes);
    if (!got) return std::unexpected(got.error());
    bytes.resize(*got);
    const auto header = journal::decode_group_header(bytes, segment_.seed);
    if (!header && header.error() == journal::NotAGroup::UnknownKind)
      return std::unexpected(journal::later_version(segment_.name, at));
    if (!header) return fail(ErrorCode::IoError, fmt::format("{} changed while it was read", segment_.name));
    return *header;
  }

  Result<WalkEnd> behind_seal() {
    end_.bytes = scan_.offset();
    const auto zeros = journal::only_zeros(segment_.read, end_.bytes);
    if (!zeros) return std::unexpected(zeros.error());
    if (!*zeros) tell(end_.bytes, state_.end, {}, "bytes stand behind the segment's seal");
    return end_;
  }

  void tell(std::uint64_t byte, Position from, std::optional<Position> until, std::string what) {
    visitor_.damage({ErrorCode::Damage, segment_.name, segment_.number, byte, from, until, std::move(what)});
  }

  const SegmentBytes& segment_;
  WalkState& state_;
  SegmentVisitor& visitor_;
  GroupScan scan_;
  WalkEnd end_;
};

}  // namespace

Result<WalkEnd> walk(const SegmentBytes& segment, WalkState& state, SegmentVisitor& visitor) {
  return Walk(segment, state, visitor).go();
}

}  // namespace daybook::maintenance
