#include "journal/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"

namespace daybook::journal {
namespace {

constexpr std::size_t kChunk = 1u << 20;
constexpr std::size_t kFirstChunk = 64u << 10;  // a reader at the end of a log looks often, and finds little

}  // namespace

ReadBytes reading(const Journal& journal, std::uint64_t segment) {
  return [&journal, segment](std::uint64_t offset, std::span<std::byte> into) {
    return journal.read(segment, offset, into);
  };
}

GroupScan::GroupScan(ReadBytes read, std::uint64_t offset, std::uint64_t seed, std::string name)
    : read_(std::move(read)), offset_(offset), seed_(seed), name_(std::move(name)) {}

GroupScan::GroupScan(const Journal& journal, std::uint64_t segment)
    : GroupScan(reading(journal, segment), kSegmentHeaderBytes, group_seed(journal.secret()),
                "log/" + segment_name(segment)) {}

Result<std::span<const std::byte>> GroupScan::fill(std::size_t size) {
  const bool here = offset_ >= buffer_at_ && offset_ + size <= buffer_at_ + buffer_size_;
  if (!here) {
    // What was read before may have been zeros that a writer has filled since: all of it is read again.
    buffer_at_ = offset_;
    buffer_size_ = 0;
    const auto chunk = std::max(size, buffer_.empty() ? kFirstChunk : kChunk);
    if (buffer_.size() < chunk) buffer_.resize(chunk);
    const auto got = read_(offset_, buffer_);
    if (!got) return std::unexpected(got.error());
    buffer_size_ = *got;
  }
  const auto skip = static_cast<std::size_t>(offset_ - buffer_at_);
  return std::span<const std::byte>(buffer_).subspan(skip, buffer_size_ - skip);
}

Result<std::optional<GroupScan::Found>> GroupScan::next() {
  const auto stop = [&](NotAGroup why) {
    stopped_by_ = why;
    buffer_size_ = 0;  // look again next time
    return std::optional<Found>();
  };
  auto bytes = fill(kGroupHeaderBytes);
  if (!bytes) return std::unexpected(bytes.error());
  const auto header = decode_group_header(*bytes, seed_);
  if (!header && header.error() == NotAGroup::UnknownKind) return std::unexpected(later_version(name_, offset_));
  if (!header) return stop(header.error());
  if (bytes->size() < header->whole_bytes()) {
    bytes = fill(header->whole_bytes());
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() < header->whole_bytes()) return stop(NotAGroup::Truncated);
  }
  const Found found{*header, offset_, bytes->first(header->whole_bytes())};
  offset_ += header->whole_bytes();
  return found;
}

Error later_version(std::string_view segment, std::uint64_t offset) {
  return {
      ErrorCode::UnsupportedVersion,
      fmt::format("{}: the group at byte {} is of a kind that a later version has added; this program reads version {}",
                  segment, offset, kFormatVersion),
      {}};
}

Result<std::optional<std::uint64_t>> find_group_after(const ReadBytes& read, std::uint64_t from, Position position,
                                                      std::uint64_t seed) {
  std::vector<std::byte> chunk(kChunk);
  constexpr std::array kMagic{std::byte{'D'}, std::byte{'B'}, std::byte{'K'}, std::byte{'G'}};
  for (std::uint64_t at = from;;) {
    const auto got = read(at, chunk);
    if (!got) return std::unexpected(got.error());
    const auto bytes = std::span<const std::byte>(chunk).first(*got);
    for (auto it = bytes.begin();; ++it) {
      it = std::search(it, bytes.end(), kMagic.begin(), kMagic.end());
      if (it == bytes.end()) break;
      const auto header = decode_group_header(bytes.subspan(static_cast<std::size_t>(it - bytes.begin())), seed);
      const auto found = at + static_cast<std::uint64_t>(it - bytes.begin());
      // What a later version has written is never taken for a torn tail.
      if (!header && header.error() == NotAGroup::UnknownKind) return found;
      if (header && (header->durable > position ||
                     (found > from && header->kind == GroupKind::Events && header->first >= position)))
        return found;
    }
    if (*got < chunk.size()) return std::nullopt;
    at += *got - (kGroupHeaderBytes - 1);  // a header may lie across two chunks
  }
}

Result<bool> only_zeros(const ReadBytes& read, std::uint64_t offset) {
  std::vector<std::byte> chunk(kChunk);
  for (;; offset += chunk.size()) {
    const auto got = read(offset, chunk);
    if (!got) return std::unexpected(got.error());
    const auto end = chunk.begin() + static_cast<std::ptrdiff_t>(*got);
    if (std::any_of(chunk.begin(), end, [](std::byte b) { return b != std::byte{0}; })) return false;
    if (*got < chunk.size()) return true;
  }
}

Result<std::uint64_t> zeros_before(const ReadBytes& read, std::uint64_t from, std::uint64_t to) {
  std::vector<std::byte> chunk(kChunk);
  while (to > from) {
    const auto size = std::min<std::uint64_t>(chunk.size(), to - from);
    const auto got = read(to - size, std::span(chunk).first(size));
    if (!got) return std::unexpected(got.error());
    const auto bytes = std::span(chunk).first(*got);
    const auto used = std::find_if(bytes.rbegin(), bytes.rend(), [](std::byte b) { return b != std::byte{0}; });
    to -= size;
    if (used != bytes.rend()) return to + static_cast<std::uint64_t>(bytes.rend() - used);
  }
  return from;
}

}  // namespace daybook::journal
