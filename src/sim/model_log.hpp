// A log so simple that it is obviously right: a vector of events, searched from end to end.
//
// The engine's tests run on it, and the simulation compares the real log with it. It keeps every promise of
// port/event_log.hpp, in memory: appends wait in a queue until a test lets them reach the "disk" (sync), or makes the
// disk fail. Nothing is visible before. Slow on purpose; thread-safe by one mutex.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/uuid.hpp"
#include "daybook/limits.hpp"
#include "daybook/port/clock.hpp"
#include "daybook/port/event_log.hpp"

namespace daybook::sim {

// A clock that stands still until it is told.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(Time start = Time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 30}}) : now_(start) {}
  Time now() const override { return now_.load(); }
  void set(Time time) { now_ = time; }
  void advance(std::chrono::nanoseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<Time> now_;
};

// A stored event that owns its bytes.
struct StoredEvent {
  Position position;
  Revision revision;
  Time recorded;
  Time occurred;
  bool occurred_given = false;
  Uuid id;
  std::uint64_t schema = 0;
  std::uint16_t schema_version = 1;
  ContentType content_type = ContentType::Json;
  std::string stream, type, data, metadata;
  std::string tags;  // as TagsView reads them
  std::uint16_t tag_count = 0;
  std::uint64_t batch = 0;  // the same for all events of one append
  bool by_command = false;  // its id comes from a command id

  EventView view() const;
  std::uint64_t digest() const;  // of all of it
};

class ModelLog final : public EventLog {
 public:
  struct Options {
    LogId id{Uuid{{0x4d, 0x6f, 0x64, 0x65, 0x6c}}};
    Limits limits{};
    std::uint64_t remembered_events = 1'000'000;  // among which ids and command ids are known
    std::uint64_t seed = 1;                       // of the event ids it gives
  };

  explicit ModelLog(const Clock& clock) : ModelLog(clock, Options{}) {}
  ModelLog(const Clock& clock, Options options);
  ~ModelLog() override;

  // ---- what a test does to it ----

  // Makes up to `most` queued appends durable, in order, one completion each; how many there were.
  std::size_t sync(std::size_t most = SIZE_MAX);
  // The disk fails with everything that is queued in flight: all of it ends in OutcomeUnknown, and the log is
  // read-only.
  void fail_sync();
  // The next sync finds the disk full `times` times: that append ends in DiskFull, and nothing of it is there.
  void fill_disk(std::size_t times = 1);
  std::size_t queued() const;
  // Deletes what stands before `first`, as retention does.
  void cut_before(Position first);
  // Everything that comes after is refused with Closed; what is queued ends in Closed.
  void close();
  // A copy of all that is durable.
  std::vector<StoredEvent> events() const;
  // Blocks until something is queued; false once closed.
  bool wait_for_work() const;

  // ---- EventLog ----

  LogId id() const override { return options_.id; }
  void append(const AppendRequest& request, Appending done) override;
  Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) const override;
  Result<std::unique_ptr<Cursor>> read(const ReadLog& how) const override;
  Position end() const override;
  Position begin() const override;
  Result<std::optional<StreamHead>> head(std::string_view stream) const override;
  Result<Position> end_at(Time recorded) const override;
  Result<Chain> chain_at(Position position) const override;
  Result<std::optional<Known>> find_command(const Uuid& command_id) const override;
  bool wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override;

 private:
  class StreamCursor;
  class LogCursor;
  struct Condition {
    std::string stream;
    Expect expect;
    Line* line;
  };
  struct Queued {
    std::vector<StoredEvent> events;  // without position, revision and recorded
    std::vector<bool> has_id;
    std::vector<Condition> conditions;
    std::optional<Query> none_matching;
    Position none_from;
    std::optional<Uuid> command_id;
    std::size_t bytes = 0;
    Appending done;
  };
  struct Placed {
    Position first, last;
    std::vector<Revision> revisions;
    bool repeated = false;
  };

  Status check(const AppendRequest& request) const;
  Queued copied(const AppendRequest& request) const;
  Result<Placed> place(Queued& queued);
  Result<std::optional<Placed>> find_repeat(const Queued& queued) const;
  Status check_conditions(const Queued& queued) const;
  const StoredEvent* newest_of(std::string_view stream) const;
  const StoredEvent* by_revision(std::string_view stream, Revision revision) const;
  Placed batch_of(const StoredEvent& event) const;
  static void finish(Queued& queued, Result<Placed> outcome);

  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<StoredEvent> events_;  // a deque: views of old events stay valid while new ones come
  std::unordered_map<std::string_view, const StoredEvent*> newest_;  // of each stream
  std::deque<Queued> queue_;
  std::size_t queue_bytes_ = 0;
  base::UuidSource ids_;
  Position begin_{};
  std::size_t disk_full_ = 0;
  std::uint64_t next_batch_ = 1;
  bool poisoned_ = false;
  bool closed_ = false;
};

// A thread that syncs a model log as soon as something is queued, for tests that wait for their answers.
class SyncThread {
 public:
  explicit SyncThread(ModelLog& log);
  ~SyncThread();  // closes the log

 private:
  ModelLog& log_;
  std::thread thread_;
};

}  // namespace daybook::sim
