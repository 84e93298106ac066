#include "log/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/format.hpp"
#include "log/group_index.hpp"
#include "log/record.hpp"

namespace daybook::log {

Log::Log(Journal& journal, IndexFiles index_files, LogOptions options)
    : journal_(journal),
      index_files_(std::move(index_files)),
      options_(std::move(options)),
      hash_seed_(key_seed(journal.secret())),
      catalog_(journal) {}

Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::for_writer(Journal& journal, IndexFiles index_files, const Clock& clock,
                                             const Sequencer::Start& tail, LogOptions options) {
  std::unique_ptr<Log> log(new Log(journal, std::move(index_files), std::move(options)));
  if (auto loaded = log->load(tail.segment); !loaded) return std::unexpected(loaded.error());
  if (log->damage_) return log;
  const auto segments = journal.segments();
  const auto last = segments.back();
  auto index = std::make_shared<ActiveIndex>(log->hash_seed_);
  journal::GroupScan scan(journal, last.number);
  auto end = last.first;
  auto chain = last.chain_before;
  const auto read = index_groups(scan, last.number, tail.end, *index, end, chain);
  if (!read && read.error().code != ErrorCode::Damage) return std::unexpected(read.error());
  log->catalog_.add({last, index});
  log->look_for_guides();
  if (!read) {
    log->end_at(read.error());
    return log;
  }
  if (end != tail.end || chain != tail.chain) {
    log->end_at({ErrorCode::Damage,
                 fmt::format("log/{}: its groups end at position {}; a moment before they ended at {}, or on another "
                             "history",
                             journal::segment_name(last.number), end.value, tail.end.value),
                 std::min(end, tail.end)});
    return log;
  }
  auto start = tail;
  start.index = std::move(index);
  SequencerOptions o;
  o.limits = log->options_.limits;
  o.segment_bytes = log->options_.segment_bytes;
  o.remembered_ids = log->options_.remembered_ids;
  o.hash_seed = log->hash_seed_;
  o.uuid_seed = log->options_.uuid_seed.value_or(base::load<std::uint64_t>(base::random_uuid().bytes.data()));
  o.wake = log->options_.wake;
  o.warn = log->options_.warn;
  log->sequencer_ = std::make_unique<Sequencer>(journal, log->catalog_, clock, o, std::move(start));
  return log;
}

Result<std::unique_ptr<Log>> Log::for_reader(Journal& journal, IndexFiles index_files, std::function<Status()> look,
                                             LogOptions options) {
  std::unique_ptr<Log> log(new Log(journal, std::move(index_files), std::move(options)));
  log->look_ = std::move(look);
  const auto segments = journal.segments();
  if (auto loaded = log->load(segments.back().number); !loaded) return std::unexpected(loaded.error());
  if (log->damage_) return log;
  const auto last = segments.back();
  auto index = std::make_shared<ActiveIndex>(log->hash_seed_);
  log->catalog_.add({last, index});
  log->look_for_guides();
  log->following_.emplace(Following{last.number, index, std::make_unique<journal::GroupScan>(journal, last.number),
                                    last.first, last.chain_before});
  log->followed_ = last.first.value;
  if (auto done = log->follow(); !done) {
    if (done.error().code != ErrorCode::Damage) return std::unexpected(done.error());
    log->end_at(done.error());
  } else if (log->options_.damage) {
    log->end_at(*log->options_.damage);
  }
  return log;
}

Status Log::load(std::uint64_t last_segment) {
  const auto segments = journal_.segments();
  if (segments.front().first > Position{0} && index_files_.files)
    if (auto done = catalog_.cut_before(*index_files_.files, index_files_.cut_heads, segments.front().first); !done)
      return done;
  SegmentList list;
  for (std::size_t i = 0; i + 1 < segments.size() && !damage_; ++i) {
    ENSURE(segments[i].number < last_segment);
    auto index = index_of_sealed(segments[i], segments[i + 1]);
    if (!index) return std::unexpected(index.error());
    list.push_back({segments[i], std::move(*index)});
  }
  catalog_.assign(std::move(list));  // at once: each add() copies all that is there
  return {};
}

void Log::end_at(Error damage) {
  ENSURE(damage.position);
  followed_ = damage.position->value;
  damage_ = std::make_shared<const Error>(std::move(damage));
}

Status Log::begin_next_segment() {
  const auto end = sequencer_->end();
  // The catalog may be a segment ahead: of one that was to begin with a group that came to nothing.
  const Journal::Segment next{journal_.segments().back().number + 1, end.position, end.chain, end.recorded};
  if (auto begun = journal_.begin_segment(next); !begun) return begun;
  if (catalog_.segments()->back().place.number != next.number)
    catalog_.add({next, std::make_shared<ActiveIndex>(hash_seed_)});
  for (;;) {
    const auto sealed = seal_some();
    if (!sealed) return std::unexpected(sealed.error());
    if (!*sealed) return {};
  }
}

// Takes in what the writer has made durable since the last look.
Status Log::follow() const {
  const std::lock_guard guard(following_mutex_);
  auto& f = *following_;
  const auto until = journal_.durable();
  while (f.end < until || f.sealed) {
    if (!f.sealed) {
      const auto sealed = index_groups(*f.scan, f.segment, until, *f.index, f.end, f.chain);
      if (!sealed) return std::unexpected(sealed.error());
      f.sealed = *sealed;
      followed_.store(f.end.value, std::memory_order_release);
      if (!f.sealed) break;
    }
    if (auto looked = look_(); !looked) return looked;
    const auto segments = journal_.segments();
    if (segments.back().number <= f.segment) break;
    const auto& next = segments[f.segment + 1 - segments.front().number];
    auto index = std::make_shared<ActiveIndex>(hash_seed_);
    left_.push_back(f.segment);
    f = Following{next.number, index, std::make_unique<journal::GroupScan>(journal_, next.number), f.end, f.chain};
    catalog_.add({next, std::move(index)});
    look_for_guides();
  }
  take_sealed();
  return {};
}

void Log::append(const AppendRequest& request, Appending done) {
  if (!sequencer_) {
    for (const auto& condition : request.conditions)
      if (condition.line) condition.line->broken.store(true, std::memory_order_release);
    return done(fail(ErrorCode::ReadOnly,
                     "the log takes no appends: " + (damage_ ? damage_->message : "it was opened for reading")));
  }
  sequencer_->submit(request, std::move(done));
}

ReadableEnd Log::readable() const {
  if (sequencer_) return {sequencer_->durable(), {}};
  ReadableEnd end{{}, damage_};
  if (!damage_ && journal_.durable().value > followed_.load(std::memory_order_acquire))
    if (auto done = follow(); !done) end.why = std::make_shared<const Error>(done.error());
  end.position = {followed_.load(std::memory_order_acquire)};
  return end;
}

Position Log::end() const {
  const auto end = readable();
  if (end.why && !damage_) warn_once(*end.why);
  return end.position;
}

void Log::warn_once(const Error& what) const {
  {
    const std::lock_guard guard(following_mutex_);
    if (warned_ == what.message) return;
    warned_ = what.message;
  }
  options_.warn(what);
}

Position Log::begin() const { return catalog_.segments()->front().place.first; }

Result<std::unique_ptr<Cursor>> Log::read_stream(std::string_view stream, const ReadStream& how) const {
  if (auto good = check_stream_name(stream, options_.limits); !good) return std::unexpected(good.error());
  return make_stream_cursor(catalog_, [this] { return readable(); }, std::string(stream), how);
}

Result<std::unique_ptr<Cursor>> Log::read(const ReadLog& how) const {
  return make_log_cursor(catalog_, [this] { return readable(); }, how);
}

Result<std::optional<StreamHead>> Log::head(std::string_view stream) const { return catalog_.head(stream, end()); }

Result<Position> Log::end_at(Time recorded) const {
  const auto until = end();
  const auto list = catalog_.segments();
  if (const auto& front = list->front(); front.first() > 0 && recorded < front.place.recorded_floor)
    return fail(ErrorCode::HistoryCut,
                fmt::format("what was recorded up to {} ended before position {}, and is no longer here",
                            to_string(recorded), front.first()),
                front.place.first);
  // The newest segment before which nothing was recorded later: the place is in it, or at its end.
  auto at =
      std::ranges::upper_bound(*list, recorded, {}, [](const IndexedSegment& s) { return s.place.recorded_floor; });
  if (at != list->begin()) --at;
  std::uint32_t low = 0, high = at->below(until);
  RecordReader reader(journal_);
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto place = at->index->place_of(middle);
    if (!place) return std::unexpected(place.error());
    const auto read = reader.read(at->place.number, *place, at->at(middle));
    if (!read) return std::unexpected(read.error());
    if (read->event.recorded <= recorded)
      low = middle + 1;
    else
      high = middle;
  }
  // A segment that is being begun stands behind what is durable.
  return std::min(at->at(low), until);
}

Result<Chain> Log::chain_at(Position position) const {
  const auto until = end();
  const auto list = catalog_.segments();
  if (position > until)
    return fail(ErrorCode::NotFound,
                fmt::format("position {} is past the end of the log, {}", position.value, until.value), until);
  if (position < list->front().place.first)
    return fail(ErrorCode::HistoryCut, fmt::format("position {} is no longer here", position.value),
                list->front().place.first);
  auto at =
      std::prev(std::ranges::upper_bound(*list, position.value, {}, [](const IndexedSegment& s) { return s.first(); }));
  if (position == at->place.first) return at->place.chain_before;
  const auto last = static_cast<std::uint32_t>(position.value - at->first() - 1);
  const auto group = group_of(journal_, *at, last);
  if (!group) return std::unexpected(group.error());
  RecordReader reader(journal_);
  reader.set_window(std::min<std::uint64_t>(group->header.body_bytes, 256u << 10));
  auto chain = group->header.chain_before;
  for (auto ordinal = static_cast<std::uint32_t>(group->header.first.value - at->first()); ordinal <= last; ++ordinal) {
    const auto place = at->index->place_of(ordinal);
    if (!place) return std::unexpected(place.error());
    const auto read = reader.read(at->place.number, *place, at->at(ordinal));
    if (!read) return std::unexpected(read.error());
    chain.value = base::chained(chain.value, base::load<std::uint64_t>(read->frame.data()));
  }
  return chain;
}

Result<std::optional<EventLog::Known>> Log::find_command(const Uuid& command_id) const {
  const auto until = end();
  const auto oldest = until.value - std::min(until.value, options_.remembered_ids);
  const auto list = catalog_.segments();
  const auto first = event_id_of(command_id, 0);
  RecordReader reader(journal_);
  for (auto i = list->size(); i-- > 0;) {
    const auto& segment = (*list)[i];
    const auto from = segment.below({oldest});
    const auto candidates = segment.index->with_id(first, from);
    if (!candidates) return std::unexpected(candidates.error());
    for (const auto ordinal : *candidates) {
      if (segment.at(ordinal) >= until) continue;
      // A command's events are one batch, so they stand side by side in one segment.
      std::optional<Known> known;
      for (auto o = ordinal; o < segment.below(until); ++o) {
        const auto place = segment.index->place_of(o);
        if (!place) return std::unexpected(place.error());
        const auto read = reader.read(segment.place.number, *place, segment.at(o));
        if (!read && read.error().code == ErrorCode::HistoryCut) return std::nullopt;  // deleted since
        if (!read) return std::unexpected(read.error());
        if (read->event.id != event_id_of(command_id, o - ordinal)) break;
        known = Known{segment.at(ordinal), segment.at(o), read->event.revision};
      }
      if (known) return known;
    }
    if (segment.first() <= oldest) break;
  }
  return std::nullopt;
}

bool Log::wait_past(Position position, std::chrono::steady_clock::time_point deadline) const {
  waiting_.fetch_add(1);
  while (end() <= position) {
    const auto now = std::chrono::steady_clock::now();
    if (stopped_.load() || now >= deadline) break;
    if (damage_ || (!sequencer_ && journal_.durable() > position)) {
      // There is more, and it can not be read (end() has said why): looked at again, but not as fast as can be.
      std::this_thread::sleep_until(std::min(deadline, now + std::chrono::milliseconds(50)));
      continue;
    }
    journal_.wait_past(position, deadline);
  }
  const bool past = end() > position;
  waiting_.fetch_sub(1);
  return past;
}

void Log::stop_waiting() {
  stopped_.store(true);
  // Who looked just before may not be asleep yet, and would miss a single wake-up.
  while (waiting_.load() > 0) {
    journal_.wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Log::Memory Log::memory() const {
  Memory sum;
  const auto list = catalog_.segments();
  for (const auto& segment : *list) {
    sum.anonymous += segment.index->memory_bytes();
    sum.mapped += segment.index->mapped_bytes();
    for (const auto& guide : segment.guides) {
      if (!guide) continue;
      ++sum.guides;
      sum.guides_anonymous += guide->memory_bytes();
      sum.guides_mapped += guide->mapped_bytes();
    }
  }
  sum.anonymous += sum.guides_anonymous;
  sum.mapped += sum.guides_mapped;
  return sum;
}

}  // namespace daybook::log
