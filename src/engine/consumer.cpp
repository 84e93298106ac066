#include "engine/consumer.hpp"

#include <algorithm>

#include "base/saturated.hpp"
#include "base/utf8.hpp"
#include "engine/within.hpp"

namespace daybook {
namespace {

// A job hands over so many events before it lets others have its thread.
constexpr int kEventsPerJob = 256;
// A checkpoint is behind by at most so many events, or so much time: what a crash makes come again.
constexpr std::size_t kEventsPerCheckpoint = 1'000;
constexpr std::chrono::milliseconds kTimePerCheckpoint{50};
constexpr std::size_t kLongestName = 128;

}  // namespace

using Consumer = Subscription::Consumer;

// ---- Subscription ------------------------------------------------------------------------------------------------

SubscriptionStatus Subscription::status() const { return consumer_->status(); }
bool Subscription::wait_until(Position position, std::chrono::nanoseconds within) const {
  return consumer_->wait_until(position, within);
}
Status Subscription::stop() { return consumer_->stop_from_anywhere(); }
void Subscription::replay_parked() { consumer_->replay_parked(); }

// ---- where it begins ---------------------------------------------------------------------------------------------

Consumer::Consumer(std::shared_ptr<engine::Ground> ground, std::string name, Query filter, erased::Handle handler)
    : ground_(std::move(ground)), name_(std::move(name)), filter_(std::move(filter)), handler_(std::move(handler)) {}

Result<Checkpoint> Consumer::begin_at(const Start& start) const {
  const auto& log = *ground_->log;
  Checkpoint at;
  at.mark.log = log.id();
  if (std::holds_alternative<FromEnd>(start)) {
    at.mark.position = log.end();
  } else if (const auto* position = std::get_if<Position>(&start)) {
    at.mark.position = *position;
    if (*position > log.end())
      return fail(ErrorCode::InvalidArgument, "consumer " + base::quoted(name_) + " is to begin at position " +
                                                  std::to_string(position->value) +
                                                  ", past the end of the log: " + std::to_string(log.end().value));
  } else if (const auto* time = std::get_if<Time>(&start)) {
    auto end = log.end_at(base::saturated_sum(*time, std::chrono::nanoseconds(-1)));
    if (!end) return std::unexpected(std::move(end).error());
    at.mark.position = *end;
  }
  auto chain = log.chain_at(at.mark.position);
  if (!chain) return std::unexpected(std::move(chain).error());
  at.mark.chain = *chain;
  return at;
}

Status Consumer::check(const Checkpoint& checkpoint) const {
  const auto& log = *ground_->log;
  const auto& mark = checkpoint.mark;
  auto foreign = [&](const std::string& why) {
    return fail(ErrorCode::ForeignHistory, "the checkpoint of consumer " + base::quoted(name_) + " " + why);
  };
  if (mark.log != log.id())
    return foreign("is of log " + to_string(mark.log.uuid) + ", this is log " + to_string(log.id().uuid));
  if (mark.position > log.end())
    return foreign("is at position " + std::to_string(mark.position.value) +
                   ", past the end of this log: " + std::to_string(log.end().value));
  auto chain = log.chain_at(mark.position);
  if (!chain && chain.error().code == ErrorCode::HistoryCut)
    return fail(ErrorCode::HistoryCut,
                "consumer " + base::quoted(name_) + " has come to position " + std::to_string(mark.position.value) +
                    " only, and what comes next for it was deleted; Store::forget_consumer lets it begin anew: " +
                    chain.error().message,
                mark.position);
  if (!chain) return std::unexpected(std::move(chain).error());
  if (*chain != mark.chain)
    return foreign("is of another past: what stands before position " + std::to_string(mark.position.value) +
                   " is not what it was made of");
  return {};
}

Result<std::shared_ptr<Consumer>> Consumer::make(std::shared_ptr<engine::Ground> ground, std::string name, Query filter,
                                                 const Start& start, erased::Handle handler) {
  if (ground->read_only)
    return fail(ErrorCode::ReadOnly, "a store that is opened for reading only saves no checkpoints, so consumer " +
                                         base::quoted(name) + " has to run where the store is written");
  if (!ground->checkpoints || !ground->handlers)
    return fail(ErrorCode::InvalidArgument, "this store keeps no checkpoints, so it has no consumers");
  if (name.empty() || name.size() > kLongestName || !base::is_printable_utf8(name))
    return fail(ErrorCode::InvalidArgument, "the name of a consumer is 1 to " + std::to_string(kLongestName) +
                                                " bytes of UTF-8 without control characters, and not " +
                                                base::quoted(name));
  auto made = std::shared_ptr<Consumer>(
      new Consumer(std::move(ground), std::move(name), std::move(filter), std::move(handler)));
  auto& self = *made;
  auto found = self.ground_->checkpoints->load(self.name_);
  if (!found) return std::unexpected(std::move(found).error());
  if (*found) {
    if (auto ok = self.check(**found); !ok) return std::unexpected(std::move(ok).error());
  } else {
    auto at = self.begin_at(start);
    if (!at) return std::unexpected(std::move(at).error());
    *found = std::move(*at);
  }
  // Before the first event. One that begins at the end must not begin at a later one after a crash. And what a save left
  // that a kill interrupted, or whose sync failed, is seen and may yet be lost: history that only this consumer needs
  // must not be deleted on the strength of it.
  if (auto saved = self.save(**found); !saved) return std::unexpected(std::move(saved).error());
  self.next_ = self.saved_ = (*found)->mark.position;
  self.parked_ = std::move((*found)->parked);
  self.saved_at_ = self.ground_->clock->now();
  auto cursor = self.ground_->log->read({.from = self.next_, .filter = self.filter_});
  if (!cursor) return std::unexpected(std::move(cursor).error());
  self.cursor_ = std::move(*cursor);
  return made;
}

// ---- at work -----------------------------------------------------------------------------------------------------

void Consumer::wake() {
  std::lock_guard lock(mutex_);
  if (running_ && !posted_ && !working_) post();
}

// With mutex_ held.
void Consumer::post() {
  posted_ = true;
  ground_->handlers->post([self = shared_from_this()] { self->work(); });
}

void Consumer::work() {
  const engine::Within within(engine::Within::What::Handler, ground_.get());
  bool overdue = false;
  {
    std::lock_guard lock(mutex_);
    posted_ = false;
    if (!running_ || working_) return;
    working_ = true;
    overdue = std::exchange(overdue_, false);
  }
  Position end_seen{};
  Result<Next> next = Next::More;
  for (int i = 0; i < kEventsPerJob && next && *next == Next::More; ++i) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    end_seen = ground_->log->end();
    next = some();
    if (next && *next == Next::Rest) {
      // There was nothing more before `end_seen` that the filter lets through.
      std::lock_guard lock(mutex_);
      if (end_seen > next_) ++since_saved_;
      next_ = std::max(next_, end_seen);
    }
    const bool at_once = next && (*next == Next::Later || std::exchange(overdue, false));
    if (auto saved = save_if_due(at_once); next && !saved) next = std::unexpected(saved.error());
  }
  std::unique_lock lock(mutex_);
  if (!next) stopped_by_ = next.error();
  if (!next || stopping_) return end(lock);
  working_ = false;
  if (*next == Next::Later) {
    posted_ = true;
    ground_->handlers->post_after(delay_, [self = shared_from_this()] { self->work(); });
  } else if (*next == Next::More || replay_ || ground_->log->end() > end_seen) {
    post();
  } else if (since_saved_ > 0) {
    save_later();
  }
  changed_.notify_all();
}

// With mutex_ held. At rest, so that one that keeps up with the log does not write a file for each of its groups.
void Consumer::save_later() {
  if (std::exchange(save_posted_, true)) return;
  const auto left = std::clamp<std::chrono::nanoseconds>(
      base::saturated_difference(base::saturated_sum(saved_at_, kTimePerCheckpoint).time_since_epoch(),
                                 ground_->clock->now().time_since_epoch()),
      {}, kTimePerCheckpoint);
  ground_->handlers->post_after(left, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    {
      std::lock_guard lock(self->mutex_);
      self->save_posted_ = false;
      self->overdue_ = true;
    }
    self->wake();
  });
}

// With mutex_ held, and `working_` set by the caller.
void Consumer::end(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  auto saved = save_if_due(true);
  again_ = nullptr;
  cursor_.reset();
  const auto handler = std::exchange(handler_, nullptr);  // goes last: it may hold the last Store
  lock.lock();
  if (!saved && !stopped_by_) stopped_by_ = saved.error();
  if (stopped_by_) {
    // Nobody may ever ask for its status. Before it has ended: closing waits until then, and nobody is warned after.
    const Error why{stopped_by_->code,
                    "it stopped before position " + std::to_string(next_.value) + ": " + stopped_by_->message,
                    stopped_by_->position ? stopped_by_->position : next_};
    lock.unlock();
    ground_->warn("consumer " + base::quoted(name_), why);
    lock.lock();
  }
  last_save_ = std::move(saved);
  running_ = false;
  working_ = false;
  changed_.notify_all();
  lock.unlock();
}

// Hands over one event, or finds that there is none.
Result<Consumer::Next> Consumer::some() {
  bool replay = false;
  {
    std::lock_guard lock(mutex_);
    replay = std::exchange(replay_, false);
  }
  if (replay)
    if (auto handed = hand_over_parked(); !handed) return std::unexpected(std::move(handed).error());
  if (const auto* event = std::exchange(again_, nullptr)) return hand_over(*event);
  auto event = cursor_->next();
  if (!event) return std::unexpected(std::move(event).error());
  if (!*event) return Next::Rest;
  return hand_over(**event);
}

// A handler that throws stops the program.
Result<Handled> Consumer::ask(const EventView& event) noexcept { return handler_(event); }

Result<Consumer::Next> Consumer::hand_over(const EventView& event) {
  auto said = ask(event);
  if (!said) return std::unexpected(std::move(said).error());
  if (said->kind() == Handled::Kind::Retry) {
    again_ = &event;  // stays valid: the cursor does not move meanwhile
    delay_ = said->delay();
    return Next::Later;
  }
  std::lock_guard lock(mutex_);
  if (said->kind() == Handled::Kind::Park) {
    if (parked_.size() >= kMaxParked)
      return fail(ErrorCode::Overload,
                  "consumer " + base::quoted(name_) + " has parked " + std::to_string(kMaxParked) +
                      " events and is about to park another",
                  event.position);
    parked_.push_back(event.position);
  }
  next_ = event.position.next();
  ++since_saved_;
  changed_.notify_all();
  return Next::More;
}

Status Consumer::hand_over_parked() {
  std::vector<Position> parked;
  {
    std::lock_guard lock(mutex_);
    parked = parked_;
  }
  for (auto position : parked) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return {};
    }
    auto cursor = ground_->log->read({.from = position, .until = position.next()});
    if (!cursor) return std::unexpected(std::move(cursor).error());
    auto event = (*cursor)->next();
    if (!event) return std::unexpected(std::move(event).error());
    if (!*event) continue;
    auto said = ask(**event);
    if (!said) return std::unexpected(std::move(said).error());
    if (said->kind() != Handled::Kind::Done) continue;
    std::lock_guard lock(mutex_);
    std::erase(parked_, position);
    parked_changed_ = true;
    changed_.notify_all();
  }
  return {};
}

// ---- the checkpoint ----------------------------------------------------------------------------------------------

Status Consumer::save(const Checkpoint& checkpoint) { return ground_->checkpoints->save(name_, checkpoint); }

Result<Checkpoint> Consumer::checkpoint_now() const {
  Checkpoint now;
  now.mark.log = ground_->log->id();
  {
    std::lock_guard lock(mutex_);
    now.mark.position = next_;
    now.parked = parked_;
  }
  auto chain = ground_->log->chain_at(now.mark.position);
  if (!chain) return std::unexpected(std::move(chain).error());
  now.mark.chain = *chain;
  return now;
}

Status Consumer::save_if_due(bool at_once) {
  const auto now = ground_->clock->now();
  {
    std::lock_guard lock(mutex_);
    if (since_saved_ == 0 && !parked_changed_) return {};
    if (!at_once && !parked_changed_ && since_saved_ < kEventsPerCheckpoint &&
        now < base::saturated_sum(saved_at_, kTimePerCheckpoint))
      return {};
    parked_changed_ = false;
  }
  auto checkpoint = checkpoint_now();
  if (!checkpoint) return std::unexpected(std::move(checkpoint).error());
  if (auto saved = save(*checkpoint); !saved) return saved;
  std::lock_guard lock(mutex_);
  saved_ = checkpoint->mark.position;
  since_saved_ = 0;
  saved_at_ = now;
  changed_.notify_all();
  return {};
}

// ---- from outside ------------------------------------------------------------------------------------------------

SubscriptionStatus Consumer::status() const {
  std::lock_guard lock(mutex_);
  return {next_, saved_, parked_, running_ && !stopping_, stopped_by_};
}

bool Consumer::ended() const {
  std::lock_guard lock(mutex_);
  return !running_;
}

bool Consumer::wait_until(Position position, std::chrono::nanoseconds within) const {
  const auto deadline = base::saturated_sum(std::chrono::steady_clock::now(), within);
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return next_ >= position || !running_; });
  return next_ >= position;
}

void Consumer::replay_parked() {
  {
    std::lock_guard lock(mutex_);
    replay_ = true;
  }
  wake();
}

Status Consumer::stop(bool wait) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  if (working_ && !wait) return {};
  changed_.wait(lock, [&] { return !working_; });
  if (running_) {
    working_ = true;
    end(lock);
    lock.lock();
  }
  return last_save_;
}

// Users' code waits for no handler: that may be waiting for the same, or for what this code is run by.
Status Consumer::stop_from_anywhere() { return stop(!engine::Within::in_users_code(ground_.get())); }

}  // namespace daybook
