#include "runtime/log_threads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "runtime/disk_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::runtime {
namespace {

constexpr int kClients = 24;

// A disk whose syncs take next to nothing, so that to tell a group is what takes long: the helper answers.
struct Answers {
  std::vector<Position> positions;  // as they were told, which is one after the other
  std::vector<ErrorCode> errors;
  std::atomic<bool> unknown = false;  // an outcome was
  bool success_after_unknown = false;
};

// Each client appends and sleeps until it is told, as often as it goes well and at most `times`.
void blocking_clients(EventLog& log, int times, Answers& told) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int k = 0; k < kClients; ++k)
    clients.emplace_back([&, k] {
      const auto stream = "Client-" + std::to_string(k);
      for (int i = 0; i < times; ++i) {
        const NewEvent event{.stream = stream, .type = "Told", .data = "{}"};
        std::optional<bool> good;
        log.append({.events = {&event, 1}}, [&](const Result<Appended>& result) {
          if (result) {
            // Not under the mutex: that one comes after the other is what TSan and the test see to.
            told.positions.push_back(result->last);
            told.success_after_unknown |= told.unknown;
          } else if (result.error().code == ErrorCode::OutcomeUnknown) {
            told.unknown = true;
          }
          const std::lock_guard lock(mutex);
          // What is refused at once is told on the client's own thread, meanwhile.
          if (!result) told.errors.push_back(result.error().code);
          good = result.has_value();
          changed.notify_all();
        });
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return good.has_value(); });
        if (!*good) return;
      }
    });
  for (auto& client : clients) client.join();
}

std::unique_ptr<DiskLog> open(sim::FaultyDisk& disk) {
  auto opened = DiskLog::open(disk, "/store", system_clock(), {.segment_bytes = 64u << 20});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

TEST(LogThreads, tell_in_the_order_of_the_log_whoever_of_them_tells) {
  sim::FaultyDisk disk;
  auto log = open(disk);
  Answers told;
  blocking_clients(log->log(), 200, told);
  EXPECT_THAT(told.errors, testing::IsEmpty());
  ASSERT_EQ(told.positions.size(), kClients * 200u);
  EXPECT_TRUE(std::ranges::is_sorted(told.positions));
  ASSERT_TRUE(log->close());
}

TEST(LogThreads, tell_no_success_after_a_failed_sync_and_leave_nobody_waiting) {
  for (std::uint64_t good_syncs = 20; good_syncs < 32; ++good_syncs) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = good_syncs});
    Answers told;
    {
      auto log = open(disk);
      disk.inject({.on = sim::Operation::Sync, .path = ".seg", .skip = good_syncs});
      blocking_clients(log->log(), 1'000'000, told);
      EXPECT_FALSE(told.success_after_unknown);
      EXPECT_EQ(told.errors.size(), kClients);  // each client ended with one
      EXPECT_THAT(told.errors, testing::Contains(ErrorCode::OutcomeUnknown));
      EXPECT_THAT(told.errors, testing::Each(testing::AnyOf(ErrorCode::OutcomeUnknown, ErrorCode::ReadOnly)));
      EXPECT_EQ(log->log().end().value, told.positions.size());
    }
    EXPECT_TRUE(std::ranges::is_sorted(told.positions));
    disk.power_cut();
    auto again = open(disk);
    EXPECT_GE(again->log().end().value, told.positions.size());
  }
}

TEST(LogThreads, answer_everything_before_they_end) {
  for (int round = 0; round < 10; ++round) {
    sim::FaultyDisk disk;
    auto log = open(disk);
    std::size_t told = 0;  // one after the other
    for (int i = 0; i < 500; ++i) {
      const NewEvent event{.stream = "Client-1", .type = "Told", .data = "{}"};
      log->log().append({.events = {&event, 1}}, [&](const Result<Appended>& result) {
        EXPECT_TRUE(result || result.error().code == ErrorCode::Closed);
        ++told;
        // Slow to tell beside a sync that takes nothing.
        std::this_thread::yield();
      });
    }
    ASSERT_TRUE(log->close(round % 2 == 1));
    EXPECT_EQ(told, 500u);
  }
}

TEST(LogThreads, refuse_while_the_disk_is_full_and_go_on_when_there_is_room) {
  sim::FaultyDisk disk;
  auto log = open(disk);
  Answers before, full, after;
  blocking_clients(log->log(), 5, before);
  ASSERT_THAT(before.errors, testing::IsEmpty());
  disk.inject({.on = sim::Operation::Write, .path = ".seg", .times = 1'000'000, .code = ErrorCode::DiskFull});
  blocking_clients(log->log(), 5, full);
  EXPECT_THAT(full.positions, testing::IsEmpty());
  EXPECT_EQ(full.errors.size(), kClients);
  EXPECT_THAT(full.errors, testing::Each(ErrorCode::DiskFull));
  EXPECT_EQ(log->log().end().value, kClients * 5u);
  disk.clear_faults();
  blocking_clients(log->log(), 5, after);
  EXPECT_THAT(after.errors, testing::IsEmpty());
  EXPECT_EQ(after.positions.front().value, kClients * 5u);
  EXPECT_EQ(log->log().end().value, kClients * 10u);
}

// Batches that are large groups each, from somebody who waits for every one: how many went well, and the error that
// ended it.
std::pair<std::uint64_t, ErrorCode> large_batches_alone(EventLog& log, std::uint64_t most) {
  const std::string data(1000, 'x');
  const std::vector<NewEvent> events(100, NewEvent{.stream = "Client-1", .type = "Told", .data = data});
  for (std::uint64_t good = 0;; ++good) {
    if (good == most) return {good, {}};
    std::promise<Result<Appended>> told;
    log.append({.events = events}, [&](const Result<Appended>& result) { told.set_value(result); });
    const auto result = told.get_future().get();
    if (!result) return {good, result.error().code};
    EXPECT_EQ(result->last.value, log.end().value - 1);
  }
}

TEST(LogThreads, write_large_batches_of_one_who_waits_and_refuse_them_while_the_disk_is_full) {
  sim::FaultyDisk disk;
  auto log = open(disk);
  ASSERT_EQ(large_batches_alone(log->log(), 20).first, 20u);
  disk.inject({.on = sim::Operation::Write, .path = ".seg", .times = 3, .code = ErrorCode::DiskFull});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(large_batches_alone(log->log(), 20), std::pair(std::uint64_t(0), ErrorCode::DiskFull));
  EXPECT_EQ(log->log().end().value, 2000u);
  EXPECT_EQ(large_batches_alone(log->log(), 20).first, 20u);
  EXPECT_EQ(log->log().end().value, 4000u);
  disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
  EXPECT_EQ(large_batches_alone(log->log(), 20), std::pair(std::uint64_t(0), ErrorCode::OutcomeUnknown));
  EXPECT_EQ(large_batches_alone(log->log(), 20), std::pair(std::uint64_t(0), ErrorCode::ReadOnly));
  EXPECT_EQ(log->log().end().value, 4000u);
}

// Reads a stream and the whole log over and over, each time up to the durable end.
void read_along(const EventLog& log, int client, const std::atomic<bool>& done) {
  const auto stream = "Client-" + std::to_string(client);
  for (bool last = false; !last;) {
    last = done;
    const auto end = log.end();
    auto all = log.read({.until = end});
    ASSERT_TRUE(all);
    std::uint64_t next = 0;
    for (;; ++next) {
      const auto event = (*all)->next();
      ASSERT_TRUE(event) << event.error().message;
      if (!*event) break;
      ASSERT_EQ((*event)->position.value, next);
    }
    ASSERT_EQ(next, end.value);
    auto own = log.read_stream(stream, {});
    ASSERT_TRUE(own);
    for (std::uint64_t revision = 0;; ++revision) {
      const auto event = (*own)->next();
      ASSERT_TRUE(event) << event.error().message;
      if (!*event) break;
      ASSERT_EQ((*event)->revision.value, revision);
      ASSERT_EQ((*event)->stream, stream);
    }
  }
}

TEST(LogThreads, are_read_along_while_they_write_and_roll_and_seal) {
  sim::FaultyDisk disk;
  auto opened = DiskLog::open(disk, "/store", system_clock(), {.segment_bytes = 64u << 10});
  ASSERT_TRUE(opened) << opened.error().message;
  auto& log = (*opened)->log();
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  readers.reserve(2);
  for (int k = 0; k < 2; ++k) readers.emplace_back([&, k] { read_along(log, k, done); });
  Answers told;
  blocking_clients(log, 60, told);
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_THAT(told.errors, testing::IsEmpty());
  EXPECT_GT((*opened)->details().catalog().segments()->size(), 2u);
}

// Looks up what is there since long, what came last, and what never was, as others do meanwhile.
void look_up(const EventLog& log, const std::atomic<std::uint64_t>& streams, const std::atomic<bool>& done) {
  for (std::uint64_t i = 0; !done; ++i) {
    const auto there = streams.load();
    for (const auto stream : {i % there, there - 1}) {
      const auto head = log.head("Order-" + std::to_string(stream));
      ASSERT_TRUE(head) << head.error().message;
      ASSERT_TRUE(*head) << stream;
      ASSERT_EQ((*head)->position.value, stream);
      auto tagged = log.read({.filter = Query{{{.tags = {"order:" + std::to_string(stream)}}}}});
      ASSERT_TRUE(tagged);
      const auto event = (*tagged)->next();
      ASSERT_TRUE(event && *event) << stream;
      ASSERT_EQ((*event)->position.value, stream);
    }
    const auto never = log.head("Never-" + std::to_string(i));
    ASSERT_TRUE(never && !*never);
  }
}

TEST(LogThreads, make_guides_while_others_look_up_and_append_to_new_streams) {
  sim::FaultyDisk disk;
  std::atomic<std::uint64_t> streams = 0;
  const std::string guide = "/store/log/000000000016.guide1";
  for (const std::size_t guides : {2, 4}) {
    std::atomic<std::size_t> warnings = 0;
    DiskLogOptions options{.segment_bytes = 6'000, .warn = [&](const Error&) { ++warnings; }};
    auto opened = DiskLog::open(disk, "/store", system_clock(), std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    const auto& details = (*opened)->details();
    auto& log = (*opened)->log();
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    readers.reserve(2);
    // Until all are made; of the second round also the one that is damaged, once it was met.
    const auto enough = [&] {
      return details.catalog().segments()->size() > guides * 16 && details.memory().guides >= guides &&
             (guides == 2 || warnings > 0);
    };
    while (!enough()) {
      const auto name = "Order-" + std::to_string(streams), tag = "order:" + std::to_string(streams);
      const std::string_view tags[] = {tag};
      const NewEvent event{.stream = name, .type = "Told", .data = "{}", .tags = tags};
      const StreamCondition none{.stream = name, .expect = Expect::none()};
      std::atomic<bool> told = false;
      log.append({.events = {&event, 1}, .conditions = {&none, 1}}, [&](const Result<Appended>& result) {
        EXPECT_TRUE(result) << result.error().message;
        told = true;
        told.notify_all();
      });
      told.wait(false);
      ++streams;
      if (readers.empty())
        for (int k = 0; k < 2; ++k) readers.emplace_back([&] { look_up(log, streams, done); });
    }
    done = true;
    for (auto& reader : readers) reader.join();
    ASSERT_TRUE((*opened)->close());
    EXPECT_EQ(warnings, guides == 2 ? 0u : 1u);
    disk.flip(guide, 200, 3);
  }
}

}  // namespace
}  // namespace daybook::runtime
