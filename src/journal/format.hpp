// The bytes of a segment file: its header, and the groups behind it. docs/format/log.md is the description; this is the
// code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/limits.hpp"
#include "daybook/port/journal.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook::journal {

inline constexpr std::uint32_t kFormatVersion = 1;
// A page of its own, so that no later write touches it.
inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::size_t kGroupHeaderBytes = 88;
// Offsets within a segment are 32 bits wide in the index.
inline constexpr std::uint64_t kMaxSegmentBytes = 1u << 30;
// With the group that ends it, and a segment's own offsets have 32 bits.
inline constexpr std::uint64_t kMaxSegmentFileBytes = UINT32_MAX;
// Of the framed records of a group: more than waits to be written is never written at once.
inline constexpr std::uint64_t kMaxBodyBytes = kHardLimits.queue_bytes;

struct SegmentHeader {
  LogId log;
  std::uint64_t number = 1;          // segments of a log count from 1 without a gap
  Position first{};                  // of the first event in it
  Chain chain_before{};              // over everything before `first`
  Time recorded_floor{};             // no event in it was recorded before this
  std::uint64_t previous_bytes = 0;  // how long the segment before it is, its seal included
  std::uint64_t epoch = 0;           // of the writer that made it
  Journal::Secret secret{};          // the log's: what STORE says, should that be lost

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& header);
// Damage or UnsupportedVersion; `where` names the file in the message.
Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes, std::string_view where);

enum class GroupKind : std::uint32_t {
  Events = 0,
  Close = 1,  // empty: the log ended here, durable, when its writer closed it
  Seal = 2,   // empty: the last of its segment
};

// What stands before the records of a group.
struct GroupHeader {
  GroupKind kind = GroupKind::Events;
  std::uint32_t batches = 0;
  std::uint64_t body_bytes = 0;  // of the framed records
  Position first{};
  std::uint32_t events = 0;
  std::uint64_t epoch = 0;
  Position durable{};  // everything before this was durable when the group was written
  Chain chain_before{};
  Chain chain_after{};
  Time recorded{};                     // of its last event; of the last event before it when empty
  std::uint64_t batches_checksum = 0;  // of the table of batches behind the body

  Position end() const { return {first.value + events}; }
  // Header, body and table of batches.
  std::uint64_t whole_bytes() const { return kGroupHeaderBytes + body_bytes + 4ull * batches; }
  friend bool operator==(const GroupHeader&, const GroupHeader&) = default;
};

// What the group headers of a log are checked with. It comes from the log's secret, so that nobody who only writes
// payloads can put bytes into one that pass for a group.
std::uint64_t group_seed(const Journal::Secret& secret);

// `batches`: events in each batch, in order.
std::array<std::byte, kGroupHeaderBytes> encode(const GroupHeader& header, std::span<const std::uint32_t> batches,
                                                std::uint64_t seed);

// Why bytes are not a group. UnknownKind: a header that its checksum covers, of a kind that a later version has added.
enum class NotAGroup : std::uint8_t { Zeros, NoHeader, Truncated, UnknownKind };

// The header at the front of `bytes`; checks everything that the header alone can tell. Truncated: fewer bytes than a
// header has.
std::expected<GroupHeader, NotAGroup> decode_group_header(std::span<const std::byte> bytes, std::uint64_t seed);

// Whether body and batch table are those the header was made for: every record's digest, their chain, the batches' sum.
bool body_is_sound(const GroupHeader& header, std::span<const std::byte> whole_group);

// The batch sizes of a sound group.
std::vector<std::uint32_t> batches_of(const GroupHeader& header, std::span<const std::byte> whole_group);

// A framed record is its digest (8 bytes) and its canonical bytes, which begin with their own size (4 bytes).
inline constexpr std::size_t kFrameBytes = 8;
inline constexpr std::size_t kMinRecordBytes = 76;

// The frame at the front of `bytes`: its whole length, or nothing if it is cut off or shorter than a record can be.
std::uint64_t frame_bytes(std::span<const std::byte> bytes);

// "log/000000000007.seg"
std::string segment_name(std::uint64_t number);
std::string index_name(std::uint64_t number);
// While the last segment's name is being made durable once more (recovery.cpp) it has this behind it.
inline constexpr std::string_view kNamedAgain = ".again";
// The number in a file name of that form, whether or not it is just being named again; 0 for other names.
std::uint64_t segment_number(std::string_view file_name);

}  // namespace daybook::journal
