#include "runtime/log_threads.hpp"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <utility>

namespace daybook::runtime {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Above this a group's own bytes cost more than its sync: there is nothing to wait for.
constexpr std::size_t kLargeGroup = 64u << 10;
constexpr auto kLongSleep = 10s;
constexpr std::chrono::nanoseconds kLongestAwake = 250us;
constexpr std::size_t kMostExpected = 1024;
// After so many groups beside which nothing else came, the next is taken to be from somebody who waits for each.
constexpr std::size_t kAlone = 2;

void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace

LogThreads::LogThreads(log::Log& log, WakeUp& wake, Tend tend)
    : log_(log), sequencer_(*log.sequencer()), wake_(wake), tend_(std::move(tend)) {
  preparer_ = std::thread([this] { prepare(); });
  helper_ = std::thread([this] { help(); });
  tender_ = std::thread([this] { this->tend(); });
}

LogThreads::~LogThreads() { stop(true); }

void LogThreads::stop(bool refuse) {
  sequencer_.refuse_appends({ErrorCode::Closed, "the log is closed", {}});
  if (refuse) refuse_ = true;
  stopping_ = true;
  wake_.wake();
  if (preparer_.joinable()) preparer_.join();
  help_wake_.wake();
  if (helper_.joinable()) helper_.join();
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
// waits in the queue, and if that becomes much, the next group goes to the helper. So is a large one of somebody who
// waits for it: there will be nothing to prepare beside it.
void LogThreads::commit_here() {
  opened_requests_ = 0;
  auto group = sequencer_.take_group();
  commit_timed(*group);
  const bool rolled = group->begins_segment.has_value();
  expected_ = 0;
  conclude(std::move(group));
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
  help_wake_.wake();
}

namespace {
void take_into(std::atomic<std::int64_t>& mean, std::chrono::nanoseconds took) {
  const auto old = mean.load(std::memory_order_relaxed);
  mean.store(old == 0 ? took.count() : old + (took.count() - old) / 8, std::memory_order_relaxed);
}
}  // namespace

void LogThreads::commit_timed(log::Group& group) {
  const bool small = group.bytes.size() < kLargeGroup;
  const auto began = Clock::now();
  sequencer_.commit(group);
  if (group.events == 0) return;
  const auto took = Clock::now() - began;
  take_into(commit_ns_, took);
  if (small) take_into(sync_ns_, took);
}

// How long it is worth to stay awake for those who were just answered. Who is alone pays for every wake-up here, and takes
// about half as long to make a large batch as its commit took. On a slow disk a wake-up is nothing beside that.
std::chrono::nanoseconds LogThreads::patience() const {
  const auto ns =
      alone_ >= kAlone ? commit_ns_.load(std::memory_order_relaxed) / 2 : sync_ns_.load(std::memory_order_relaxed) / 4;
  return std::min(std::chrono::nanoseconds(ns), kLongestAwake);
}

bool LogThreads::slow_to_answer() const {
  return answer_ns_.load(std::memory_order_relaxed) * 4 > commit_ns_.load(std::memory_order_relaxed);
}

// By whichever thread answers.
void LogThreads::answer_timed(std::unique_ptr<log::Group> group) {
  const auto began = Clock::now();
  sequencer_.answer(std::move(group));
  take_into(answer_ns_, Clock::now() - began);
}

// Until the helper has told everything it was given, so that what is told here comes after it.
void LogThreads::wait_for_answers() {
  awaiting_answers_ = true;
  for (;;) {
    const auto seen = wake_.look();
    if (unanswered_ == 0) break;
    wake_.sleep(seen, kLongSleep);
  }
  awaiting_answers_ = false;
}

void LogThreads::conclude(std::unique_ptr<log::Group> group) {
  alone_ = sequencer_.unanswered() == group->requests.size() ? alone_ + 1 : 0;
  const bool good = group->committed.has_value();
  groups_.fetch_add(good && group->events > 0, std::memory_order_relaxed);
  requests_.fetch_add(group->requests.size(), std::memory_order_relaxed);
  if (good && (unanswered_ > 0 || slow_to_answer())) {
    sequencer_.retire(*group);
    unanswered_.fetch_add(1);
    {
      const std::lock_guard guard(mutex_);
      to_answer_.push_back(std::move(group));
    }
    help_wake_.wake();
  } else {
    if (!good) wait_for_answers();
    const auto outcome = group->committed;
    const bool unknown = group->unknown;
    if (good) expected_ += group->requests.size();
    sequencer_.retire(*group);
    // Those who wait already will be joined by those who are answered now; else the two would take turns for ever.
    expected_ = std::max(expected_, std::min(sequencer_.unanswered(), kMostExpected));
    answer_timed(std::move(group));
    if (unknown) sequencer_.fail_queued({ErrorCode::ReadOnly, "not written: " + outcome.error().message, {}});
  }
  answered_ = Clock::now();
}

bool LogThreads::conclude_done() {
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
  expected_ = 0;
  for (auto& group : done) {
    if (auto above = group->committed ? nullptr : std::exchange(never, nullptr)) {
      wait_for_answers();
      above->committed =
          group->unknown ? Status(fail(ErrorCode::ReadOnly, "not written: an earlier sync failed")) : group->committed;
      sequencer_.abandon(std::move(above));
    }
    conclude(std::move(group));
  }
  return true;
}

void LogThreads::prepare() {
  name_thread("daybook-log");
  // Waits below are tens of microseconds; the default slack would round them up by 50.
  ::prctl(PR_SET_TIMERSLACK, 1);
  for (;;) {
    const auto seen = wake_.look();
    bool busy = conclude_done();
    if (refuse_) {
      wait_for_answers();
      sequencer_.fail_queued({ErrorCode::Closed, "the log was closed before this was written", {}});
    }
    // A large group's worth at a time, so that a helper that gets free is not kept waiting for the whole queue.
    busy |= sequencer_.drain(slot_free_ ? kLargeGroup : sequencer_.open_bytes() + kLargeGroup);
    if (sequencer_.open_requests() > 0 && slot_free_) {
      const bool large = sequencer_.open_bytes() >= kLargeGroup;
      if (large && alone_ >= kAlone && in_hand_ == 0) {
        commit_here();
        continue;
      }
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
    if (stopping_ && sequencer_.open_requests() == 0 && in_hand_ == 0) {
      wait_for_answers();
      if (sequencer_.idle()) break;
    }
    // Those who were just answered are likely to be back before a sleep and a wake-up would be over.
    if (Clock::now() < answered_ + patience()) {
      std::this_thread::yield();
      continue;
    }
    wake_.sleep(seen, kLongSleep);
  }
  prepared_all_ = true;
}

void LogThreads::help() {
  name_thread("daybook-sync");
  std::unique_ptr<log::Group> group;
  std::vector<std::unique_ptr<log::Group>> answers;
  for (;;) {
    const auto seen = help_wake_.look();
    {
      const std::lock_guard guard(mutex_);
      answers.swap(to_answer_);
      if (!group && !failed_) group = std::move(waiting_);
    }
    if (answers.empty() && !group) {
      if (prepared_all_) return;
      help_wake_.sleep(seen, kLongSleep);
      continue;
    }
    // Answers first: they are older than what is to be written, and somebody waits for them.
    for (auto& answer : answers) {
      answer_timed(std::move(answer));
      if (unanswered_.fetch_sub(1) == 1 && awaiting_answers_) wake_.wake();
    }
    answers.clear();
    if (!group) continue;
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
    const auto guided = log_.guide_some();
    const auto rest = tend_();
    const bool more = (sealed && *sealed) || (guided && *guided);
    // An index that can not be written now costs as much to try again as to write.
    if (!more) tend_wake_.sleep(seen, sealed && guided ? rest : std::max(rest, std::chrono::nanoseconds(60s)));
  }
}

}  // namespace daybook::runtime
