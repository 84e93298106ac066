#include "runtime/log_threads.hpp"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>

namespace daybook::runtime {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Above this a group's own bytes cost more than its sync: there is nothing to wait for.
constexpr std::size_t kLargeGroup = 64u << 10;
constexpr auto kLongSleep = 10s;
constexpr std::size_t kMostExpected = 1024;

void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace

LogThreads::LogThreads(log::Log& log, WakeUp& wake, Tend tend)
    : log_(log), sequencer_(*log.sequencer()), wake_(wake), tend_(std::move(tend)) {
  preparer_ = std::thread([this] { prepare(); });
  committer_ = std::thread([this] { commit(); });
  tender_ = std::thread([this] { this->tend(); });
}

LogThreads::~LogThreads() { stop(true); }

void LogThreads::stop(bool refuse) {
  sequencer_.refuse_appends({ErrorCode::Closed, "the log is closed", {}});
  if (refuse) refuse_ = true;
  stopping_ = true;
  wake_.wake();
  if (preparer_.joinable()) preparer_.join();
  commit_wake_.wake();
  if (committer_.joinable()) committer_.join();
  tend_wake_.wake();
  if (tender_.joinable()) tender_.join();
}

// Whether the open group, a small one, should go now, given that nothing else is being written. Not while those who
// were answered last are coming back, one close behind the other; nor for longer than a sync takes.
bool LogThreads::worth_committing() {
  const auto open = sequencer_.open_requests();
  if (open >= expected_ || stopping_) return true;
  const auto now = Clock::now();
  const std::chrono::nanoseconds sync(sync_ns_.load(std::memory_order_relaxed));
  if (open != opened_requests_) {
    opened_requests_ = open;
    arrived_ = now;
  }
  const bool coming = now - arrived_ < sync / 6 || now - answered_ < sync / 2;
  return !coming || now - answered_ > sync;
}

// A small group is prepared in less time than it takes to wake another thread: it is written here. What comes meanwhile
// waits in the queue, and if that becomes much, the next group goes to the committer.
void LogThreads::commit_here() {
  opened_requests_ = 0;
  auto group = sequencer_.take_group();
  commit_timed(*group);
  const bool rolled = group->begins_segment.has_value();
  expected_ = 0;
  answer(std::move(group));
  if (rolled) tend_wake_.wake();
}

void LogThreads::hand_over() {
  opened_requests_ = 0;
  ++in_hand_;
  slot_free_ = false;
  {
    const std::lock_guard guard(mutex_);
    waiting_ = sequencer_.take_group();
  }
  commit_wake_.wake();
}

void LogThreads::commit_timed(log::Group& group) {
  const bool small = group.bytes.size() < kLargeGroup;
  const auto began = Clock::now();
  sequencer_.commit(group);
  if (!small || group.events == 0) return;
  const auto took = (Clock::now() - began).count(), mean = sync_ns_.load(std::memory_order_relaxed);
  sync_ns_.store(mean == 0 ? took : mean + (took - mean) / 8, std::memory_order_relaxed);
}

void LogThreads::answer(std::unique_ptr<log::Group> group) {
  const bool good = group->committed.has_value(), unknown = group->unknown;
  if (good) expected_ += group->requests.size();
  // Those who wait already will be joined by those who are answered now; else the two would take turns for ever.
  expected_ = std::max(expected_, std::min(sequencer_.unanswered(), kMostExpected));
  groups_.fetch_add(good && group->events > 0, std::memory_order_relaxed);
  requests_.fetch_add(group->requests.size(), std::memory_order_relaxed);
  const auto outcome = group->committed;
  sequencer_.complete(std::move(group));
  if (unknown) sequencer_.fail_queued({ErrorCode::ReadOnly, "not written: " + outcome.error().message, {}});
  answered_ = Clock::now();
}

bool LogThreads::complete_done() {
  std::vector<std::unique_ptr<log::Group>> done;
  std::unique_ptr<log::Group> never;
  {
    const std::lock_guard guard(mutex_);
    done.swap(done_);
    if (failed_) never = std::move(waiting_);  // it stood on what was not written
    failed_ = false;
    slot_free_ = !waiting_;
  }
  if (done.empty()) return false;
  in_hand_ -= done.size() + (never ? 1 : 0);
  if (never) {
    const auto& failed = *done.back();
    never->committed =
        failed.unknown ? Status(fail(ErrorCode::ReadOnly, "not written: an earlier sync failed")) : failed.committed;
    sequencer_.abandon(std::move(never));
  }
  expected_ = 0;
  for (auto& group : done) answer(std::move(group));
  return true;
}

void LogThreads::prepare() {
  name_thread("daybook-log");
  // Waits below are tens of microseconds; the default slack would round them up by 50.
  ::prctl(PR_SET_TIMERSLACK, 1);
  for (;;) {
    const auto seen = wake_.look();
    bool busy = complete_done();
    if (refuse_) sequencer_.fail_queued({ErrorCode::Closed, "the log was closed before this was written", {}});
    // A large group's worth at a time, so that a committer that gets free is not kept waiting for the whole queue.
    busy |= sequencer_.drain(slot_free_ ? kLargeGroup : sequencer_.open_bytes() + kLargeGroup);
    if (sequencer_.open_requests() > 0 && slot_free_) {
      const bool large = sequencer_.open_bytes() >= kLargeGroup;
      if (large) {
        hand_over();
        continue;
      }
      if (in_hand_ == 0) {
        if (worth_committing())
          commit_here();
        else
          std::this_thread::yield();  // for those who were answered last to come back
        continue;
      }
    }
    if (busy) continue;
    if (stopping_ && sequencer_.open_requests() == 0 && in_hand_ == 0 && sequencer_.idle()) break;
    // Those who were just answered are likely to be back before a sleep and a wake-up would be over.
    if (Clock::now() < answered_ + std::chrono::nanoseconds(sync_ns_.load(std::memory_order_relaxed) / 4)) {
      std::this_thread::yield();
      continue;
    }
    wake_.sleep(seen, kLongSleep);
  }
  prepared_all_ = true;
}

void LogThreads::commit() {
  name_thread("daybook-sync");
  std::unique_ptr<log::Group> group;
  for (;;) {
    const auto seen = commit_wake_.look();
    if (!group) {
      const std::lock_guard guard(mutex_);
      if (!failed_) group = std::move(waiting_);
    }
    if (!group) {
      if (prepared_all_) return;
      commit_wake_.sleep(seen, kLongSleep);
      continue;
    }
    commit_timed(*group);
    const bool rolled = group->begins_segment.has_value();
    {
      // The next one is taken in the same breath, so that the preparer, once woken, finds the slot free.
      const std::lock_guard guard(mutex_);
      failed_ = !group->committed;
      done_.push_back(std::move(group));
      group = failed_ ? nullptr : std::move(waiting_);
    }
    wake_.wake();
    if (rolled) tend_wake_.wake();
  }
}

void LogThreads::tend() {
  name_thread("daybook-tend");
  while (!prepared_all_) {
    const auto seen = tend_wake_.look();
    const auto sealed = log_.seal_some();
    const bool more = tend_() || (sealed && *sealed);
    // An index that can not be written now costs as much to try again as to write.
    if (!more) tend_wake_.sleep(seen, sealed ? 100ms : 60s);
  }
}

}  // namespace daybook::runtime
