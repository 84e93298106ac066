// Goes over the groups of a segment, one after the other.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "daybook/port/journal.hpp"
#include "journal/format.hpp"

namespace daybook::journal {

// Reads bytes of one segment; as Journal::read with the segment bound.
using ReadBytes = std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::byte> into)>;
ReadBytes reading(const Journal& journal, std::uint64_t segment);

class GroupScan {
 public:
  struct Found {
    GroupHeader header;
    std::uint64_t offset = 0;
    std::span<const std::byte> whole;  // valid until the next call
    std::span<const std::byte> body() const { return whole.subspan(kGroupHeaderBytes, header.body_bytes); }
  };

  // `offset` is where a group begins; `name` is the segment's, for messages.
  GroupScan(ReadBytes read, std::uint64_t offset, std::uint64_t seed, std::string name);
  // Over a segment of a journal, from its first group on.
  GroupScan(const Journal& journal, std::uint64_t segment);

  // The next group, its header checked and its body not; nothing where no group begins, and stopped_by() says why.
  // Called again there it looks again: bytes may have come. UnsupportedVersion: a group of a kind that a later version
  // has added.
  Result<std::optional<Found>> next();

  // The same, standing at `offset`.
  GroupScan again_at(std::uint64_t offset) const { return {read_, offset, seed_, name_}; }

  // Where the next group is looked for.
  std::uint64_t offset() const { return offset_; }
  NotAGroup stopped_by() const { return stopped_by_; }

 private:
  // Makes at least `size` bytes from offset_ on stand in the buffer, if there are so many.
  Result<std::span<const std::byte>> fill(std::size_t size);

  ReadBytes read_;
  std::uint64_t offset_;
  std::uint64_t seed_;
  std::string name_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_at_ = 0;  // offset of the buffer's first byte
  std::size_t buffer_size_ = 0;  // bytes of it that were read
  NotAGroup stopped_by_ = NotAGroup::Zeros;
};

// UnsupportedVersion: a group of a kind that this program does not know stands there.
Error later_version(std::string_view segment, std::uint64_t offset);

// The first offset at or after `from` where a group's header proves that what stands at `from`, where `position` was to
// come, was durable once, so that it is damage and no torn tail: because the header says so, or because it is that of
// events at `position` or later, which were not written before all that is ahead of them was synced. A header at `from`
// itself must say so. (Bytes of the log in a payload are older than the event that holds them.)
Result<std::optional<std::uint64_t>> find_group_after(const ReadBytes& read, std::uint64_t from, Position position,
                                                      std::uint64_t seed);

// Whether nothing but zeros stands from `offset` on.
Result<bool> only_zeros(const ReadBytes& read, std::uint64_t offset);
// Where the zeros begin that stand in front of `to`, and behind `from` at the earliest.
Result<std::uint64_t> zeros_before(const ReadBytes& read, std::uint64_t from, std::uint64_t to);

}  // namespace daybook::journal
