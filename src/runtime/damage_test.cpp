// A damaged store: whoever opens it, to write or beside the writer, is served everything before the damage, and told
// where it is.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/checksum.hpp"
#include "daybook/open.hpp"
#include "journal/format.hpp"
#include "runtime/disk_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::runtime {
namespace {

std::string segment(std::uint64_t number) { return "store/log/" + journal::segment_name(number); }
std::string index(std::uint64_t number) { return "store/log/" + journal::index_name(number); }

// Answered when it is durable, or never will be.
Status append(EventLog& log, const std::string& stream, const std::string& data) {
  std::promise<Status> answer;
  const NewEvent event{.stream = stream, .type = "X", .data = data};
  log.append({.events = {&event, 1}}, [&](Result<Appended> appended) {
    answer.set_value(appended ? Status{} : Status(std::unexpected(appended.error())));
  });
  return answer.get_future().get();
}

class DamagedStores : public testing::Test {
 protected:
  static constexpr std::uint64_t kInSegment = 4;  // events, of about a kilobyte each
  static constexpr std::uint64_t kEvents = 3 * kInSegment;

  // Segments 1 to 3 with four events each; every other one is of stream All, the rest of a stream of the segment's own.
  // The third is the last; the others are sealed, and have their indexes.
  void SetUp() override {
    write(8, 0);
    write(4, 16u << 20);
    ASSERT_TRUE(disk.cached(index(1)) && disk.cached(index(2)) && disk.cached(segment(3)));
    ASSERT_FALSE(disk.cached(segment(4)));
  }
  void write(int events, std::uint64_t seal_on_close_bytes) {
    DiskLogOptions options;
    options.segment_bytes = 8192;
    options.seal_on_close_bytes = seal_on_close_bytes;
    auto opened = DiskLog::open(disk, "store", system_clock(), options);
    ASSERT_TRUE(opened) << opened.error().message;
    auto& log = (*opened)->log();
    for (int i = 0; i < events; ++i) {
      const auto end = log.end().value;
      const std::string data(950, static_cast<char>('a' + end));
      const auto stream = end % 2 == 0 ? std::string("All") : "Own-" + std::to_string(end / kInSegment);
      ASSERT_TRUE(append(log, stream, data));
    }
    ASSERT_TRUE((*opened)->close());
  }
  // A bit of the payload of the event at this position.
  void flip(std::uint64_t position) {
    const auto path = segment(position / kInSegment + 1);
    const auto at = disk.cached(path)->find(std::string(900, static_cast<char>('a' + position)));
    ASSERT_NE(at, std::string::npos);
    disk.flip(path, at, 2);
  }

  struct Read {
    std::vector<std::uint64_t> positions;
    std::optional<Error> error;
  };
  static Read read(Result<std::unique_ptr<Cursor>> cursor) {
    Read all;
    for (; cursor;) {
      const auto event = (*cursor)->next();
      if (!event) {
        all.error = event.error();
        return all;
      }
      if (!*event) return all;
      all.positions.push_back((*event)->position.value);
    }
    all.error = cursor.error();
    return all;
  }
  static std::vector<std::uint64_t> count(std::uint64_t from, std::uint64_t until, std::uint64_t step = 1) {
    std::vector<std::uint64_t> all;
    for (; from < until; from += step) all.push_back(from);
    return all;
  }
  static void expect_named(const std::optional<Error>& error, std::uint64_t damaged, std::uint64_t position) {
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::Damage) << error->message;
    EXPECT_NE(error->message.find("log/" + journal::segment_name(damaged)), std::string::npos) << error->message;
    EXPECT_NE(error->message.find("position " + std::to_string(position)), std::string::npos) << error->message;
    EXPECT_EQ(error->position, Position{position}) << error->message;
  }
  std::vector<std::uint64_t> checksums() const {
    std::vector<std::uint64_t> all{base::checksum(disk.cached("store/STORE").value())};
    for (std::uint64_t n = 1; n < 6; ++n) all.push_back(base::checksum(disk.cached(segment(n)).value_or("")));
    return all;
  }
  Result<std::unique_ptr<DiskLog>> open(bool writer) {
    warnings.clear();
    DiskLogOptions options;
    options.segment_bytes = 8192;
    options.warn = [this](const Error& what) { warnings += what.message + "\n"; };
    return writer ? DiskLog::open(disk, "store", system_clock(), options) : DiskLog::follow(disk, "store", options);
  }

  // Opened either way, the log has everything before `end` and says that what stands there, in segment `damaged`, can
  // not be read.
  void expect_served_up_to(std::uint64_t end, std::uint64_t damaged) {
    for (const bool writer : {false, true}) {
      SCOPED_TRACE(writer ? "to write" : "to follow");
      const auto before = checksums();
      auto opened = open(writer);
      ASSERT_TRUE(opened) << opened.error().message;
      const auto& told = (*opened)->recovery().damage;
      expect_named(told, damaged, end);
      if (!told) continue;
      EXPECT_NE(warnings.find(told->message), std::string::npos) << warnings;
      auto& log = (*opened)->log();
      EXPECT_EQ(log.end(), Position{end});

      auto all = read(log.read({}));
      EXPECT_EQ(all.positions, count(0, end));
      expect_named(all.error, damaged, end);
      all = read(log.read({.until = log.end()}));
      EXPECT_EQ(all.positions, count(0, end));
      EXPECT_FALSE(all.error) << "no more was asked for";
      all = read(log.read({.direction = Direction::Backwards, .from_end = true}));
      EXPECT_TRUE(all.positions.empty());
      expect_named(all.error, damaged, end);

      auto stream = read(log.read_stream("All", {}));
      EXPECT_EQ(stream.positions, count(0, end, 2));
      expect_named(stream.error, damaged, end);
      stream = read(log.read_stream("Nobody", {}));
      expect_named(stream.error, damaged, end);
      stream = read(log.read_stream("All", {.direction = Direction::Backwards, .from_end = true}));
      expect_named(stream.error, damaged, end);
      stream = read(log.read_stream("All", {.from = Revision{0}, .direction = Direction::Backwards}));
      EXPECT_EQ(stream.positions, count(0, std::min<std::uint64_t>(end, 1)));
      EXPECT_TRUE(log.chain_at(log.end()));

      const auto answer = append(log, "All", "");
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, ErrorCode::ReadOnly) << answer.error().message;
      EXPECT_NE(answer.error().message.find(told->message), std::string::npos) << answer.error().message;
      EXPECT_FALSE(log.wait_past({end}, std::chrono::steady_clock::now() + std::chrono::milliseconds(1)));
      EXPECT_TRUE((*opened)->close());
      opened->reset();
      EXPECT_EQ(checksums(), before) << "nothing may be cut or written";
    }
  }

  sim::FaultyDisk disk;
  std::string warnings;
};

TEST_F(DamagedStores, in_the_last_segment_are_served_up_to_the_damage) {
  flip(9);
  expect_served_up_to(9, 3);
}

TEST_F(DamagedStores, whose_last_segment_was_cut_short_are_served_up_to_there) {
  disk.cut_file(segment(3), disk.cached(segment(3))->find(std::string(900, 'k')));
  expect_served_up_to(10, 3);
}

TEST_F(DamagedStores, whose_last_segment_is_missing_are_served_up_to_it) {
  disk.erase(segment(3));
  expect_served_up_to(8, 2);
}

TEST_F(DamagedStores, whose_last_segment_has_a_damaged_header_are_served_up_to_it) {
  disk.flip(segment(3), 50, 0);
  expect_served_up_to(8, 3);
}

TEST_F(DamagedStores, in_a_sealed_segment_without_an_index_are_served_up_to_the_damage) {
  flip(5);
  disk.erase(index(2));
  expect_served_up_to(5, 2);
}

TEST_F(DamagedStores, in_a_sealed_segment_whose_index_is_damaged_too_are_served_up_to_the_damage) {
  flip(5);
  disk.flip(index(2), 40, 0);
  expect_served_up_to(5, 2);
}

TEST_F(DamagedStores, in_the_first_segment_are_served_up_to_the_damage) {
  flip(0);
  disk.erase(index(1));
  expect_served_up_to(0, 1);
}

TEST_F(DamagedStores, in_two_places_are_served_up_to_the_first) {
  flip(9);
  flip(2);
  disk.erase(index(1));
  expect_served_up_to(2, 1);
}

TEST_F(DamagedStores, that_miss_a_segment_in_the_middle_are_served_up_to_it) {
  disk.erase(segment(2));
  expect_served_up_to(4, 2);
}

TEST_F(DamagedStores, whose_middle_segment_was_cut_short_are_served_up_to_there) {
  disk.cut_file(segment(2), disk.cached(segment(2))->find(std::string(900, 'f')));
  expect_served_up_to(5, 2);
}

TEST_F(DamagedStores, whose_middle_segment_was_cut_short_and_has_no_index_are_served_up_to_there) {
  disk.cut_file(segment(2), disk.cached(segment(2))->find(std::string(900, 'f')));
  disk.erase(index(2));
  expect_served_up_to(5, 2);
}

// Which events a sealed segment has is known from its index: only who reads the damaged one meets the damage.
TEST_F(DamagedStores, in_a_sealed_segment_with_its_index_serve_all_but_the_damaged_event) {
  flip(5);
  for (const bool writer : {false, true}) {
    SCOPED_TRACE(writer ? "to write" : "to follow");
    auto opened = open(writer);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_FALSE((*opened)->recovery().damage);
    auto& log = (*opened)->log();
    EXPECT_EQ(log.end(), Position{kEvents});
    auto all = read(log.read({}));
    EXPECT_EQ(all.positions, count(0, 5));
    expect_named(all.error, 2, 5);
    all = read(log.read({.from = Position{6}}));
    EXPECT_EQ(all.positions, count(6, kEvents));
    EXPECT_FALSE(all.error);
    all = read(log.read_stream("All", {}));
    EXPECT_EQ(all.positions, count(0, kEvents, 2)) << "it has no event that is damaged";
    EXPECT_FALSE(all.error);
    all = read(log.read_stream("Own-1", {}));
    EXPECT_TRUE(all.positions.empty());
    expect_named(all.error, 2, 5);
  }
}

// A reader that was there before meets the damage when it comes to it.
TEST_F(DamagedStores, are_no_quiet_end_for_who_follows_them) {
  auto opened = open(false);
  ASSERT_TRUE(opened) << opened.error().message;
  auto& log = (*opened)->log();
  auto cursor = log.read({.from = log.end()});
  ASSERT_TRUE(cursor);
  const auto none = (*cursor)->next();
  ASSERT_TRUE(none && !*none);
  write(2, 16u << 20);
  flip(13);
  const auto sound = (*cursor)->next();
  const auto damaged = sound && *sound ? (*cursor)->next() : sound;
  ASSERT_FALSE(damaged);
  expect_named(damaged.error(), 4, 13);
}

TEST_F(DamagedStores, open_as_a_Store_that_says_so) {
  flip(9);
  std::string name = (std::filesystem::temp_directory_path() / "daybook-damaged-XXXXXX").string();
  ASSERT_TRUE(::mkdtemp(name.data()));
  std::filesystem::create_directories(name + "/store/log");
  for (const auto& path : {std::string("store/STORE"), std::string("store/mark"), segment(1), segment(2), segment(3)})
    std::ofstream(name + "/" + path, std::ios::binary) << disk.cached(path).value();
  for (const bool read_only : {true, false}) {
    std::optional<Error> damage;
    StoreOptions options;
    options.read_only = read_only;
    options.on_opened = [&](const OpeningReport& opened) { damage = opened.damage; };
    const auto store = daybook::open(name + "/store", std::move(options));
    EXPECT_TRUE(store) << store.error().message;
    expect_named(damage, 3, 9);
  }
  std::filesystem::remove_all(name);
}

}  // namespace
}  // namespace daybook::runtime
