// Sums and differences of times that stop at the last, or the first, that there is: users may give any duration, and one that no clock
// will see the end of is for ever.
#pragma once

#include <chrono>
#include <limits>

namespace daybook::base {

// One type is enough: std::chrono::steady_clock and Time both count nanoseconds.
constexpr std::chrono::nanoseconds saturated_sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  using Limits = std::numeric_limits<std::chrono::nanoseconds::rep>;
  std::chrono::nanoseconds::rep sum = 0;
  if (__builtin_add_overflow(a.count(), b.count(), &sum)) sum = b.count() > 0 ? Limits::max() : Limits::min();
  return std::chrono::nanoseconds(sum);
}

constexpr std::chrono::nanoseconds saturated_difference(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  using Limits = std::numeric_limits<std::chrono::nanoseconds::rep>;
  std::chrono::nanoseconds::rep difference = 0;
  if (__builtin_sub_overflow(a.count(), b.count(), &difference))
    difference = b.count() < 0 ? Limits::max() : Limits::min();
  return std::chrono::nanoseconds(difference);
}

template <class Clock>
constexpr auto saturated_sum(std::chrono::time_point<Clock, std::chrono::nanoseconds> time,
                             std::chrono::nanoseconds after) {
  return decltype(time)(saturated_sum(time.time_since_epoch(), after));
}

}  // namespace daybook::base
