#include "journal/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"

namespace daybook::journal {
namespace {

using base::load;
using base::store;

constexpr std::string_view kSegmentMagic = "DAYBKSEG";
constexpr std::uint32_t kGroupMagic = 0x474b4244;  // "DBKG"
constexpr std::size_t kSegmentChecked = 96;        // bytes of the header before its checksum

std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t nanoseconds) { return Time(std::chrono::nanoseconds(nanoseconds)); }

}  // namespace

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& h) {
  std::array<std::byte, kSegmentHeaderBytes> out{};
  std::byte* p = out.data();
  std::memcpy(p, kSegmentMagic.data(), kSegmentMagic.size());
  store(p + 8, kFormatVersion);
  store(p + 12, static_cast<std::uint32_t>(kSegmentHeaderBytes));
  std::memcpy(p + 16, h.log.uuid.bytes.data(), 16);
  store(p + 32, h.number);
  store(p + 40, h.first.value);
  store(p + 48, h.chain_before.value);
  store(p + 56, nanoseconds(h.recorded_floor));
  store(p + 64, h.previous_bytes);
  store(p + 72, h.epoch);
  std::memcpy(p + 80, h.secret.uuid.bytes.data(), 16);
  store(p + kSegmentChecked, base::checksum(base::as_text({p, kSegmentChecked})));
  return out;
}

Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes, std::string_view where) {
  const auto damage = [&](std::string_view what) {
    return fail(ErrorCode::Damage, fmt::format("{}: {}", where, what));
  };
  if (bytes.size() < kSegmentHeaderBytes)
    return damage(fmt::format("has {} bytes; a segment has a header of {}", bytes.size(), kSegmentHeaderBytes));
  const std::byte* p = bytes.data();
  if (base::as_text(bytes.first(8)) != kSegmentMagic) return damage("does not begin as a segment file does");
  if (const auto version = load<std::uint32_t>(p + 8); version != kFormatVersion) {
    // A newer version's checksum stands at the same place: only a header that is sound is believed.
    if (load<std::uint64_t>(p + kSegmentChecked) != base::checksum(base::as_text(bytes.first(kSegmentChecked))))
      return damage("its header does not match its checksum");
    return fail(ErrorCode::UnsupportedVersion, fmt::format("{}: has format version {}; this program reads version {}",
                                                           where, version, kFormatVersion));
  }
  if (load<std::uint64_t>(p + kSegmentChecked) != base::checksum(base::as_text(bytes.first(kSegmentChecked))))
    return damage("its header does not match its checksum");
  if (std::ranges::any_of(bytes.subspan(kSegmentChecked + 8, kSegmentHeaderBytes - kSegmentChecked - 8),
                          [](std::byte b) { return b != std::byte{0}; }))
    return damage("its header is not zero where it should be");
  SegmentHeader h;
  std::memcpy(h.log.uuid.bytes.data(), p + 16, 16);
  h.number = load<std::uint64_t>(p + 32);
  h.first = {load<std::uint64_t>(p + 40)};
  h.chain_before = {load<std::uint64_t>(p + 48)};
  h.recorded_floor = time_of(load<std::int64_t>(p + 56));
  h.previous_bytes = load<std::uint64_t>(p + 64);
  h.epoch = load<std::uint64_t>(p + 72);
  std::memcpy(h.secret.uuid.bytes.data(), p + 80, 16);
  return h;
}

std::uint64_t group_seed(const Journal::Secret& secret) {
  return base::checksum({reinterpret_cast<const char*>(secret.uuid.bytes.data()), secret.uuid.bytes.size()});
}

std::array<std::byte, kGroupHeaderBytes> encode(const GroupHeader& h, std::span<const std::uint32_t> batches,
                                                std::uint64_t seed) {
  std::array<std::byte, kGroupHeaderBytes> out{};
  std::byte* p = out.data();
  store(p, kGroupMagic);
  store(p + 4, static_cast<std::uint32_t>(h.kind));
  store(p + 16, h.body_bytes);
  store(p + 24, h.first.value);
  store(p + 32, h.events);
  store(p + 36, static_cast<std::uint32_t>(batches.size()));
  store(p + 40, h.epoch);
  store(p + 48, h.durable.value);
  store(p + 56, h.chain_before.value);
  store(p + 64, h.chain_after.value);
  store(p + 72, nanoseconds(h.recorded));
  store(p + 80, base::checksum(base::as_text(std::as_bytes(batches))));
  store(p + 8, base::hash(base::as_text({p + 16, kGroupHeaderBytes - 16}), seed ^ static_cast<std::uint64_t>(h.kind)));
  return out;
}

std::expected<GroupHeader, NotAGroup> decode_group_header(std::span<const std::byte> bytes, std::uint64_t seed) {
  if (bytes.size() < kGroupHeaderBytes) {
    const bool zeros = std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
    return std::unexpected(zeros ? NotAGroup::Zeros : NotAGroup::Truncated);
  }
  const std::byte* p = bytes.data();
  if (load<std::uint32_t>(p) != kGroupMagic) {
    const bool zeros =
        std::ranges::all_of(bytes.first(kGroupHeaderBytes), [](std::byte b) { return b == std::byte{0}; });
    return std::unexpected(zeros ? NotAGroup::Zeros : NotAGroup::NoHeader);
  }
  GroupHeader h;
  const auto kind = load<std::uint32_t>(p + 4);
  if (load<std::uint64_t>(p + 8) != base::hash(base::as_text({p + 16, kGroupHeaderBytes - 16}), seed ^ kind))
    return std::unexpected(NotAGroup::NoHeader);
  if (kind > static_cast<std::uint32_t>(GroupKind::Seal)) return std::unexpected(NotAGroup::UnknownKind);
  h.kind = static_cast<GroupKind>(kind);
  h.body_bytes = load<std::uint64_t>(p + 16);
  h.first = {load<std::uint64_t>(p + 24)};
  h.events = load<std::uint32_t>(p + 32);
  h.batches = load<std::uint32_t>(p + 36);
  h.epoch = load<std::uint64_t>(p + 40);
  h.durable = {load<std::uint64_t>(p + 48)};
  h.chain_before = {load<std::uint64_t>(p + 56)};
  h.chain_after = {load<std::uint64_t>(p + 64)};
  h.recorded = time_of(load<std::int64_t>(p + 72));
  h.batches_checksum = load<std::uint64_t>(p + 80);
  // A checksum is no proof: sizes that could send a reader out of its buffer are refused whatever it says.
  const bool plausible = h.body_bytes <= kMaxBodyBytes && h.batches <= h.events &&
                         (h.batches == 0) == (h.events == 0) && (kind != 0) == (h.events == 0) &&
                         h.body_bytes >= h.events * std::uint64_t(kFrameBytes + kMinRecordBytes) &&
                         h.first.value + h.events >= h.first.value && h.durable <= h.end();
  if (!plausible) return std::unexpected(NotAGroup::NoHeader);
  return h;
}

bool body_is_sound(const GroupHeader& h, std::span<const std::byte> whole) {
  auto body = whole.subspan(kGroupHeaderBytes, h.body_bytes);
  Chain chain = h.chain_before;
  std::uint32_t events = 0;
  while (!body.empty()) {
    const auto size = frame_bytes(body);
    if (size == 0) return false;
    const auto digest = load<std::uint64_t>(body.data());
    if (digest != base::checksum(base::as_text(body.subspan(kFrameBytes, size - kFrameBytes)))) return false;
    chain.value = base::chained(chain.value, digest);
    body = body.subspan(size);
    ++events;
  }
  if (events != h.events || chain != h.chain_after) return false;
  const auto table = whole.subspan(kGroupHeaderBytes + h.body_bytes, 4ull * h.batches);
  if (base::checksum(base::as_text(table)) != h.batches_checksum) return false;
  std::uint64_t in_batches = 0;
  for (const auto n : batches_of(h, whole)) {
    if (n == 0) return false;
    in_batches += n;
  }
  return in_batches == h.events;
}

std::vector<std::uint32_t> batches_of(const GroupHeader& h, std::span<const std::byte> whole) {
  std::vector<std::uint32_t> batches(h.batches);
  if (h.batches) std::memcpy(batches.data(), whole.data() + kGroupHeaderBytes + h.body_bytes, 4ull * h.batches);
  return batches;
}

std::uint64_t frame_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() < kFrameBytes + kMinRecordBytes) return 0;
  const auto size = load<std::uint32_t>(bytes.data() + kFrameBytes);
  if (size < kMinRecordBytes || size > bytes.size() - kFrameBytes) return 0;
  return kFrameBytes + size;
}

std::string segment_name(std::uint64_t number) { return fmt::format("{:012}.seg", number); }
std::string index_name(std::uint64_t number) { return fmt::format("{:012}.idx", number); }

std::uint64_t segment_number(std::string_view name) {
  std::uint64_t number = 0;
  if (name.ends_with(kNamedAgain)) name.remove_suffix(kNamedAgain.size());
  if (name.size() != 16 || name.substr(12) != ".seg") return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 12, number);
  return error == std::errc() && end == name.data() + 12 ? number : 0;
}

}  // namespace daybook::journal
