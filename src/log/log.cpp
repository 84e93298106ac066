#include "log/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/format.hpp"
#include "log/cursor.hpp"
#include "log/group_index.hpp"
#include "log/record.hpp"

namespace daybook::log {
namespace {

journal::ReadBytes reading(const Journal& journal, std::uint64_t segment) {
  return [&journal, segment](std::uint64_t offset, std::span<std::byte> into) {
    return journal.read(segment, offset, into);
  };
}

bool has_key(const EventView& event, KeyKind kind, std::string_view name) {
  switch (kind) {
    case KeyKind::Stream: return event.stream == name;
    case KeyKind::Category: return category_of(event.stream) == name;
    case KeyKind::Type: return event.type == name;
    case KeyKind::Tag: return event.tags.contains(name);
  }
  return false;
}

}  // namespace

Log::Log(Journal& journal, IndexFiles index_files, LogOptions options)
    : journal_(journal),
      index_files_(std::move(index_files)),
      options_(std::move(options)),
      hash_seed_(key_seed(journal.log())),
      catalog_(journal) {}

Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::for_writer(Journal& journal, IndexFiles index_files, const Clock& clock,
                                             const Sequencer::Start& tail, LogOptions options) {
  std::unique_ptr<Log> log(new Log(journal, std::move(index_files), std::move(options)));
  if (auto loaded = log->load(tail.segment); !loaded) return std::unexpected(loaded.error());
  const auto segments = journal.segments();
  const auto last = segments.back();
  auto index = std::make_shared<ActiveIndex>(log->hash_seed_);
  journal::GroupScan scan(reading(journal, last.number), journal::kSegmentHeaderBytes,
                          journal::group_seed(journal.log()));
  auto end = last.first;
  auto chain = last.chain_before;
  if (const auto read = index_groups(scan, last.number, tail.end, *index, end, chain); !read)
    return std::unexpected(read.error());
  ENSURE(end == tail.end && chain == tail.chain);
  log->catalog_.add({last, index});
  auto start = tail;
  start.index = std::move(index);
  SequencerOptions o;
  o.limits = log->options_.limits;
  o.segment_bytes = log->options_.segment_bytes;
  o.remembered_ids = log->options_.remembered_ids;
  o.hash_seed = log->hash_seed_;
  o.uuid_seed = log->options_.uuid_seed.value_or(base::load<std::uint64_t>(base::random_uuid().bytes.data()));
  o.wake = log->options_.wake;
  log->sequencer_ = std::make_unique<Sequencer>(journal, log->catalog_, clock, o, std::move(start));
  return log;
}

Result<std::unique_ptr<Log>> Log::for_reader(Journal& journal, IndexFiles index_files, std::function<Status()> look,
                                             LogOptions options) {
  std::unique_ptr<Log> log(new Log(journal, std::move(index_files), std::move(options)));
  log->look_ = std::move(look);
  const auto segments = journal.segments();
  if (auto loaded = log->load(segments.back().number); !loaded) return std::unexpected(loaded.error());
  const auto last = segments.back();
  auto index = std::make_shared<ActiveIndex>(log->hash_seed_);
  log->catalog_.add({last, index});
  log->following_.emplace(
      Following{last.number, index,
                std::make_unique<journal::GroupScan>(reading(journal, last.number), journal::kSegmentHeaderBytes,
                                                     journal::group_seed(journal.log())),
                last.first, last.chain_before});
  log->followed_ = last.first.value;
  if (auto done = log->follow(); !done) return std::unexpected(done.error());
  return log;
}

Status Log::load(std::uint64_t last_segment) {
  const auto segments = journal_.segments();
  if (segments.front().first > Position{0} && index_files_.files)
    if (auto done = catalog_.load_cut_heads(*index_files_.files, index_files_.cut_heads, segments.front().first); !done)
      return done;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    ENSURE(segments[i].number < last_segment);
    auto index = index_of_sealed(segments[i], segments[i + 1]);
    if (!index) return std::unexpected(index.error());
    catalog_.add({segments[i], std::move(*index)});
  }
  return {};
}

Result<std::unique_ptr<SealedIndex>> Log::open_sealed(std::uint64_t number) const {
  auto reader = std::make_shared<std::pair<std::mutex, RecordReader>>(std::piecewise_construct, std::tuple<>(),
                                                                      std::tuple<const Journal&>(journal_));
  auto holder = std::make_shared<const SealedIndex*>(nullptr);
  auto index = SealedIndex::open(
      *index_files_.files, index_files_.path(number), journal_.log(), number, hash_seed_,
      [reader, holder](std::uint32_t ordinal, KeyKind kind, std::string_view name) -> Result<bool> {
        const auto place = (*holder)->place_of(ordinal);
        if (!place) return std::unexpected(place.error());
        const auto& segment = (*holder)->segment();
        const std::lock_guard guard(reader->first);
        const auto read = reader->second.read(segment.number, *place, {segment.first.value + ordinal});
        if (!read) return std::unexpected(read.error());
        return has_key(read->event, kind, name);
      });
  if (index) *holder = index->get();
  return index;
}

Status Log::write_sealed(const Journal::Segment& segment, const Journal::Segment& next,
                         const ActiveIndex& index) const {
  return SealedIndex::write(
      *index_files_.files, index_files_.path(segment.number),
      {journal_.log(), segment.number, segment.first, index.events(), next.chain_before, next.recorded_floor}, index);
}

Result<std::shared_ptr<const SegmentIndex>> Log::index_of_sealed(const Journal::Segment& segment,
                                                                 const Journal::Segment& next) {
  if (index_files_.files) {
    auto sealed = open_sealed(segment.number);
    if (sealed) {
      const auto& is = (*sealed)->segment();
      if (is.first == segment.first && is.end() == next.first && is.chain_after == next.chain_before)
        return std::shared_ptr<const SegmentIndex>(std::move(*sealed));
      options_.warn(fmt::format("{} does not fit its segment; it is made anew", index_files_.path(segment.number)));
    } else if (sealed.error().code != ErrorCode::NotFound) {
      options_.warn(sealed.error().message + "; it is made anew");
    }
  }
  auto index = std::make_shared<ActiveIndex>(hash_seed_);
  journal::GroupScan scan(reading(journal_, segment.number), journal::kSegmentHeaderBytes,
                          journal::group_seed(journal_.log()));
  auto end = segment.first;
  auto chain = segment.chain_before;
  if (const auto read = index_groups(scan, segment.number, next.first, *index, end, chain); !read)
    return std::unexpected(read.error());
  if (end != next.first || chain != next.chain_before)
    return fail(ErrorCode::Damage,
                fmt::format("log/{} ends at position {}; log/{} begins at position {}{}",
                            journal::segment_name(segment.number), end.value, journal::segment_name(next.number),
                            next.first.value, end == next.first ? ", on another history" : ""),
                end);
  if (!index_files_.files || look_) return index;  // a reader writes nothing
  if (auto written = write_sealed(segment, next, *index); !written) {
    options_.warn(fmt::format("the index of log/{} stays in memory: {}", journal::segment_name(segment.number),
                              written.error().message));
    return index;
  }
  auto sealed = open_sealed(segment.number);
  if (!sealed) return std::unexpected(sealed.error());
  return std::shared_ptr<const SegmentIndex>(std::move(*sealed));
}

Result<bool> Log::seal_some() {
  if (!index_files_.files) return false;
  const auto list = catalog_.segments();
  for (std::size_t i = 0; i + 1 < list->size(); ++i) {
    const auto& segment = (*list)[i];
    const auto* active = dynamic_cast<const ActiveIndex*>(segment.index.get());
    if (!active || end() < (*list)[i + 1].place.first) continue;
    if (auto written = write_sealed(segment.place, (*list)[i + 1].place, *active); !written)
      return std::unexpected(written.error());
    auto sealed = open_sealed(segment.place.number);
    if (!sealed) return std::unexpected(sealed.error());
    catalog_.replace_index(segment.place.number, std::shared_ptr<const SegmentIndex>(std::move(*sealed)));
    return true;
  }
  return false;
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
    f = Following{next.number, index,
                  std::make_unique<journal::GroupScan>(reading(journal_, next.number), journal::kSegmentHeaderBytes,
                                                       journal::group_seed(journal_.log())),
                  f.end, f.chain};
    catalog_.add({next, std::move(index)});
  }
  return {};
}

void Log::append(const AppendRequest& request, Appending done) {
  if (!sequencer_) {
    for (const auto& condition : request.conditions)
      if (condition.line) condition.line->broken.store(true, std::memory_order_release);
    return done(fail(ErrorCode::ReadOnly, "the log takes no appends: " + options_.read_only_because));
  }
  sequencer_->submit(request, std::move(done));
}

Position Log::end() const {
  if (sequencer_) return sequencer_->durable();
  if (journal_.durable().value > followed_.load(std::memory_order_acquire))
    if (auto done = follow(); !done) warn_once(done.error().message);
  return {followed_.load(std::memory_order_acquire)};
}

void Log::warn_once(const std::string& what) const {
  {
    const std::lock_guard guard(following_mutex_);
    if (warned_ == what) return;
    warned_ = what;
  }
  options_.warn(what);
}

Position Log::begin() const { return catalog_.segments()->front().place.first; }

Result<std::unique_ptr<Cursor>> Log::read_stream(std::string_view stream, const ReadStream& how) const {
  if (auto good = check_stream_name(stream, options_.limits); !good) return std::unexpected(good.error());
  return make_stream_cursor(catalog_, [this] { return end(); }, std::string(stream), how);
}

Result<std::unique_ptr<Cursor>> Log::read(const ReadLog& how) const {
  return make_log_cursor(catalog_, [this] { return end(); }, how);
}

Result<std::optional<StreamHead>> Log::head(std::string_view stream) const { return catalog_.head(stream, end()); }

Result<Position> Log::end_at(Time recorded) const {
  const auto until = end();
  const auto list = catalog_.segments();
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
  const auto group = at->index->group_of(last);
  if (!group) return std::unexpected(group.error());
  std::array<std::byte, journal::kGroupHeaderBytes> bytes{};
  const auto got = journal_.read(at->place.number, group->offset, bytes);
  if (!got) return std::unexpected(got.error());
  const auto header = journal::decode_group_header(std::span(bytes).first(*got), journal::group_seed(journal_.log()));
  if (!header || header->first != at->at(group->first_ordinal))
    return fail(
        ErrorCode::Damage,
        fmt::format("log/{}: there is no group at byte {}", journal::segment_name(at->place.number), group->offset),
        position);
  RecordReader reader(journal_);
  reader.set_window(256u << 10);
  auto chain = header->chain_before;
  for (auto ordinal = group->first_ordinal; ordinal <= last; ++ordinal) {
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
  while (end() <= position) {
    const auto now = std::chrono::steady_clock::now();
    if (stopped_.load(std::memory_order_acquire) || now >= deadline) return false;
    // An event wakes at once. A stop may come between the look and the sleep: so it is looked for again now and then.
    if (!sequencer_ && journal_.durable() > position) {
      // There is more, and it can not be read (end() has said why): looked at again, but not as fast as can be.
      std::this_thread::sleep_until(std::min(deadline, now + std::chrono::milliseconds(50)));
      continue;
    }
    journal_.wait_past(position, std::min(deadline, now + std::chrono::seconds(1)));
  }
  return true;
}

void Log::stop_waiting() {
  stopped_.store(true, std::memory_order_release);
  if (sequencer_) journal_.publish(end());
}

Log::Memory Log::memory() const {
  Memory sum;
  for (const auto& segment : *catalog_.segments()) {
    sum.anonymous += segment.index->memory_bytes();
    sum.mapped += segment.index->mapped_bytes();
  }
  return sum;
}

}  // namespace daybook::log
