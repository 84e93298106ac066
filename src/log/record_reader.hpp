// Reads single records of segments: their bytes come through a window, their digests are checked.
#pragma once

#include <vector>

#include "daybook/event.hpp"
#include "daybook/port/journal.hpp"
#include "log/segment_index.hpp"

namespace daybook::log {

// For one thread at a time.
class RecordReader {
 public:
  explicit RecordReader(const Journal& journal) : journal_(&journal) {}

  // How many bytes to read at once. Small for records here and there, large when going over a stretch.
  void set_window(std::size_t bytes) { window_ = bytes; }

  // Lets go of what was read ahead: it may have been written since, or written anew. To be called whenever the durable
  // end has moved.
  void forget() { segment_ = 0; }

  struct Read {
    EventView event;                   // valid until the next read
    std::span<const std::byte> frame;  // digest and canonical bytes
  };
  // The record at `place` of the segment, which must stand at `position`. Damage names segment and position.
  Result<Read> read(std::uint64_t segment, const RecordPlace& place, Position position);

 private:
  Result<std::span<const std::byte>> bytes(std::uint64_t segment, std::uint64_t offset, std::size_t size);

  const Journal* journal_;
  std::size_t window_ = 4096;
  std::vector<std::byte> buffer_;
  std::uint64_t segment_ = 0;
  std::uint64_t at_ = 0;
  std::size_t size_ = 0;
};

}  // namespace daybook::log
