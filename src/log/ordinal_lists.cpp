#include "log/ordinal_lists.hpp"

#include <algorithm>

namespace daybook::log {
namespace {

std::size_t size_of(const OrdinalLists& lists) {
  std::size_t sum = 0;
  for (const auto& list : lists) sum += list.size();
  return sum;
}

}  // namespace

bool any_in_each(std::vector<OrdinalLists> sets) {
  std::ranges::sort(sets, {}, size_of);
  const auto& rarest = sets.front();
  const auto others = std::span(sets).subspan(1);
  // Many lists are made one only where looking into each of them for every ordinal of the rarest would cost more.
  std::vector<std::vector<std::uint32_t>> merged(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) {
    auto& lists = others[i];
    if (lists.size() == 1 || size_of(lists) > size_of(rarest) * lists.size()) continue;
    for (const auto& list : lists) merged[i].insert(merged[i].end(), list.begin(), list.end());
    std::ranges::sort(merged[i]);
    lists.assign(1, merged[i]);
  }
  for (const auto& list : rarest)
    for (auto i = list.size(); i-- > 0;)
      if (std::ranges::all_of(others, [&](const OrdinalLists& lists) {
            return std::ranges::any_of(lists, [&](const auto& l) { return std::ranges::binary_search(l, list[i]); });
          }))
        return true;
  return false;
}

}  // namespace daybook::log
