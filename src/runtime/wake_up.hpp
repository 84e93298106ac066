// Sleeping until there is something to do: an eventcount over one futex word.
//
//     auto seen = wake.look();  if (nothing to do) wake.sleep(seen, deadline);
//
// A wake() between the look and the sleep is not lost. wake() costs an atomic add when nobody sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace daybook::runtime {

class WakeUp {
 public:
  std::uint32_t look() const { return count_.load(std::memory_order_acquire); }
  void wake();
  // Until the next wake() after `seen` was looked at, or about `longest`.
  void sleep(std::uint32_t seen, std::chrono::nanoseconds longest);

 private:
  std::atomic<std::uint32_t> count_ = 0;
  std::atomic<std::uint32_t> sleepers_ = 0;
};

}  // namespace daybook::runtime
