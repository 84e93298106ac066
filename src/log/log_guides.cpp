// The guides over a log's sealed segments: found, made, made anew. The rest of Log is in log.cpp.
#include "log/log.hpp"

namespace daybook::log {
namespace {

// The guide of a level that ends with segment i of a list, which is not its last.
GuidePlace place_at(const SegmentList& list, std::size_t i, std::uint32_t level, const LogId& log) {
  const auto& next = list[i + 1].place;
  return {log, level, list[i].place.number, next.first, next.chain_before};
}

// Calls f(i, level) for every guide that a log with these segments can have, those of lower levels first; until it says
// true.
template <class F>
void each_guide(const SegmentList& list, F&& f) {
  for (std::uint32_t level = 1; level <= Guide::kMaxLevel; ++level) {
    const auto all = Guide::segments(level);
    for (std::size_t i = all - 1 - (list.front().place.number - 1) % all; i + 1 < list.size(); i += all)
      if (f(i, level)) return;
  }
}

// What a guide is to be over; nothing if some of it is not there.
std::vector<Hashes> children_of(const SegmentList& list, std::size_t i, std::uint32_t level) {
  const auto size = Guide::segments(level - 1);
  std::vector<Hashes> children;
  if (i + 1 < Guide::segments(level)) return children;  // the oldest of it were deleted
  for (auto at = i + 1 - Guide::segments(level); children.size() < Guide::kChildren;) {
    at += size;
    const auto& last = list[at - 1];
    if (level > 1) {
      auto guide = last.guide(level - 1);
      if (!guide || guide->damage()) return {};
      children.push_back(Guide::hashes_of(std::move(guide)));
    } else {
      auto index = std::dynamic_pointer_cast<const SealedIndex>(last.index);
      if (!index) return {};
      const auto keys = index->keys();
      children.push_back({keys, [index = std::move(index)](std::uint64_t n) { return index->hash_of_key(n); }});
    }
  }
  return children;
}

}  // namespace

std::string Log::guide_path(std::uint64_t last, std::uint32_t level) const {
  return index_files_.guide_path(Guide::name(last, level));
}

// Null if there is none that is of use.
std::shared_ptr<const Guide> Log::open_guide(const GuidePlace& place) const {
  auto guide = Guide::open(*index_files_.files, guide_path(place.last, place.level), place);
  if (guide) return std::move(*guide);
  if (guide.error().code != ErrorCode::NotFound)
    options_.warn(and_so(guide.error(), "; segments are asked one by one until it is made anew"));
  return nullptr;
}

void Log::look_for_guides() const {
  if (!index_files_.files || !index_files_.guide_path) return;
  const auto list = catalog_.segments();
  each_guide(*list, [&](std::size_t i, std::uint32_t level) {
    if (!(*list)[i].guide(level))
      if (auto guide = open_guide(place_at(*list, i, level, journal_.log())))
        catalog_.set_guide((*list)[i].place.number, level, std::move(guide));
    return false;
  });
}

Result<bool> Log::begin_guide() {
  const auto list = catalog_.segments();
  Result<bool> begun = false;
  each_guide(*list, [&](std::size_t i, std::uint32_t level) {
    const auto& there = (*list)[i].guide(level);
    const auto damage = there ? there->damage() : std::nullopt;
    if (there && !damage) return false;
    auto children = children_of(*list, i, level);
    if (children.empty()) return false;
    const auto place = place_at(*list, i, level, journal_.log());
    if (damage) {
      options_.warn(and_so(*damage, "; it is made anew"));
      catalog_.set_guide(place.last, level, nullptr);
    }
    auto making = GuideMaking::begin(*index_files_.files, guide_path(place.last, level), place, std::move(children));
    if (making) making_ = std::move(*making);
    begun = making ? Result<bool>(true) : std::unexpected(making.error());
    return true;
  });
  return begun;
}

Result<bool> Log::guide_some() {
  if (!index_files_.files || !index_files_.guide_path) return false;
  if (!making_) {
    auto begun = begin_guide();
    if (!begun || !*begun) return begun;
  }
  const auto done = making_->some();
  if (done && !*done) return true;
  const auto place = making_->place();
  making_.reset();
  if (!done) return std::unexpected(done.error());
  auto guide = Guide::open(*index_files_.files, guide_path(place.last, place.level), place);
  if (!guide) return std::unexpected(guide.error());
  catalog_.set_guide(place.last, place.level, std::move(*guide));
  return true;
}

}  // namespace daybook::log
