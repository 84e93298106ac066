// The durable medium of a log: segments of bytes, written by one writer in order, read by many.
//
// What stands in the segments, and every condition on an append, is the log's affair (src/log): so that all media get
// them from one piece of code. Implemented by src/journal, in a directory or in memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

class Journal {
 public:
  struct Segment {
    std::uint64_t number = 1;  // without a gap
    Position first{};          // of its first event
    Chain chain_before{};      // over everything before `first`
    Time recorded_floor{};     // nothing in it was recorded before this
    friend bool operator==(const Segment&, const Segment&) = default;
  };
  // Random, made with the log, and stored with it; never shown. What the checksums of groups and the hashes of indexes
  // are seeded with, so that nobody who only chooses names and payloads can make them collide.
  struct Secret {
    Uuid uuid{};
    friend bool operator==(const Secret&, const Secret&) = default;
  };

  virtual ~Journal() = default;

  virtual LogId log() const = 0;
  virtual Secret secret() const = 0;
  // Of the writer in force, counted up each time a log is opened for writing.
  virtual std::uint64_t epoch() const = 0;

  // For readers, from any thread. -------------------------------------------------------------------------------------

  // The segments still here, in order; never none.
  virtual std::vector<Segment> segments() const = 0;
  // Fills `into` from `offset` of a segment on; less than its size only at the end of what is there. NotFound when the
  // segment was removed.
  virtual Result<std::size_t> read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const = 0;
  // Everything before this may be read. Never goes back.
  virtual Position durable() const = 0;
  // Sleeps until durable() > position, or the deadline. May return early.
  virtual void wait_past(Position position, std::chrono::steady_clock::time_point deadline) const = 0;
  // Ends every wait_past() that sleeps now, in this process at least.
  virtual void wake() const = 0;

  // For the one writer, from one thread at a time. --------------------------------------------------------------------

  // Ends the current segment with a seal and begins the next one, durably. After an error it may be called again.
  virtual Status begin_segment(const Segment& next) = 0;
  // Puts the bytes of a group at `offset` of the current segment: behind all that is durable there.
  virtual Status write(std::uint64_t offset, std::span<const std::byte> group) = 0;
  // Forgets what was written behind `offset` and is not durable, after a write that failed.
  virtual void unwrite(std::uint64_t offset) = 0;
  // Returns when all that was written is on stable storage. After an error the journal takes no more writes.
  virtual Status sync() = 0;
  // Tells every reader, here and elsewhere, that everything before `durable` may be read.
  virtual void publish(Position durable) = 0;
  // Notes durably that the log ended here, and takes no more writes.
  virtual Status close(Position end, Chain chain, Time recorded) = 0;
};

}  // namespace daybook
