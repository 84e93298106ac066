// The three threads of a log's writer.
//
//   preparing   drains the queue into the next group, writes it if it is small, and answers the groups that were
//   committed committing  writes and syncs large groups, one after the other, while the next one is prepared tending
//   makes zeros for the next segment, and the indexes of full ones
//
// Group commit has one decision in it: when a small group goes. The few who were answered last will mostly be back at
// once; a group that goes before they are makes them wait for two syncs. So the preparer waits for as many as there
// were, but never longer than half of what a sync takes.
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
  bool worth_committing();
  void commit_here();
  void hand_over();
  void commit_timed(log::Group& group);
  void answer(std::unique_ptr<log::Group> group);
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
  std::size_t expected_ = 0;                          // requests that were answered last
  std::chrono::steady_clock::time_point answered_{};  // when they were
  std::size_t opened_requests_ = 0;                   // in the open group, when it was last looked at
  std::chrono::steady_clock::time_point arrived_{};   // when the last of those came
  std::size_t in_hand_ = 0;                           // groups that the committer has, or has been given
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
