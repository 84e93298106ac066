// The buffers that a decide writes its events into, kept for the next command when one is answered. Nothing here is for
// users to write.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "daybook/decision.hpp"

namespace daybook::erased {

// Those for decisions over the states S. A command begins on one thread and ends on another, so they are shared by all
// threads, under a lock that is held for a few instructions.
template <class... S>
class SpareEvents {
 public:
  // An empty buffer, with memory if there is a spare one.
  static DecidedEvents<S...> take() {
    auto& all = everywhere();
    const std::lock_guard lock(all.mutex_);
    if (all.spare_.empty()) return {};
    auto events = std::move(all.spare_.back());
    all.spare_.pop_back();
    all.bytes_ -= events.memory_used();
    return events;
  }
  static void give(DecidedEvents<S...> events) {
    events.clear();
    const auto bytes = events.memory_used();
    if (bytes == 0) return;
    auto& all = everywhere();
    const std::lock_guard lock(all.mutex_);
    if (all.bytes_ + bytes > kMostBytes) return;
    all.bytes_ += bytes;
    all.spare_.push_back(std::move(events));
  }

 private:
  // After a burst of large decisions no more than this stays, of each list of states.
  static constexpr std::size_t kMostBytes = 1u << 20;

  // Never destroyed: a store that is a global may end its commands after everything else is gone.
  static SpareEvents& everywhere() {
    static auto* const all = new SpareEvents;
    return *all;
  }

  std::mutex mutex_;
  std::vector<DecidedEvents<S...>> spare_;
  std::size_t bytes_ = 0;
};

}  // namespace daybook::erased
