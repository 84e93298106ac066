#include "log/candidates.hpp"

#include <bit>

namespace daybook::log {
namespace {

// A segment as a child, or as part of a child, of the guide of some level that is over it.
struct Under {
  const Guide* guide = nullptr;  // null: there is none
  std::uint64_t first = 0;       // the guide's segments, by number
  std::uint64_t last = 0;
  std::uint64_t size = 0;   // segments of one child
  std::uint32_t child = 0;  // which the segment is in
};

Under under(const SegmentList& list, std::uint64_t number, std::uint32_t level) {
  const auto all = Guide::segments(level);
  Under at;
  at.first = (number - 1) / all * all + 1;
  at.last = at.first + all - 1;
  at.size = Guide::segments(level - 1);
  at.child = static_cast<std::uint32_t>((number - at.first) / at.size);
  if (const auto i = at.last - list.front().place.number; i < list.size()) at.guide = list[i].guide(level).get();
  return at;
}

}  // namespace

Candidates Candidates::of_stream(std::string_view stream, std::uint64_t hash_seed) {
  Candidates one;
  one.stream_ = key_hash(KeyKind::Stream, stream, hash_seed);
  return one;
}

Candidates Candidates::of(const Query& query, std::uint64_t hash_seed) {
  Candidates some;
  some.all_ = query.everything();
  if (some.all_) return some;
  for (const auto& asked : query.any_of) {
    auto& all = some.any_of_.emplace_back();
    for (const auto& tag : asked.tags) all.push_back({key_hash(KeyKind::Tag, tag, hash_seed)});
    const auto one_of = [&](KeyKind kind, const std::vector<std::string>& names) {
      if (names.empty()) return;
      auto& any = all.emplace_back();
      for (const auto& name : names) any.push_back(key_hash(kind, name, hash_seed));
    };
    one_of(KeyKind::Type, asked.types);
    one_of(KeyKind::Category, asked.categories);
  }
  return some;
}

std::uint32_t Candidates::in(const Guide& guide) const {
  if (any_of_.empty()) return guide.children_with(stream_);
  std::uint32_t some = 0;
  for (const auto& all : any_of_) {
    auto with_all = (1u << Guide::kChildren) - 1;
    for (const auto& any : all) {
      std::uint32_t with_any = 0;
      for (const auto hash : any) with_any |= guide.children_with(hash);
      with_all &= with_any;
    }
    some |= with_all;
  }
  return some;
}

std::size_t Candidates::newest(const SegmentList& list, std::size_t below) const {
  if (all_ || below == 0) return below;
  const auto base = list.front().place.number;
  // From the highest guide over the segment down: each either leaves it a candidate or names an older one.
  auto number = base + below - 1;
  for (auto level = Guide::kMaxLevel; level > 0 && number >= base;) {
    const auto at = under(list, number, level--);
    if (!at.guide) continue;
    const auto children = in(*at.guide) & ((2u << at.child) - 1);
    if (children == 0) {
      number = at.first - 1;
      level = Guide::kMaxLevel;
    } else if (const auto newest = static_cast<std::uint32_t>(std::bit_width(children)) - 1; newest < at.child) {
      number = at.first + (newest + 1) * at.size - 1;
    }
  }
  return number < base ? 0 : number - base + 1;
}

std::size_t Candidates::oldest(const SegmentList& list, std::size_t from) const {
  if (all_) return from;
  const auto base = list.front().place.number;
  auto number = base + from;
  for (auto level = Guide::kMaxLevel; level > 0 && number - base < list.size();) {
    const auto at = under(list, number, level--);
    if (!at.guide) continue;
    const auto children = in(*at.guide) >> at.child;
    if (children == 0) {
      number = at.last + 1;
      level = Guide::kMaxLevel;
    } else if (const auto further = static_cast<std::uint32_t>(std::countr_zero(children)); further > 0) {
      number = at.first + (at.child + further) * at.size;
    }
  }
  return number - base;
}

}  // namespace daybook::log
