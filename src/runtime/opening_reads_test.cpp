// What opening a store reads of its segments: the tail, however much lies before it.
#include <future>
#include <map>
#include <mutex>

#include "journal/test_store.hpp"
#include "runtime/disk_log.hpp"
#include "sim/model_log.hpp"

namespace daybook::runtime {
namespace {

// Counts the bytes that are read of each segment.
struct Counting final : journal::Forwarding {
  using Forwarding::Forwarding;
  std::map<std::string, std::size_t> read{};
  std::mutex mutex{};
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::Open how) override {
    auto file = inner_.open(path, how);
    if (!file || !path.ends_with(".seg")) return file;
    return std::make_unique<journal::ReadFile>(std::move(*file), [this, path](std::size_t bytes) {
      const std::lock_guard guard(mutex);
      read[path] += bytes;
    });
  }
};

class OpeningReads : public testing::TestWithParam<bool> {
 protected:
  static constexpr std::size_t kSegments = 6, kEventBytes = 1'000;

  std::unique_ptr<DiskLog> open(io::Files& files) {
    auto opened = DiskLog::open(files, "/store", system_clock(), {.segment_bytes = 64u << 10});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  static std::size_t segments(DiskLog& log) { return log.details().catalog().segments()->size(); }
  void append(DiskLog& log) {
    const std::string data(kEventBytes, 'x');
    const NewEvent event{.stream = "Account-1", .type = "Paid", .data = data};
    std::promise<bool> done;
    log.log().append({.events = {&event, 1}}, [&](const Result<Appended>& r) { done.set_value(r.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }

  sim::FaultyDisk disk;
};

TEST_P(OpeningReads, no_event_of_a_sealed_segment) {
  const bool clean = GetParam();
  Position end;
  {
    auto log = open(disk);
    while (segments(*log) < kSegments) append(*log);
    for (int i = 0; i < 5; ++i) append(*log);
    ASSERT_TRUE(log->close());  // every sealed segment has its index then
  }
  {
    auto log = open(disk);
    append(*log);
    end = log->log().end();
    if (clean) {
      ASSERT_TRUE(log->close());
    } else {
      disk.process_kill();
    }
  }
  Counting files(disk);
  auto log = open(files);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->log().end(), end);
  for (std::size_t number = 1; number < kSegments; ++number) {
    const auto path = "/store/log/" + journal::segment_name(number);
    // Headers and seals: less than one event.
    const auto most = journal::kSegmentHeaderBytes + 4 * journal::kGroupHeaderBytes;
    static_assert(4 * journal::kGroupHeaderBytes < kEventBytes);
    EXPECT_LE(files.read[path], most) << path;
  }
  EXPECT_GT(files.read["/store/log/" + journal::segment_name(kSegments)], 5 * kEventBytes) << "the tail is read";
}

INSTANTIATE_TEST_SUITE_P(After, OpeningReads, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "AClose" : "AKill"; });

}  // namespace
}  // namespace daybook::runtime
