#include "log/record_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {

Result<std::span<const std::byte>> RecordReader::bytes(std::uint64_t segment, std::uint64_t offset, std::size_t size) {
  if (segment != segment_ || offset < at_ || offset + size > at_ + size_) {
    const auto wanted = std::max(size, window_);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    const auto got = journal_->read(segment, offset, std::span(buffer_).first(wanted));
    if (!got) return std::unexpected(got.error());
    segment_ = segment;
    at_ = offset;
    size_ = *got;
  }
  const auto skip = static_cast<std::size_t>(offset - at_);
  return std::span<const std::byte>(buffer_).subspan(skip, std::min(size_ - skip, size_));
}

Result<RecordReader::Read> RecordReader::read(std::uint64_t segment, const RecordPlace& place, Position position) {
  const auto wrong = [&](ErrorCode code, std::string_view what) {
    segment_ = 0;  // what the window holds may be read anew
    return fail(code,
                fmt::format("log/{}: the event at position {} (byte {}) {}", journal::segment_name(segment),
                            position.value, place.offset, what),
                position);
  };
  const auto damage = [&](std::string_view what) { return wrong(ErrorCode::Damage, what); };
  constexpr std::size_t kLeast = journal::kFrameBytes + journal::kMinRecordBytes;
  auto there = bytes(segment, place.offset, std::max<std::size_t>(place.bytes, kLeast));
  if (!there) return std::unexpected(there.error());
  if (there->size() < kLeast) return damage("is cut off");
  auto size = journal::frame_bytes(*there);
  if (size == 0) {
    const auto claimed =
        journal::kFrameBytes + std::uint64_t(base::load<std::uint32_t>(there->data() + journal::kFrameBytes));
    if (claimed < kLeast || claimed > journal::kFrameBytes + kMaxRecordBytes || (place.bytes && claimed > place.bytes))
      return damage("has an impossible size");
    there = bytes(segment, place.offset, claimed);
    if (!there) return std::unexpected(there.error());
    size = journal::frame_bytes(*there);
    if (size == 0) return damage("is cut off");
  }
  const auto frame = there->first(size);
  const auto record = frame.subspan(journal::kFrameBytes);
  if (base::load<std::uint64_t>(frame.data()) != base::checksum(base::as_text(record)))
    return damage("does not match its checksum");
  auto event = decode_record(record);
  if (!event) return wrong(event.error().code, event.error().message);
  if (event->position != position) return damage(fmt::format("says that it is at position {}", event->position.value));
  return Read{*event, frame};
}

}  // namespace daybook::log
