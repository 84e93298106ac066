// The indexes of a log's sealed segments: opened, made anew, written. The rest of Log is in log.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "journal/format.hpp"
#include "log/group_index.hpp"
#include "log/log.hpp"

namespace daybook::log {
namespace {

bool has_key(const EventView& event, KeyKind kind, std::string_view name) {
  switch (kind) {
    case KeyKind::Stream: return event.stream == name;
    case KeyKind::Category: return category_of(event.stream) == name;
    case KeyKind::Type: return event.type == name;
    case KeyKind::Tag: return event.tags.contains(name);
  }
  return false;
}

bool fits(const SealedSegment& is, const Journal::Segment& segment, const Journal::Segment& next) {
  return is.first == segment.first && is.end() == next.first && is.chain_after == next.chain_before;
}

Error stays_in_memory(std::uint64_t number, const Error& why) {
  return {
      why.code, fmt::format("the index of log/{} stays in memory: {}", journal::segment_name(number), why.message), {}};
}

class MappingInMemory final : public io::Mapping {
 public:
  explicit MappingInMemory(std::string bytes) : bytes_(std::move(bytes)) {}
  std::span<const std::byte> bytes() const override { return std::as_bytes(std::span(bytes_)); }
  Status populate(std::size_t, std::size_t) const override { return {}; }

 private:
  const std::string bytes_;
};

}  // namespace

Result<std::unique_ptr<SealedIndex>> Log::open_sealed(std::uint64_t number) const {
  auto reader = std::make_shared<std::pair<std::mutex, RecordReader>>(std::piecewise_construct, std::tuple<>(),
                                                                      std::tuple<const Journal&>(journal_));
  auto holder = std::make_shared<const SealedIndex*>(nullptr);
  auto index = SealedIndex::open(
      *index_files_.files, index_files_.path(number), journal_.log(), number, hash_seed_,
      [this, reader, holder](std::uint32_t ordinal, KeyKind kind, std::string_view name) -> Result<bool> {
        const auto place = (*holder)->place_of(ordinal);
        if (!place) return std::unexpected(place.error());
        const auto& segment = (*holder)->segment();
        const std::lock_guard guard(reader->first);
        const auto read = reader->second.read(segment.number, *place, {segment.first.value + ordinal});
        if (!read && read.error().code == ErrorCode::HistoryCut && read.error().position)
          if (auto cut = catalog_.cut_before(*index_files_.files, index_files_.cut_heads, *read.error().position); !cut)
            return std::unexpected(cut.error());
        if (!read) return std::unexpected(read.error());
        return has_key(read->event, kind, name);
      },
      [this, holder](const Error& why) { return remake_index((*holder)->segment(), why); });
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
      if (fits((*sealed)->segment(), segment, next)) return std::shared_ptr<const SegmentIndex>(std::move(*sealed));
      options_.warn({ErrorCode::ForeignHistory,
                     fmt::format("{} does not fit its segment; it is made anew", index_files_.path(segment.number)),
                     {}});
    } else if (sealed.error().code != ErrorCode::NotFound) {
      options_.warn(and_so(sealed.error(), "; it is made anew"));
    }
  }
  auto index = std::make_shared<ActiveIndex>(hash_seed_);
  journal::GroupScan scan(journal_, segment.number);
  auto end = segment.first;
  auto chain = segment.chain_before;
  const auto read = index_groups(scan, segment.number, next.first, *index, end, chain);
  if (!read && read.error().code != ErrorCode::Damage) return std::unexpected(read.error());
  if (!read)
    end_at(read.error());
  else if (end != next.first || chain != next.chain_before)
    end_at({ErrorCode::Damage,
            fmt::format("log/{} ends at position {}; log/{} begins at position {}{}",
                        journal::segment_name(segment.number), end.value, journal::segment_name(next.number),
                        next.first.value, end == next.first ? ", on another history" : ""),
            end});
  if (damage_) return index;
  if (!index_files_.files) return index;
  if (look_) {  // a reader writes nothing
    left_.push_back(segment.number);
    return index;
  }
  if (auto written = write_sealed(segment, next, *index); !written) {
    options_.warn(stays_in_memory(segment.number, written.error()));
    return index;
  }
  auto sealed = open_sealed(segment.number);
  if (!sealed) return std::unexpected(sealed.error());
  return std::shared_ptr<const SegmentIndex>(std::move(*sealed));
}

// A reader's own indexes of segments that are full, which it made or has grown while it followed, are given up for
// those that the writer has written since: else it would keep in memory all that it ever followed.
void Log::take_sealed() const {
  if (!index_files_.files) return;
  const auto list = catalog_.segments();
  while (!left_.empty()) {
    auto sealed = open_sealed(left_.front());
    if (!sealed && sealed.error().code == ErrorCode::NotFound) return;  // nor are those of the later ones there
    const auto at =
        std::ranges::find(*list, left_.front(), [](const IndexedSegment& segment) { return segment.place.number; });
    if (sealed && at != list->end() && fits((*sealed)->segment(), at->place, std::next(at)->place))
      catalog_.replace_index(left_.front(), std::shared_ptr<const SegmentIndex>(std::move(*sealed)));
    left_.erase(left_.begin());
  }
}

// An index in use was found damaged. It is made anew from its segment; on disk too, by the writer.
Result<std::unique_ptr<io::Mapping>> Log::remake_index(const SealedSegment& of, const Error& why) const {
  options_.warn(and_so(why, "; it is made anew"));
  const auto segments = journal_.segments();
  ActiveIndex index(hash_seed_);
  journal::GroupScan scan(journal_, of.number);
  auto end = of.first;
  auto chain = segments.at(of.number - segments.front().number).chain_before;
  if (const auto read = index_groups(scan, of.number, of.end(), index, end, chain); !read)
    return std::unexpected(read.error());
  if (end != of.end() || chain != of.chain_after)
    return fail(ErrorCode::Damage,
                fmt::format("log/{} ends at position {}, not at {} as its index says, or on another history",
                            journal::segment_name(of.number), end.value, of.end().value),
                end);
  auto bytes = SealedIndex::encode(of, index);
  if (sequencer_) {
    const auto path = index_files_.path(of.number);
    auto written = io::replace_whole(*index_files_.files, path, bytes);
    if (written) {
      auto file = index_files_.files->open(path, io::Open::Read);
      if (!file) return std::unexpected(file.error());
      return (*file)->map();
    }
    options_.warn(stays_in_memory(of.number, written.error()));
  }
  return std::make_unique<MappingInMemory>(std::move(bytes));
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

}  // namespace daybook::log
