#include "log/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "log/candidates.hpp"

namespace daybook::log {
namespace {

// The ordinals in [from, below) of any of these keys, ascending.
Result<std::vector<std::uint32_t>> any_of(const SegmentIndex& index, KeyKind kind,
                                          const std::vector<std::string>& names, std::uint32_t from,
                                          std::uint32_t below) {
  std::vector<std::uint32_t> all;
  for (const auto& name : names) {
    const auto key = index.find(kind, name, below);
    if (!key) return std::unexpected(key.error());
    if (!*key) continue;
    const auto list = index.postings(**key, from, below);
    if (!list) return std::unexpected(list.error());
    const auto ordinals = list->ordinals();
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), ordinals.begin(), ordinals.end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  const auto [first, last] = std::ranges::unique(all);
  all.erase(first, last);
  return all;
}

Result<std::vector<std::uint32_t>> matching_one(const SegmentIndex& index, const Query::Alternative& asked,
                                                std::uint32_t from, std::uint32_t below) {
  std::optional<std::vector<std::uint32_t>> found;
  const auto narrow = [&](KeyKind kind, const std::vector<std::string>& names) -> Status {
    if (found && found->empty()) return {};
    auto list = any_of(index, kind, names, from, below);
    if (!list) return std::unexpected(list.error());
    if (!found) {
      found = std::move(*list);
    } else {
      std::vector<std::uint32_t> both;
      std::ranges::set_intersection(*found, *list, std::back_inserter(both));
      found = std::move(both);
    }
    return {};
  };
  for (const auto& tag : asked.tags)
    if (auto done = narrow(KeyKind::Tag, {tag}); !done) return std::unexpected(done.error());
  if (!asked.types.empty())
    if (auto done = narrow(KeyKind::Type, asked.types); !done) return std::unexpected(done.error());
  if (!asked.categories.empty())
    if (auto done = narrow(KeyKind::Category, asked.categories); !done) return std::unexpected(done.error());
  if (!found) {
    found.emplace();
    for (auto i = from; i < below; ++i) found->push_back(i);
  }
  return std::move(*found);
}

}  // namespace

Result<std::vector<std::uint32_t>> matching(const SegmentIndex& index, const Query& query, std::uint32_t from,
                                            std::uint32_t below) {
  std::vector<std::uint32_t> all;
  for (const auto& alternative : query.any_of) {
    auto some = matching_one(index, alternative, from, below);
    if (!some) return some;
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), some->begin(), some->end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  const auto [first, last] = std::ranges::unique(all);
  all.erase(first, last);
  return all;
}

Result<bool> any_matching(const SegmentIndex& index, const Query& query, std::uint32_t from, std::uint32_t below) {
  if (query.everything()) return from < below;
  std::vector<AnyOf> sets;
  // False: the segment has none of these, so that nothing in it matches.
  const auto ask = [&](KeyKind kind, std::span<const std::string> names) -> Result<bool> {
    auto& set = sets.emplace_back();
    for (const auto& name : names) {
      const auto key = index.find(kind, name, below);
      if (!key) return std::unexpected(key.error());
      if (*key) set.push_back(**key);
    }
    std::ranges::sort(set, {}, &KeyRef::number);
    return !set.empty();
  };
  for (const auto& asked : query.any_of) {
    sets.clear();
    Result<bool> there = true;
    for (const auto& tag : asked.tags)
      if (there && *there) there = ask(KeyKind::Tag, {&tag, 1});
    if (there && *there && !asked.types.empty()) there = ask(KeyKind::Type, asked.types);
    if (there && *there && !asked.categories.empty()) there = ask(KeyKind::Category, asked.categories);
    if (there && *there) there = index.any_with_all(sets, from, below);
    if (!there || *there) return there;
  }
  return false;
}

Result<StoredGroup> group_of(const Journal& journal, const IndexedSegment& segment, std::uint32_t ordinal) {
  const auto group = segment.index->group_of(ordinal);
  if (!group) return std::unexpected(group.error());
  std::array<std::byte, journal::kGroupHeaderBytes> bytes{};
  const auto got = journal.read(segment.place.number, group->offset, bytes);
  if (!got) return std::unexpected(got.error());
  const auto header = journal::decode_group_header(std::span(bytes).first(*got), journal::group_seed(journal.secret()));
  if (!header || header->first != segment.at(group->first_ordinal))
    return fail(
        ErrorCode::Damage,
        fmt::format("log/{}: there is no group at byte {}", journal::segment_name(segment.place.number), group->offset),
        segment.at(ordinal));
  return StoredGroup{group->offset, *header};
}

KeptSegments Catalog::segments() const {
  const std::lock_guard guard(mutex_);
  return KeptSegments(list_);
}

void Catalog::add(IndexedSegment segment) {
  const std::lock_guard guard(mutex_);
  auto next = std::make_shared<SegmentList>(*list_);
  ENSURE(next->empty() || next->back().place.number + 1 == segment.place.number);
  next->push_back(std::move(segment));
  list_ = std::move(next);
}

void Catalog::replace_index(std::uint64_t number, const std::shared_ptr<const SegmentIndex>& index) {
  const std::lock_guard guard(mutex_);
  auto next = std::make_shared<SegmentList>(*list_);
  for (auto& segment : *next)
    if (segment.place.number == number) segment.index = index;
  list_ = std::move(next);
}

void Catalog::set_guide(std::uint64_t last, std::uint32_t level, std::shared_ptr<const Guide> guide) {
  const std::lock_guard guard(mutex_);
  auto next = std::make_shared<SegmentList>(*list_);
  for (auto& segment : *next) {
    if (segment.place.number != last) continue;
    if (segment.guides.size() < level) segment.guides.resize(level);
    segment.guides[level - 1] = std::move(guide);
    break;
  }
  list_ = std::move(next);
}

void Catalog::assign(SegmentList segments) {
  auto next = std::make_shared<SegmentList>(std::move(segments));
  const std::lock_guard guard(mutex_);
  list_ = std::move(next);
}

Status Catalog::cut_before(io::Files& files, const std::string& path, Position begin) {
  auto heads = CutHeads::open(files, path, journal_->log());
  if (!heads && heads.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::Damage,
                fmt::format("{} is missing, though the events before position {} were deleted", path, begin.value));
  if (!heads) return std::unexpected(heads.error());
  const std::lock_guard guard(mutex_);
  cut_heads_ = std::move(*heads);
  auto left = std::make_shared<SegmentList>(*list_);
  std::erase_if(*left, [&](const IndexedSegment& s) { return s.place.first < begin; });
  list_ = std::move(left);
  return {};
}

std::optional<StreamHead> Catalog::cut_head(std::string_view stream) const {
  std::shared_ptr<const CutHeads> heads;
  {
    const std::lock_guard guard(mutex_);
    heads = cut_heads_;
  }
  return heads ? heads->find(stream) : std::nullopt;
}

Result<std::optional<StreamHead>> Catalog::head(std::string_view stream, Position until, std::size_t skip) const {
  const auto list = segments();
  const auto candidates = Candidates::of_stream(stream, hash_seed_);
  for (auto i = list->size() - std::min(skip, list->size()); (i = candidates.newest(*list, i)) > 0;) {
    const auto& segment = (*list)[--i];
    const auto below = segment.below(until);
    if (below == 0) continue;
    const auto key = segment.index->find(KeyKind::Stream, stream, below);
    if (!key && key.error().code == ErrorCode::HistoryCut) break;  // deleted since: what is older was, too
    if (!key) return std::unexpected(key.error());
    if (!*key) continue;
    const auto last = segment.index->ordinal_of(**key, (*key)->events - 1);
    if (!last) return std::unexpected(last.error());
    return StreamHead{{(*key)->first_revision + (*key)->events - 1}, segment.at(*last)};
  }
  return cut_head(stream);
}

Result<std::optional<Position>> Catalog::position_of(std::string_view stream, Revision revision, Position until) const {
  const auto list = segments();
  const auto candidates = Candidates::of_stream(stream, hash_seed_);
  for (auto i = list->size(); (i = candidates.newest(*list, i)) > 0;) {
    const auto& segment = (*list)[--i];
    const auto below = segment.below(until);
    if (below == 0) continue;
    const auto key = segment.index->find(KeyKind::Stream, stream, below);
    if (!key && key.error().code == ErrorCode::HistoryCut) break;
    if (!key) return std::unexpected(key.error());
    if (!*key || revision.value < (*key)->first_revision) continue;
    const auto nth = revision.value - (*key)->first_revision;
    if (nth >= (*key)->events) return std::nullopt;
    const auto ordinal = segment.index->ordinal_of(**key, static_cast<std::uint32_t>(nth));
    if (!ordinal) return std::unexpected(ordinal.error());
    return segment.at(*ordinal);
  }
  return std::nullopt;
}

Result<bool> Catalog::any_match(const Query& query, Position from, Position until, std::size_t skip) const {
  const auto list = segments();
  const auto candidates = Candidates::of(query, hash_seed_);
  for (auto i = list->size() - std::min(skip, list->size()); (i = candidates.newest(*list, i)) > 0;) {
    const auto& segment = (*list)[--i];
    const auto below = segment.below(until);
    const auto begin = segment.below(from);
    if (begin < below) {
      const auto found = any_matching(*segment.index, query, begin, below);
      if (!found || *found) return found;
    }
    if (segment.first() <= from.value) break;  // what is older is before `from`
  }
  if (from < list->front().place.first)
    return fail(ErrorCode::HistoryCut,
                fmt::format("whether an event from position {} on matches is not known: history begins at position {}",
                            from.value, list->front().first()),
                list->front().place.first);
  return false;
}

}  // namespace daybook::log
