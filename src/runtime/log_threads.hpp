// The three threads of a log's writer.
//
//   preparing  drains the queue into the next group; writes and syncs it if it is small or nothing comes beside it, and
//              answers what was committed
//   helping    writes and syncs large groups, one after the other, while the next one is prepared; and answers groups
//              whose answers take long
//   tending    makes zeros for the next segment, the indexes of full ones, and guides over those
//
// Two decisions are in it, both made by measuring. When a small group goes: the few who were answered last will mostly
// be back at once, and a group that goes before they are makes them wait for two syncs; so the preparer waits for as
// many as there were, but never longer than half of what a sync takes. And who answers: if telling a group takes long
// beside a sync, as waking many sleeping threads does, the helper tells it while the next one is written. Those who
// wait then fall into two halves, of which one is woken while the other syncs, and nobody waits for anybody to be back.
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

// Work besides the log's own that the tending thread does: a little of it, and how long it may rest then.
using Tend = std::function<std::chrono::nanoseconds()>;

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
  void help();
  void tend();
  bool worth_committing();
  void commit_here();
  void hand_over();
  void commit_timed(log::Group& group);
  void conclude(std::unique_ptr<log::Group> group);
  void answer_timed(std::unique_ptr<log::Group> group);
  void wait_for_answers();
  std::chrono::nanoseconds patience() const;
  bool slow_to_answer() const;
  bool conclude_done();

  log::Log& log_;
  log::Sequencer& sequencer_;
  WakeUp& wake_;      // the preparer's
  WakeUp help_wake_;  // the helper's
  WakeUp tend_wake_;
  Tend tend_;

  std::mutex mutex_;                                    // guards what the two threads hand to each other
  std::unique_ptr<log::Group> waiting_;                 // to be committed
  std::vector<std::unique_ptr<log::Group>> done_;       // committed by the helper
  std::vector<std::unique_ptr<log::Group>> to_answer_;  // by the helper
  bool failed_ = false;                                 // the newest of done_ was not written: nothing after it may be

  // Preparing only.
  std::size_t expected_ = 0;                          // requests that were answered last
  std::chrono::steady_clock::time_point answered_{};  // when they were
  std::size_t opened_requests_ = 0;                   // in the open group, when it was last looked at
  std::chrono::steady_clock::time_point arrived_{};   // when the last of those came
  std::size_t alone_ = 0;                             // groups on end beside which nothing else came
  std::size_t in_hand_ = 0;                           // groups that the helper is to commit, or has
  bool slot_free_ = true;

  std::atomic<std::int64_t> sync_ns_ = 0;       // a running mean of what a small group's commit takes
  std::atomic<std::int64_t> commit_ns_ = 0;     // of what any group's takes
  std::atomic<std::int64_t> answer_ns_ = 0;     // likewise of its answers
  std::atomic<std::size_t> unanswered_ = 0;     // groups that the helper is to answer
  std::atomic<bool> awaiting_answers_ = false;  // the preparer sleeps until there are none
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> refuse_ = false;
  std::atomic<bool> prepared_all_ = false;
  std::atomic<std::uint64_t> groups_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  std::thread preparer_, helper_, tender_;
};

}  // namespace daybook::runtime
