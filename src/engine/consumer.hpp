// A named consumer at work: reads, hands over, remembers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "daybook/subscription.hpp"
#include "engine/ground.hpp"

namespace daybook {

// One job at a time runs on the executor for handlers, as long as there are events; then it rests until the log has
// grown.
class Subscription::Consumer : public std::enable_shared_from_this<Subscription::Consumer> {
 public:
  // Takes up the checkpoint of this name, or begins at `start` and makes one.
  static Result<std::shared_ptr<Consumer>> make(std::shared_ptr<engine::Ground> ground, std::string name, Query filter,
                                                const Start& start, erased::Handle handler);

  SubscriptionStatus status() const;
  bool wait_until(Position position, std::chrono::nanoseconds within) const;
  // `wait`: until the handler does not run any more. Else, if it is running, the job that runs it sees to the rest.
  Status stop(bool wait);
  Status stop_from_anywhere();
  void replay_parked();

  // The log has grown, or there is another reason to look.
  void wake();
  // Not until its last job and its last checkpoint are over is its name free again.
  bool ended() const;

 private:
  enum class Next : std::uint8_t { More, Later, Rest };

  Consumer(std::shared_ptr<engine::Ground> ground, std::string name, Query filter, erased::Handle handler);

  Result<Checkpoint> begin_at(const Start& start) const;
  Status check(const Checkpoint& checkpoint) const;
  Status save(const Checkpoint& checkpoint);
  Result<Checkpoint> checkpoint_now() const;
  void post();
  void save_later();
  void work();
  void end(std::unique_lock<std::mutex>& lock);
  Result<Handled> ask(const EventView& event) noexcept;
  Result<Next> some();
  Result<Next> hand_over(const EventView& event);
  Status hand_over_parked();
  Status save_if_due(bool at_once);

  const std::shared_ptr<engine::Ground> ground_;
  const std::string name_;
  const Query filter_;

  // Used by the one job that works, or that ends it.
  erased::Handle handler_;
  std::unique_ptr<Cursor> cursor_;
  const EventView* again_ = nullptr;  // the event that is to be handed over again
  std::chrono::nanoseconds delay_{};
  std::size_t since_saved_ = 0;
  Time saved_at_{};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Position next_{};
  Position saved_{};
  std::vector<Position> parked_;
  std::optional<Error> stopped_by_;
  Status last_save_{};
  bool posted_ = false;   // a job is posted, or will be when a delay is over
  bool working_ = false;  // somebody uses what is the job's
  bool stopping_ = false;
  bool running_ = true;
  bool replay_ = false;
  bool parked_changed_ = false;
  bool save_posted_ = false;  // a job is to come that sees to the checkpoint
  bool overdue_ = false;      // it has come
};

namespace engine {

// The consumers of a store.
class Consumers {
 public:
  explicit Consumers(std::shared_ptr<Ground> ground) : ground_(std::move(ground)) {}

  Result<Subscription> start(const std::string& name, Query filter, const Start& start, erased::Handle handler);
  // Removes the checkpoint of one that does not run.
  Status forget(const std::string& name);
  // Cheap when there are none.
  void log_moved();
  void stop_all();

 private:
  const std::shared_ptr<Ground> ground_;
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  bool closed_ = false;
  std::map<std::string, std::shared_ptr<Subscription::Consumer>, std::less<>> by_name_;
};

}  // namespace engine
}  // namespace daybook
