#include "log/sequencer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {
namespace {

// A group is closed at this size: larger ones only make the first of it wait for the last.
constexpr std::size_t kGroupBytes = 4u << 20;
// A group takes batches as long as it is smaller than that.
static_assert(kGroupBytes + kHardLimits.batch_bytes + kHardLimits.batch_events * journal::kFrameBytes <=
              journal::kMaxBodyBytes);
constexpr std::size_t kPooledRequests = 4096;
constexpr std::size_t kPooledBytes = 1u << 20;  // a request that grew larger than this gives its memory back

}  // namespace

Sequencer::Sequencer(Journal& journal, Catalog& catalog, const Clock& clock, const SequencerOptions& options,
                     Start start)
    : journal_(journal),
      catalog_(catalog),
      clock_(clock),
      options_(options),
      index_(std::move(start.index)),
      ids_(options.uuid_seed),
      reader_(journal),
      next_(start.end),
      chain_(start.chain),
      recorded_(start.recorded),
      segment_(start.segment),
      segment_first_(start.end.value - index_->events()),
      offset_(start.offset),
      clock_saw_(start.recorded),
      durable_(start.end.value) {}

Sequencer::~Sequencer() = default;

// ---- submitting -----------------------------------------------------------------------------------------------------

void Sequencer::submit(const AppendRequest& given, Appending done) {
  std::unique_ptr<Request> request;
  {
    const std::lock_guard guard(mutex_);
    if (!pool_.empty()) {
      request = std::move(pool_.back());
      pool_.pop_back();
    }
  }
  if (!request) request = std::make_unique<Request>();
  const auto refuse = [&](Error why) {
    for (const auto& condition : given.conditions)
      if (condition.line) condition.line->broken.store(true, std::memory_order_release);
    done(std::unexpected(std::move(why)));
  };
  if (auto good = encode(given, options_.limits, *request); !good) return refuse(good.error());
  std::optional<Error> refused;
  {
    const std::lock_guard guard(mutex_);
    const auto size = request->bytes;
    if (refusal_) {
      refused = refusal_;
    } else if (queued_bytes_ + size > options_.limits.queue_bytes) {
      refused = Error{ErrorCode::Overload,
                      fmt::format("{} bytes of appends are waiting to be written; the limit is {}", queued_bytes_,
                                  options_.limits.queue_bytes),
                      {}};
    } else {
      request->done = std::move(done);
      queued_bytes_ += size;
      queued_requests_.fetch_add(1, std::memory_order_release);
      queue_.push_back(std::move(request));
    }
  }
  if (refused) return refuse(std::move(*refused));
  options_.wake();
}

void Sequencer::refuse_appends(Error why) {
  const std::lock_guard guard(mutex_);
  if (!refusal_) refusal_ = std::move(why);
}

std::optional<Error> Sequencer::refusing() const {
  const std::lock_guard guard(mutex_);
  return refusal_;
}

// ---- preparing ------------------------------------------------------------------------------------------------------

bool Sequencer::drain(std::size_t enough_bytes) {
  if (taken_.empty()) {
    const std::lock_guard guard(mutex_);
    taken_.insert(taken_.end(), std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
    queue_.clear();
  }
  bool any = false;
  while (!taken_.empty() && open_bytes() < std::min(enough_bytes, kGroupBytes)) {
    auto request = std::move(taken_.front());
    taken_.pop_front();
    prepare(std::move(request));
    any = true;
  }
  return any;
}

void Sequencer::begin_group() {
  {
    const std::lock_guard guard(mutex_);
    open_ = std::move(spare_);
  }
  if (!open_) open_ = std::make_unique<Group>();
  const bool full =
      offset_ > journal::kSegmentHeaderBytes &&
      (offset_ + std::min<std::uint64_t>(kGroupBytes, options_.segment_bytes / 16) > options_.segment_bytes ||
       !index_->has_room(2 * kHardLimits.batch_events, 2 * kHardLimits.batch_events * kHardLimits.tags));
  if (full) {
    ++segment_;
    segment_first_ = next_.value;
    offset_ = journal::kSegmentHeaderBytes;
    segment_begun_ = false;
    index_ = std::make_shared<ActiveIndex>(options_.hash_seed);
    catalog_.add({{segment_, next_, chain_, recorded_}, index_});
  }
  open_->index = index_;
  open_->segment = segment_;
  open_->segment_first = segment_first_;
  open_->offset = offset_;
  open_->first = next_;
  open_->chain_before = chain_;
  open_->recorded_before = recorded_;
  open_->bytes.resize(journal::kGroupHeaderBytes);
}

void Sequencer::prepare(std::unique_ptr<Request> request) {
  if (!open_) begin_group();
  const auto done = settle(*request);
  if (!done) request->error = done.error();
  // A line goes on only over what is appended now: see Line.
  if (request->error || request->repeated)
    for (const auto& condition : request->conditions)
      if (condition.line) condition.line->broken.store(true, std::memory_order_release);
  open_->requests.push_back(std::move(request));
}

// Never before what was recorded last: a clock that steps back is held there, and that is said once.
Time Sequencer::time_now() {
  const auto now = clock_.now();
  const auto recorded = std::max(recorded_, now);
  if (now < clock_saw_)
    options_.warn(
        {ErrorCode::ClockStepped,
         fmt::format("the clock stepped back by {:.3f} s, to {}; events are recorded at {} until it is there again",
                     std::chrono::duration<double>(clock_saw_ - now).count(), to_string(now), to_string(recorded)),
         {}});
  clock_saw_ = now;
  return recorded;
}

Status Sequencer::append(Request& request) {
  const auto count = request.items.size();
  auto& group = *open_;
  const auto at = group.bytes.size();
  base::extend_for_overwrite(group.bytes, request.frames.size());
  const auto frame = [&](std::size_t i) {
    const auto from = request.items[i].offset;
    return std::as_writable_bytes(std::span(group.bytes)).subspan(at + from, request.frame_end(i) - from);
  };
  // What may fail first; then nothing has been changed.
  events_.resize(count);
  keys_.resize(count);
  cold_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    // Copied before it is looked at: it still lies in the cache of the caller's core.
    std::memcpy(frame(i).data(), request.frames.data() + request.items[i].offset, frame(i).size());
    auto& event = events_[i];
    ENSURE(decode_record(frame(i).subspan(journal::kFrameBytes), event));
    const bool same = i > 0 && event.stream == events_[i - 1].stream;
    keys_[i] = same ? keys_[i - 1] : index_->key_number(KeyKind::Stream, event.stream);
    if (keys_[i] == ActiveIndex::kNoKey && !same) cold_.push_back(static_cast<std::uint32_t>(i));
  }
  if (auto found = find_cold(); !found) {
    group.bytes.resize(at);
    return found;
  }

  if (group.events == 0) {
    index_->begin_group(static_cast<std::uint32_t>(group.offset));
    if (!segment_begun_) {
      group.begins_segment = Journal::Segment{segment_, group.first, group.chain_before, group.recorded_before};
      segment_begun_ = true;
    }
  }
  recorded_ = time_now();
  request.first = next_;
  request.revisions.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& item = request.items[i];
    auto& event = events_[i];
    if (keys_[i] == ActiveIndex::kNoKey)
      keys_[i] = index_->key_number(KeyKind::Stream, event.stream);  // added by now, perhaps
    if (keys_[i] != ActiveIndex::kNoKey) event.revision = index_->last_revision(keys_[i]).next();
    request.revisions[i] = event.revision;
    auto* record = frame(i).data() + journal::kFrameBytes;
    if (!item.id_given) set_id(record, event.id = ids_.next(recorded_));
    if (!item.occurred_given) set_occurred(record, recorded_);
    place(record, {next_, event.revision, recorded_});
    index_->add(event, static_cast<std::uint32_t>(group.offset + at + item.offset), keys_[i]);
    next_ = next_.next();
  }
  // In a loop of its own: the checksum reads by larger words than were just written, and would wait for each.
  for (std::size_t i = 0; i < count; ++i) {
    const auto digest = base::checksum(base::as_text(frame(i).subspan(journal::kFrameBytes)));
    base::store(frame(i).data(), digest);
    chain_.value = base::chained(chain_.value, digest);
  }
  group.events += static_cast<std::uint32_t>(count);
  group.batches.push_back(static_cast<std::uint32_t>(count));
  return {};
}

std::unique_ptr<Group> Sequencer::take_group() {
  if (!open_) return nullptr;
  auto& group = *open_;
  group.chain_after = chain_;
  group.recorded = recorded_;
  if (group.events > 0) {
    journal::GroupHeader header;
    header.body_bytes = group.bytes.size() - journal::kGroupHeaderBytes;
    header.first = group.first;
    header.events = group.events;
    header.epoch = journal_.epoch();
    header.durable = group.first;  // a group is written only after the sync of the one before it has returned
    header.chain_before = group.chain_before;
    header.chain_after = group.chain_after;
    header.recorded = group.recorded;
    const auto head = journal::encode(header, group.batches, journal::group_seed(journal_.secret()));
    std::memcpy(group.bytes.data(), head.data(), head.size());
    const auto table = std::as_bytes(std::span(group.batches));
    group.bytes.append(base::as_text(table));
    offset_ = group.offset + group.bytes.size();
  }
  in_flight_.push_back(&group);
  return std::move(open_);
}

void Sequencer::retire(Group& group) {
  std::erase(in_flight_, &group);
  if (!group.committed && !group.unknown) undo(group);
  if (group.unknown)
    fail_open({ErrorCode::ReadOnly,
               "the log went read-only before this was written: " + group.committed.error().message,
               {}});
}

void Sequencer::complete(std::unique_ptr<Group> group) {
  retire(*group);
  answer(std::move(group));
}

void Sequencer::answer(std::unique_ptr<Group> group) {
  for (auto& request : group->requests) answer(*request, group->committed);
  recycle(group->requests);
  if (group->bytes.capacity() > 2 * kGroupBytes) return;
  group->bytes.clear();
  group->batches.clear();
  group->begins_segment.reset();
  group->index.reset();
  group->events = 0;
  group->committed = {};
  group->segment_begun = group->unknown = false;
  const std::lock_guard guard(mutex_);
  spare_ = std::move(group);
}

void Sequencer::abandon(std::unique_ptr<Group> group) {
  std::erase(in_flight_, group.get());
  for (auto& request : group->requests) answer(*request, group->committed);
  recycle(group->requests);
}

void Sequencer::fail_open(const Error& why) {
  if (!open_) return;
  auto group = std::move(open_);
  group->committed = std::unexpected(why);
  abandon(std::move(group));
}

void Sequencer::fail_queued(const Error& why) {
  std::vector<std::unique_ptr<Request>> all(std::make_move_iterator(taken_.begin()),
                                            std::make_move_iterator(taken_.end()));
  taken_.clear();
  {
    const std::lock_guard guard(mutex_);
    for (auto& request : queue_) all.push_back(std::move(request));
    queue_.clear();
  }
  for (auto& request : all) answer(*request, std::unexpected(why));
  recycle(all);
}

void Sequencer::answer(Request& request, const Status& committed) {
  if (!committed) {
    for (const auto& condition : request.conditions)
      if (condition.line) condition.line->broken.store(true, std::memory_order_release);
    return request.done(std::unexpected(committed.error()));
  }
  if (request.error) return request.done(std::unexpected(std::move(*request.error)));
  request.done(Appended{
      request.first, {request.first.value + request.revisions.size() - 1}, request.revisions, request.repeated});
}

void Sequencer::recycle(std::vector<std::unique_ptr<Request>>& requests) {
  std::size_t bytes = 0;
  for (auto& request : requests) {
    bytes += request->bytes;
    const bool large = request->bytes > kPooledBytes;
    request->clear();
    if (large) request.reset();
  }
  const auto count = requests.size();
  {
    const std::lock_guard guard(mutex_);
    queued_bytes_ -= bytes;
    for (auto& request : requests)
      if (request && pool_.size() < kPooledRequests) pool_.push_back(std::move(request));
  }
  queued_requests_.fetch_sub(count, std::memory_order_release);
  requests.clear();
}

// What could not be written never was: everything decided on top of it is refused, and the sequencer goes on from
// before it.
void Sequencer::undo(const Group& failed) {
  const Error why = failed.committed.error();
  fail_open(why);
  ENSURE(in_flight_.empty());
  if (failed.events == 0) return;
  next_ = failed.first;
  chain_ = failed.chain_before;
  recorded_ = failed.recorded_before;
  segment_ = failed.segment;
  segment_first_ = failed.segment_first;
  offset_ = failed.offset;
  segment_begun_ = !failed.begins_segment || failed.segment_begun;
  if (segment_begun_) journal_.unwrite(failed.offset);
  // A copy, not the same one cut: readers may be walking through it.
  index_ = failed.index->first(static_cast<std::uint32_t>(next_.value - segment_first_));
  const auto before = catalog_.segments();
  SegmentList list;
  for (const auto& segment : *before)
    if (segment.place.number <= segment_) list.push_back(segment);
  ENSURE(!list.empty() && list.back().place.number == segment_);
  list.back().index = index_;
  catalog_.assign(std::move(list));
}

// ---- committing -----------------------------------------------------------------------------------------------------

void Sequencer::commit(Group& group) {
  if (group.events == 0) return;
  if (group.begins_segment) {
    if (auto begun = journal_.begin_segment(*group.begins_segment); !begun) {
      group.committed = begun;
      return;
    }
    group.segment_begun = true;
  }
  if (auto written = journal_.write(group.offset, std::as_bytes(std::span(group.bytes))); !written) {
    group.committed = written;
    return;
  }
  if (auto synced = journal_.sync(); !synced) {
    // The disk may have all of it, part of it or nothing, and a second sync could say yes over pages that are gone.
    group.unknown = true;
    group.committed =
        fail(ErrorCode::OutcomeUnknown,
             fmt::format("the append may or may not be in the log: {}; the log is read-only until it is opened again",
                         synced.error().message));
    refuse_appends({ErrorCode::ReadOnly,
                    fmt::format("the log is read-only since a sync failed: {}; open it again", synced.error().message),
                    {}});
    return;
  }
  durable_.store(group.end().value, std::memory_order_release);
  journal_.publish(group.end());
}

}  // namespace daybook::log
