// Goes over a segment from its first byte to its last, whatever is there: hands out every sound record, and says of
// every other byte what is wrong with it. Where the log's own readers stop at damage, this goes on behind it.
#pragma once

#include <functional>

#include "daybook/event.hpp"
#include "journal/scan.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

// A place in the history: what the next group has to continue.
struct WalkState {
  Position end{};
  std::optional<Chain> chain{};  // nothing behind damage, until a group says it
  Time recorded{};
};

class SegmentVisitor {
 public:
  virtual ~SegmentVisitor() = default;
  // A group whose header is sound begins.
  virtual void group(const journal::GroupHeader& header, std::uint64_t offset) = 0;
  // A sound record; `frame` is its digest and canonical bytes. Valid during the call.
  virtual void record(const EventView& event, std::span<const std::byte> frame, std::uint64_t offset) = 0;
  // The batch that the records since the last call belong to is over; `lost` of its events are damaged.
  virtual void batch_end(std::uint32_t lost) = 0;
  virtual void damage(const Finding& finding) = 0;
};

// How a segment ended.
struct WalkEnd {
  bool sealed = false;
  bool closed = false;           // the last group is a close
  std::uint64_t bytes = 0;       // behind the last group
  std::uint64_t torn_bytes = 0;  // other bytes than zeros, up to so many, stand behind it, and no group that is whole
};

// What is to be gone over.
struct SegmentBytes {
  journal::ReadBytes read;
  std::uint64_t bytes = 0;  // of the file
  std::string name{};
  std::uint64_t number = 0;
  std::uint64_t seed = 0;
  bool last = false;                     // of the log: it need not be sealed, and may end torn
  Position until{UINT64_MAX};            // groups that begin at or behind this are not looked at
  std::optional<Position> next_first{};  // where the segment behind it begins
};

// `state` goes along. Errors are the world's: reading failed.
Result<WalkEnd> walk(const SegmentBytes& segment, WalkState& state, SegmentVisitor& visitor);

}  // namespace daybook::maintenance
