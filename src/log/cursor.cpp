#include "log/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "log/candidates.hpp"

namespace daybook::log {
namespace {

// The ordinals of one segment that a cursor is to read: all of a stretch, or a list.
struct Stretch {
  std::uint32_t from = 0;  // without a list: [from, below)
  std::uint32_t below = 0;
  std::optional<Postings> list{};
  bool none_before = false;  // nothing of what is read stands in an older segment
  std::uint32_t rest = 0;    // backwards: what stands before this ordinal of the segment was left for the next time

  std::size_t size() const { return list ? list->ordinals().size() : below - from; }
  std::uint32_t operator[](std::size_t i) const {
    return list ? list->ordinals()[i] : from + static_cast<std::uint32_t>(i);
  }
};

// What to read of a segment: its ordinals in [from, below).
using Choose = std::function<Result<Stretch>(const IndexedSegment& segment, std::uint32_t from, std::uint32_t below)>;

constexpr std::size_t kSequentialWindow = 1u << 20;
constexpr std::size_t kNearWindow = 32u << 10;
constexpr std::size_t kSingleWindow = 2048;
// Backwards, a stream's newest events are mostly all that is wanted of it: so many of a segment at first, then twice as
// many each time. The active index goes through its newest once more for each block.
constexpr std::uint32_t kFirstBlock = 64;

// Reads positions [from, until), or backwards from until - 1 down to from, as far as they are chosen and durable.
class SegmentsCursor final : public Cursor {
 public:
  struct What {
    Candidates candidates;
    Choose choose;  // asked of candidates only
  };
  SegmentsCursor(const Catalog& catalog, AskEnd end, What what, Direction direction, Position from, Position until)
      : catalog_(&catalog),
        end_(std::move(end)),
        what_(std::move(what)),
        direction_(direction),
        from_(from.value),
        until_(until.value),
        reader_(catalog.journal()) {
    if (direction_ == Direction::Backwards) until_ = std::min(until_, end_().position.value);
  }

  Result<const EventView*> next() override {
    while (taken_ == stretch_.size()) {
      const auto more = direction_ == Direction::Forwards ? load_forwards() : load_backwards();
      if (!more) return std::unexpected(more.error());
      if (!*more) return nullptr;
    }
    const auto i = direction_ == Direction::Forwards ? taken_ : stretch_.size() - 1 - taken_;
    const auto ordinal = stretch_[i];
    const auto place = segment_.index->place_of(ordinal);
    if (!place) return std::unexpected(place.error());
    if (stretch_.list) widen_if_near(i, ordinal, place->offset);
    const auto read = reader_.read(segment_.place.number, *place, segment_.at(ordinal));
    if (!read) return std::unexpected(read.error());
    ++taken_;
    event_ = read->event;
    return &event_;
  }

 private:
  // Records that stand close together are read through one window, lonely ones alone.
  void widen_if_near(std::size_t i, std::uint32_t ordinal, std::uint32_t offset) {
    if (taken_ % 8 != 0) return;
    const auto ahead =
        direction_ == Direction::Forwards ? std::min(i + 8, stretch_.size() - 1) : i - std::min<std::size_t>(i, 8);
    bool near = false;
    if (direction_ == Direction::Forwards && ahead > i && stretch_[ahead] - ordinal < 4096) {
      const auto then = segment_.index->place_of(stretch_[ahead]);
      near = then && then->offset - offset < kNearWindow;
    }
    reader_.set_window(near ? kNearWindow : kSingleWindow);
  }

  // The stretch of the first segment that has any at or after from_. Where the log can not be read on, though more was
  // asked for, the end is an error.
  Result<bool> load_forwards() {
    const auto readable = end_();
    const auto found = load_forwards({std::min(readable.position.value, until_)});
    if (found && !*found && readable.why && until_ > readable.position.value) return std::unexpected(*readable.why);
    return found;
  }

  Result<bool> load_forwards(Position end) {
    if (from_ >= end.value) return false;
    const auto list = catalog_->segments();
    if (from_ < list->front().first())
      return fail(
          ErrorCode::HistoryCut,
          fmt::format("position {} is no longer here: history begins at position {}", from_, list->front().first()),
          list->front().place.first);
    auto at = std::ranges::upper_bound(*list, from_, {}, [](const IndexedSegment& s) { return s.first(); });
    for (auto i = static_cast<std::size_t>(at - list->begin()) - 1;
         (i = what_.candidates.oldest(*list, i)) < list->size(); ++i) {
      at = list->begin() + static_cast<std::ptrdiff_t>(i);
      from_ = std::max(from_, at->first());  // nothing in what was passed over
      const auto below = at->below(end);
      const auto begin = at->below({from_});
      if (begin < below) {
        auto chosen = what_.choose(*at, begin, below);
        if (!chosen) return std::unexpected(chosen.error());
        from_ = at->first() + below;
        if (chosen->size() > 0) return take(*at, std::move(*chosen));
      }
      if (from_ >= end.value) return false;
    }
    return false;
  }

  Result<bool> load_backwards() {
    if (until_ <= from_) return false;
    const auto list = catalog_->segments();
    const auto end = std::ranges::lower_bound(*list, until_, {}, [](const IndexedSegment& s) { return s.first(); });
    for (auto i = static_cast<std::size_t>(end - list->begin()); i > 0;) {
      i = what_.candidates.newest(*list, i);
      if (i == 0) {
        until_ = std::max(from_, list->front().first());
        break;
      }
      const auto* at = &(*list)[--i];
      const auto below = at->below({until_});
      const auto begin = at->below({from_});
      until_ = std::max(from_, at->first());
      if (begin < below) {
        auto chosen = what_.choose(*at, begin, below);
        if (!chosen) return std::unexpected(chosen.error());
        if (chosen->rest > 0)
          until_ = at->first() + chosen->rest;
        else if (chosen->none_before)
          until_ = from_;
        if (chosen->size() > 0) return take(*at, std::move(*chosen));
      }
      if (until_ <= from_) return false;
    }
    if (const auto begin = list->front().first(); from_ < until_ && until_ <= begin)
      return fail(ErrorCode::HistoryCut, fmt::format("what is before position {} is no longer here", begin),
                  Position{begin});
    return false;
  }

  Result<bool> take(const IndexedSegment& segment, Stretch stretch) {
    segment_ = segment;
    stretch_ = std::move(stretch);
    taken_ = 0;
    // What was read ahead of the last stretch may have been zeros, or a group that then could not be written.
    reader_.forget();
    const bool stretch_of_all = !stretch_.list && direction_ == Direction::Forwards && stretch_.size() > 8;
    reader_.set_window(stretch_of_all ? std::min<std::size_t>(kSequentialWindow, 512 * stretch_.size())
                                      : kSingleWindow);
    return true;
  }

  const Catalog* catalog_;
  AskEnd end_;
  What what_;
  Direction direction_;
  std::uint64_t from_;
  std::uint64_t until_;
  IndexedSegment segment_;
  Stretch stretch_;
  std::size_t taken_ = 0;
  RecordReader reader_;
  EventView event_;
};

}  // namespace

Result<std::unique_ptr<Cursor>> make_log_cursor(const Catalog& catalog, AskEnd end, const ReadLog& how) {
  Choose choose;
  if (how.filter.everything()) {
    choose = [](const IndexedSegment&, std::uint32_t from, std::uint32_t below) -> Result<Stretch> {
      return Stretch{from, below};
    };
  } else {
    choose = [query = how.filter](const IndexedSegment& segment, std::uint32_t from,
                                  std::uint32_t below) -> Result<Stretch> {
      auto list = matching(*segment.index, query, from, below);
      if (!list) return std::unexpected(list.error());
      return Stretch{0, 0, Postings(std::move(*list))};
    };
  }
  auto from = how.from, until = how.until;
  if (how.direction == Direction::Backwards) {
    if (const auto readable = end(); how.from_end && readable.why && until > readable.position)
      return std::unexpected(*readable.why);  // what the newest are is not known
    if (!how.from_end) until = std::min(until, how.from.next());
    from = {};
  }
  return std::make_unique<SegmentsCursor>(
      catalog, std::move(end), SegmentsCursor::What{Candidates::of(how.filter, catalog.hash_seed()), std::move(choose)},
      how.direction, from, until);
}

Result<std::unique_ptr<Cursor>> make_stream_cursor(const Catalog& catalog, AskEnd end, std::string stream,
                                                   const ReadStream& how) {
  // Where to begin: the position of the wanted revision, found from the newest segment back.
  const auto readable = end();
  auto list = catalog.segments();
  const auto durable = std::min(readable.position, how.until);
  const bool forwards = how.direction == Direction::Forwards;
  if (!forwards && how.from_end && readable.why && how.until > readable.position)
    return std::unexpected(*readable.why);  // what the newest are is not known
  Position from{}, until = how.until;
  bool found = false;
  std::optional<std::uint64_t> lowest;  // the first revision that is left, as far as was looked
  const auto candidates = Candidates::of_stream(stream, catalog.hash_seed());
  for (auto i = list->size(); !found && (i = candidates.newest(*list, i)) > 0;) {
    const auto& segment = (*list)[--i];
    const auto key = segment.index->find(KeyKind::Stream, stream, segment.below(durable));
    if (!key && key.error().code == ErrorCode::HistoryCut) break;  // deleted since the list was had
    if (!key) return std::unexpected(key.error());
    if (!*key) continue;
    lowest = (*key)->first_revision;
    if (how.from.value < *lowest && (forwards || !how.from_end)) continue;
    found = true;
    if (!forwards && how.from_end) break;
    const auto nth = how.from.value - (*key)->first_revision;
    if (forwards) {
      if (nth >= (*key)->events) {
        from = segment.at(segment.below(durable));  // not there yet: what comes from here on
      } else {
        const auto ordinal = segment.index->ordinal_of(**key, static_cast<std::uint32_t>(nth));
        if (!ordinal) return std::unexpected(ordinal.error());
        from = segment.at(*ordinal);
      }
    } else if (nth < (*key)->events) {
      const auto ordinal = segment.index->ordinal_of(**key, static_cast<std::uint32_t>(nth));
      if (!ordinal) return std::unexpected(ordinal.error());
      until = std::min(until, segment.at(*ordinal).next());
    }
  }
  list = catalog.segments();
  if (!found && forwards) from = list->front().place.first;
  if (!found && !forwards) until = from;  // it has nothing of the stream, and never looks again
  if (const auto head = found ? std::nullopt : catalog.cut_head(stream);
      !found && (lowest.value_or(0) > 0 || (head && (!forwards || how.from <= head->revision))))
    return fail(ErrorCode::HistoryCut,
                fmt::format("revision {} of stream {} is no longer here: {}", how.from.value, base::quoted(stream),
                            lowest ? fmt::format("its history begins at revision {}", *lowest)
                                   : fmt::format("all of it, up to revision {}, was deleted", head->revision.value)),
                list->front().place.first);
  const auto wanted = how.from.value;
  Choose choose = [stream = std::move(stream), forwards, wanted, most = kFirstBlock](
                      const IndexedSegment& segment, std::uint32_t begin,
                      std::uint32_t below) mutable -> Result<Stretch> {
    const auto key = segment.index->find(KeyKind::Stream, stream, below);
    if (!key) return std::unexpected(key.error());
    if (!*key) return Stretch{};
    std::uint32_t rest = 0;
    if (!forwards && (*key)->events > most) {
      const auto first = segment.index->ordinal_of(**key, (*key)->events - most);
      if (!first) return std::unexpected(first.error());
      if (*first > begin) rest = begin = *first;
      most *= 2;
    }
    auto ordinals = segment.index->postings(**key, begin, below);
    if (!ordinals) return std::unexpected(ordinals.error());
    const auto size = ordinals->ordinals().size();
    const auto first = (*key)->first_revision + (*key)->events - size;
    if (forwards && wanted > first) ordinals->leave_out_first(std::min<std::uint64_t>(wanted - first, size));
    return Stretch{0, 0, std::move(*ordinals), (*key)->first_revision == 0, rest};
  };
  return std::make_unique<SegmentsCursor>(catalog, std::move(end), SegmentsCursor::What{candidates, std::move(choose)},
                                          how.direction, from, until);
}

}  // namespace daybook::log
