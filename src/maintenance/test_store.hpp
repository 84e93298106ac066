// A store of small segments, and what can be asked of it: for the tests of maintenance.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "daybook/port/clock.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::maintenance {

// A second later whenever it is asked.
class SteppingClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::seconds(1'700'000'000 + ++seconds_)); }

 private:
  mutable std::atomic<std::int64_t> seconds_ = 0;
};

struct Told {
  Position position;
  Revision revision;
  std::string stream;
  std::string type;
  std::string data;
  Uuid id;
  Time recorded;
  friend bool operator==(const Told&, const Told&) = default;
};

inline runtime::DiskLogOptions small_segments() {
  runtime::DiskLogOptions options;
  options.segment_bytes = 4400;
  return options;
}

inline std::unique_ptr<runtime::DiskLog> open_store(io::Files& files, const std::string& path) {
  static const SteppingClock clock;
  auto disk = runtime::DiskLog::open(files, path, clock, small_segments());
  EXPECT_TRUE(disk) << disk.error().message;
  return disk ? std::move(*disk) : nullptr;
}

inline Result<Position> append(EventLog& log, const std::vector<NewEvent>& events,
                               const std::vector<StreamCondition>& conditions = {}) {
  std::optional<Result<Position>> answer;
  std::atomic<bool> done = false;
  log.append({.events = events, .conditions = conditions}, [&](Result<Appended> appended) {
    answer = appended ? Result<Position>(appended->first) : std::unexpected(appended.error());
    done = true;
    done.notify_all();
  });
  done.wait(false);
  return *answer;
}

// `batches` batches of two events each, of a stream of their own and of one they share.
inline void fill(EventLog& log, int batches, const std::string& prefix = "S-") {
  for (int i = 0; i < batches; ++i) {
    const auto own = prefix + std::to_string(i % 5), data = "{\"n\":" + std::to_string(i) + "}";
    EXPECT_TRUE(append(
        log, {{.stream = own, .type = "Counted", .data = data}, {.stream = "All-1", .type = "Seen", .data = data}}));
  }
}

// Until the log's tending thread has made so many guides, each over sixteen segments.
inline void fill_until_guided(runtime::DiskLog& disk, std::size_t guides) {
  while (disk.details().catalog().segments()->size() <= 16 * guides) fill(disk.log(), 1);
  while (disk.details().memory().guides < guides) std::this_thread::yield();
}

inline std::vector<Told> all_of(Result<std::unique_ptr<Cursor>> cursor) {
  std::vector<Told> all;
  EXPECT_TRUE(cursor) << cursor.error().message;
  while (cursor) {
    const auto event = (*cursor)->next();
    EXPECT_TRUE(event) << event.error().message;
    if (!event || !*event) break;
    const auto& e = **event;
    all.push_back(
        {e.position, e.revision, std::string(e.stream), std::string(e.type), std::string(e.data), e.id, e.recorded});
  }
  return all;
}

inline std::vector<Told> everything(io::Files& files, const std::string& path) {
  auto disk = runtime::DiskLog::follow(files, path, small_segments());
  EXPECT_TRUE(disk) << disk.error().message;
  if (!disk) return {};
  auto& log = (*disk)->log();
  return all_of(log.read({.from = log.begin()}));
}

}  // namespace daybook::maintenance
