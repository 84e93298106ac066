// The three threads of a log's writer.
//
//   preparing   drains the queue into the next group and answers the groups that were committed
//   committing  writes and syncs one group after the other
//   tending     makes zeros for the next segment, and the indexes of full ones
//
// While one group syncs the next is prepared. Group commit has one decision in it: when to hand a group over. If the
// committer is free and the group is small, the few who were answered last will mostly be back at once; a group handed
// over before they are makes them wait for two syncs. So the preparer waits for as many as there were, but never longer
// than a part of what a sync takes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "log/log.hpp"
#include "runtime/wake_up.hpp"

namespace daybook::runtime {

// Work besides the log's own that the tending thread does: true when there is more to do now.
using Tend = std::function<bool()>;

class LogThreads {
 public:
  // `wake` must be what the log's options.wake wakes.
  LogThreads(log::Log& log, WakeUp& wake, Tend tend);
  // Stops without answering: stop() first.
  ~LogThreads();

  // Answers everything that was queued (or, `refuse`, ends it with Closed) and ends the threads.
  void stop(bool refuse);

  struct Counts {
    std::uint64_t groups = 0;    // synced
    std::uint64_t requests = 0;  // answered by them
  };
  Counts counts() const { return {groups_.load(std::memory_order_relaxed), requests_.load(std::memory_order_relaxed)}; }

 private:
  void prepare();
  void commit();
  void tend();
  bool hand_over_now();
  bool complete_done();

  log::Log& log_;
  log::Sequencer& sequencer_;
  WakeUp& wake_;        // the preparer's
  WakeUp commit_wake_;  // the committer's
  WakeUp tend_wake_;
  Tend tend_;

  std::mutex mutex_;  // guards what the two threads hand to each other
  std::unique_ptr<log::Group> waiting_;
  std::vector<std::unique_ptr<log::Group>> done_;
  bool failed_ = false;  // the newest of done_ was not written: nothing after it may be

  // Preparing only.
  std::chrono::steady_clock::time_point opened_{};  // when the open group could have been handed over first
  std::size_t expected_ = 0;                        // requests that were answered last
  bool opened_set_ = false;
  std::size_t in_hand_ = 0;  // groups that the committer has, or has been given
  bool slot_free_ = true;

  std::atomic<std::int64_t> sync_ns_ = 0;  // a running mean of what a small group's commit takes
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> refuse_ = false;
  std::atomic<bool> prepared_all_ = false;
  std::atomic<std::uint64_t> groups_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  std::thread preparer_, committer_, tender_;
};

}  // namespace daybook::runtime
