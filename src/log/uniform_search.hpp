// Looking for a value among sorted ones that are spread evenly, as hashes are.
#pragma once

#include <algorithm>
#include <cstdint>

#include "daybook/result.hpp"

namespace daybook::log {

// Where the hash would stand among `count` uniform ones, from its high half.
inline std::uint64_t guess(std::uint64_t hash, std::uint64_t count) {
  const std::uint64_t high = hash >> 32;
  return (high * count) >> 32;
}

// The first of `count` (at least one) ascending hashes that is not less than `hash`; `count` if all are. A hash stands
// near where it would if all were evenly spread: looked for there, then by doubling, then by halving.
template <class HashAt>  // Result<std::uint64_t>(std::uint64_t i)
Result<std::uint64_t> first_not_less(std::uint64_t hash, std::uint64_t count, const HashAt& hash_at) {
  std::uint64_t low = 0, high = count;  // it is in [low, high]
  const auto start = std::min(guess(hash, count), count - 1);
  const auto there = hash_at(start);
  if (!there) return std::unexpected(there.error());
  if (*there < hash) {
    low = start + 1;
    for (std::uint64_t step = 8; low < high; step *= 2) {
      const auto probe = std::min(start + step, count - 1);
      const auto value = hash_at(probe);
      if (!value) return std::unexpected(value.error());
      if (*value >= hash) {
        high = probe;
        break;
      }
      low = probe + 1;
    }
  } else {
    high = start;
    for (std::uint64_t step = 8; high > 0; step *= 2) {
      const auto probe = start > step ? start - step : 0;
      const auto value = hash_at(probe);
      if (!value) return std::unexpected(value.error());
      if (*value < hash) {
        low = probe + 1;
        break;
      }
      high = probe;
      if (probe == 0) break;
    }
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto value = hash_at(middle);
    if (!value) return std::unexpected(value.error());
    if (*value < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace daybook::log
