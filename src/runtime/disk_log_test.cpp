#include "runtime/disk_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <filesystem>
#include <thread>

#include "contract/event_log_contract.hpp"
#include "contract/event_log_kept_contract.hpp"
#include "io/posix_file.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::runtime {
namespace {

using contract::EventLogContract;
using contract::KeptEventLogContract;
using contract::LogSettings;

DiskLogOptions options_of(const LogSettings& settings, std::uint64_t segment_bytes) {
  DiskLogOptions options;
  options.limits = settings.limits;
  options.remembered_ids = settings.remembered_events;
  options.segment_bytes = segment_bytes;
  return options;
}

// On the real file system, with segments so small that every test crosses several.
class DirectoryBed final : public contract::KeptLogBed {
 public:
  DirectoryBed(const Clock& clock, const LogSettings& settings, std::uint64_t segment_bytes)
      : clock_(clock), options_(options_of(settings, segment_bytes)) {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-log-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
    reopen();
  }
  ~DirectoryBed() override {
    disk_.reset();
    std::filesystem::remove_all(dir_);
  }
  EventLog& log() override { return disk_->log(); }
  void reopen() override {
    disk_.reset();
    auto opened = DiskLog::open(io::posix_files(), dir_ + "/store", clock_, options_);
    EXPECT_TRUE(opened) << opened.error().message;
    disk_ = std::move(*opened);
  }

 private:
  const Clock& clock_;
  const DiskLogOptions options_;
  std::string dir_;
  std::unique_ptr<DiskLog> disk_;
};

template <class Bed, std::uint64_t SegmentBytes>
std::unique_ptr<Bed> make_bed(const Clock& clock, const LogSettings& settings) {
  return std::make_unique<DirectoryBed>(clock, settings, SegmentBytes);
}
template <class Bed>
constexpr auto kBeds = std::array{&make_bed<Bed, 256u << 20>, &make_bed<Bed, 4400>};
const auto name_of_bed = [](const auto& suite) { return suite.index == 0 ? "OneSegment" : "ManySegments"; };

INSTANTIATE_TEST_SUITE_P(Directory, EventLogContract, testing::ValuesIn(kBeds<contract::LogBed>), name_of_bed);
INSTANTIATE_TEST_SUITE_P(Directory, KeptEventLogContract, testing::ValuesIn(kBeds<contract::KeptLogBed>), name_of_bed);

class DiskLogs : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-log-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(name.data()));
    dir = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir); }

  std::unique_ptr<DiskLog> open() {
    DiskLogOptions options;
    options.segment_bytes = 8192;
    options.seal_on_close_bytes = 0;
    auto opened = DiskLog::open(io::posix_files(), dir + "/store", system_clock(), options);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  std::string dir;
};

TEST_F(DiskLogs, a_full_segment_whose_next_one_never_came_is_closed_without_a_hole) {
  std::uint64_t events = 0;
  for (int round = 0; round < 3; ++round) {
    auto disk = open();
    ASSERT_TRUE(disk);
    EXPECT_FALSE(disk->recovery().damage);
    EXPECT_EQ(disk->log().end(), Position{events});
    const std::string data(1000, 'x');
    for (int i = 0; i < 4; ++i, ++events)
      ASSERT_TRUE(
          contract::append(disk->log(), {.events = std::vector<NewEvent>{{.stream = "A", .type = "X", .data = data}}}));
    // The next group would begin a segment, and has nothing to write.
    const std::vector<NewEvent> refused{{.stream = "A", .type = "X"}};
    const std::vector<StreamCondition> none{{"A", Expect::none()}};
    EXPECT_EQ(contract::append(disk->log(), {.events = refused, .conditions = none}).error().code, ErrorCode::Conflict);
    ASSERT_TRUE(disk->close());
  }
  EXPECT_EQ(open()->log().end(), Position{12});
}

// The process may have so many files open and no more, for as long as this lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t files) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit limit{files, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(DiskLogs, a_log_may_have_more_segments_than_a_process_may_have_files) {
  constexpr std::uint64_t kSegments = 110;
  DiskLogOptions options;
  options.segment_bytes = 4400;  // one event each
  const FileLimit limit(95);
  for (const bool writer : {true, false}) {
    auto disk = std::move(*DiskLog::open(io::posix_files(), dir + "/store", system_clock(), options));
    for (auto i = disk->log().end().value; i < kSegments; ++i) {
      const auto data = std::to_string(i), stream = "S-" + std::to_string(i % 7);
      ASSERT_TRUE(contract::append(disk->log(),
                                   {.events = std::vector<NewEvent>{{.stream = stream, .type = "X", .data = data}}}));
    }
    auto reader = writer ? nullptr : std::move(*DiskLog::follow(io::posix_files(), dir + "/store", options));
    auto& log = reader ? reader->log() : disk->log();
    ASSERT_EQ(log.end(), Position{kSegments});
    const auto cursor = std::move(*log.read({}));
    for (std::uint64_t i = 0; i < kSegments; ++i) {
      const auto event = cursor->next();
      ASSERT_TRUE(event) << event.error().message;
      ASSERT_TRUE(*event && (*event)->data == std::to_string(i)) << i;
      const auto other = i * 31 % kSegments;  // here and there between
      const auto one = std::move(*log.read({.from = Position{other}}))->next();
      ASSERT_TRUE(one) << one.error().message;
    }
  }
}

TEST_F(DiskLogs, a_closed_one_lets_another_writer_in_and_can_still_be_read) {
  const auto first = open();
  const std::vector<NewEvent> event{{.stream = "A", .type = "X"}};
  ASSERT_TRUE(contract::append(first->log(), {.events = event}));
  ASSERT_TRUE(first->close());
  const auto second = open();
  ASSERT_TRUE(second);
  ASSERT_TRUE(contract::append(second->log(), {.events = event}));
  EXPECT_EQ(first->log().end(), Position{1});
  EXPECT_EQ(first->log().head("A").value()->revision, Revision{0});
  EXPECT_EQ(second->log().head("A").value()->revision, Revision{1});
}

TEST_F(DiskLogs, a_segment_that_filled_just_before_the_close_has_its_index) {
  auto disk = std::move(*DiskLog::open(io::posix_files(), dir + "/store", system_clock(), {.segment_bytes = 8192}));
  const std::string data(1000, 'x');
  const std::vector<NewEvent> events{{.stream = "A", .type = "X", .data = data}};
  const auto second = dir + "/store/log/000000000002.seg";
  while (!std::filesystem::exists(second)) ASSERT_TRUE(contract::append(disk->log(), {.events = events}));
  ASSERT_TRUE(disk->close());
  EXPECT_TRUE(std::filesystem::exists(dir + "/store/log/000000000001.idx"));
}

TEST_F(DiskLogs, closing_ends_what_waits_far_from_its_deadline) {
  auto writer = open();
  auto reader = std::move(*DiskLog::follow(io::posix_files(), dir + "/store", {}));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  for (auto* disk : {reader.get(), writer.get()}) {
    std::vector<std::thread> waiting;
    for (int i = 0; i < 4; ++i) waiting.emplace_back([&] { EXPECT_FALSE(disk->log().wait_past({0}, deadline)); });
    ASSERT_TRUE(disk->close());
    for (auto& thread : waiting) thread.join();
  }
}

TEST_F(DiskLogs, zeros_are_written_ahead_before_it_is_open_if_asked_for) {
  const auto disk = std::move(
      *DiskLog::open(io::posix_files(), dir + "/store", system_clock(), {.prepare = true, .segment_bytes = 1u << 20}));
  EXPECT_GE(std::filesystem::file_size(dir + "/store/log/000000000001.seg"), 1u << 20);
  EXPECT_EQ(std::filesystem::file_size(dir + "/store/log/spare.new"), 1u << 20);
  EXPECT_EQ(disk->log().end(), Position{0});
}

TEST(DiskLog, opens_without_zeros_ahead_where_there_is_no_room_for_them) {
  sim::FaultyDisk disk;
  disk.inject({.on = sim::Operation::Write, .path = "spare", .times = 100, .code = ErrorCode::DiskFull});
  std::vector<Error> warnings;
  DiskLogOptions options;
  options.prepare = true;
  options.segment_bytes = 1u << 20;
  options.warn = [&](const Error& what) { warnings.push_back(what); };
  const auto opened = DiskLog::open(disk, "/store", system_clock(), options);
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, ErrorCode::DiskFull);
  EXPECT_TRUE(warnings[0].message.starts_with("no zeros could be written ahead")) << warnings[0].message;
  const std::vector<NewEvent> events{{.stream = "A", .type = "X"}};
  EXPECT_TRUE(contract::append((*opened)->log(), {.events = events}));
}

}  // namespace
}  // namespace daybook::runtime
