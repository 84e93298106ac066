#include "journal/memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/uuid.hpp"

namespace daybook::journal {

Memory::Memory(LogId id) : id_(id), secret_{base::random_uuid()}, seed_(group_seed(secret_)) {
  const auto header = encode(SegmentHeader{.log = id, .epoch = 1, .secret = secret_});
  stored_.push_back({{}, std::string(base::as_text(header)), header.size()});
  reopen();
}

void Memory::reopen() {
  const std::lock_guard guard(mutex_);
  closed_ = false;
  ++epoch_;
  for (auto& s : stored_) s.bytes.resize(s.synced);
  const auto& last = stored_.back();
  tail_ = {last.segment.first, last.segment.chain_before, last.segment.recorded_floor, last.segment.number,
           kSegmentHeaderBytes};
  // Its own bytes, in its own memory: there is nothing to doubt.
  while (tail_.offset < last.bytes.size()) {
    const auto group = decode_group_header(base::as_bytes(last.bytes).subspan(tail_.offset), seed_);
    ENSURE(group && group->first == tail_.end);
    tail_ = {group->end(), group->chain_after, group->recorded, last.segment.number,
             tail_.offset + group->whole_bytes()};
  }
  durable_ = tail_.end.value;
}

std::vector<Journal::Segment> Memory::segments() const {
  const std::lock_guard guard(mutex_);
  std::vector<Segment> all;
  all.reserve(stored_.size());
  for (const auto& s : stored_) all.push_back(s.segment);
  return all;
}

Result<std::size_t> Memory::read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const {
  const std::lock_guard guard(mutex_);
  if (segment == 0 || segment > stored_.size())
    return fail(ErrorCode::NotFound, fmt::format("{} is not there", segment_name(segment)));
  const auto bytes = base::as_bytes(stored_[segment - 1].bytes);
  if (offset >= bytes.size()) return 0;
  const auto size = std::min<std::size_t>(into.size(), bytes.size() - offset);
  std::ranges::copy(bytes.subspan(offset, size), into.begin());
  return size;
}

void Memory::wait_past(Position position, std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  if (durable() <= position) published_.wait_until(lock, deadline);
}

void Memory::wake() const {
  const std::lock_guard guard(mutex_);
  published_.notify_all();
}

void Memory::append_empty(GroupKind kind, Position end, Chain chain, Time recorded) {
  GroupHeader header;
  header.kind = kind;
  header.first = header.durable = end;
  header.chain_before = header.chain_after = chain;
  header.recorded = recorded;
  header.epoch = epoch_;
  auto& last = stored_.back();
  last.bytes += base::as_text(encode(header, {}, seed_));
  last.synced = last.bytes.size();
}

Status Memory::begin_segment(const Segment& next) {
  const std::lock_guard guard(mutex_);
  if (closed_) return fail(ErrorCode::ReadOnly, "the log was closed");
  ENSURE(next.number == stored_.back().segment.number + 1);
  append_empty(GroupKind::Seal, next.first, next.chain_before, next.recorded_floor);
  const SegmentHeader header{
      id_,    next.number, next.first, next.chain_before, next.recorded_floor, stored_.back().bytes.size(),
      epoch_, secret_};
  const auto bytes = encode(header);
  stored_.push_back({next, std::string(base::as_text(bytes)), bytes.size()});
  return {};
}

Status Memory::write(std::uint64_t offset, std::span<const std::byte> group) {
  const std::lock_guard guard(mutex_);
  ENSURE(!closed_ && offset == stored_.back().bytes.size());
  stored_.back().bytes += base::as_text(group);
  return {};
}

void Memory::unwrite(std::uint64_t offset) {
  const std::lock_guard guard(mutex_);
  auto& last = stored_.back();
  if (offset < last.bytes.size()) last.bytes.resize(offset);
  ENSURE(last.synced <= last.bytes.size());
}

Status Memory::sync() {
  const std::lock_guard guard(mutex_);
  stored_.back().synced = stored_.back().bytes.size();
  return {};
}

void Memory::publish(Position durable) {
  {
    const std::lock_guard guard(mutex_);
    durable_.store(durable.value, std::memory_order_release);
  }
  published_.notify_all();
}

Status Memory::close(Position end, Chain chain, Time recorded) {
  const std::lock_guard guard(mutex_);
  if (!closed_) append_empty(GroupKind::Close, end, chain, recorded);
  closed_ = true;
  return {};
}

}  // namespace daybook::journal
