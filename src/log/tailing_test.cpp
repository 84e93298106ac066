// What following a log costs: an idle or growing tail looks only at what has come since.
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "journal/format.hpp"
#include "log/cursor.hpp"
#include "log/record.hpp"
#include "log/test_log.hpp"
#include "simulation/mutation.hpp"

namespace daybook::log {
namespace {

class Tailing : public MemoryLogTest {
 protected:
  static constexpr std::size_t kEvents = 500;

  Tailing() : MemoryLogTest(1u << 20) {
    const auto segment = log->catalog().segments()->back();
    index = std::make_shared<CountingIndex>(segment.index);
    catalog.add({segment.place, index});
  }
  AskEnd end() const {
    return [this] { return ReadableEnd{log->end(), {}}; };
  }
  // Adds one event at a time, and reads it at once.
  void follow(Result<std::unique_ptr<Cursor>> cursor) {
    ASSERT_TRUE(cursor) << cursor.error().message;
    for (std::size_t i = 0; i < kEvents; ++i) {
      ASSERT_TRUE(add("Account-1", "Paid", {}, {"owner:1"}));
      const auto event = (*cursor)->next();
      ASSERT_TRUE(event) << event.error().message;
      ASSERT_TRUE(*event);
      EXPECT_EQ((*event)->revision, Revision{i});
      EXPECT_EQ(*(*cursor)->next(), nullptr);
    }
  }

  std::shared_ptr<CountingIndex> index;
  Catalog catalog{journal};
};

TEST_F(Tailing, a_filtered_tail_is_handed_each_event_once_for_each_term) {
  follow(make_log_cursor(catalog, end(), {.filter = {{{.categories = {"Account"}, .tags = {"owner:1"}}}}}));
  EXPECT_EQ(index->handed_out, 2 * kEvents);
}

TEST_F(Tailing, a_tail_of_a_stream_is_handed_each_event_once) {
  follow(make_stream_cursor(catalog, end(), "Account-1", {}));
  EXPECT_EQ(index->handed_out, kEvents);
}

TEST_F(Tailing, the_newest_of_a_long_stream_are_read_without_a_list_of_all) {
  for (std::size_t i = 0; i < kEvents; ++i) ASSERT_TRUE(add("Account-1", "Paid"));
  for (const std::uint64_t newest : {kEvents - 1, kEvents / 2}) {
    index->handed_out = 0;
    auto cursor = make_stream_cursor(
        catalog, end(), "Account-1",
        {.from = Revision{newest}, .direction = Direction::Backwards, .from_end = newest + 1 == kEvents});
    ASSERT_TRUE(cursor);
    for (auto revision = newest + 1; revision-- > 0;) {
      const auto event = (*cursor)->next();
      ASSERT_TRUE(event) << event.error().message;
      ASSERT_TRUE(*event) << revision;
      ASSERT_EQ((*event)->revision, Revision{revision});
      if (newest - revision == 9) {
        EXPECT_LT(index->handed_out, 100u);
      }
    }
    EXPECT_EQ(*(*cursor)->next(), nullptr);
    EXPECT_LT(index->handed_out, newest + 20) << "each event once, and where each block begins";
  }
}

TEST_F(Tailing, whether_anything_matches_is_answered_without_a_list_of_what_does) {
  for (std::size_t i = 0; i < kEvents; ++i) ASSERT_TRUE(add("Account-1", "Paid", {}, {"owner:1"}));
  EXPECT_TRUE(*catalog.any_match({{{.types = {"Paid"}, .tags = {"owner:1"}}}}, {}, log->end()));
  EXPECT_FALSE(*catalog.any_match({{{.types = {"Paid"}, .tags = {"owner:2"}}}}, {}, log->end()));
  EXPECT_EQ(index->handed_out, 0u);
}

TEST_F(Tailing, a_stream_followed_from_a_revision_to_come_leaves_out_those_before_it) {
  auto cursor = make_stream_cursor(catalog, end(), "Account-1", {.from = Revision{3}});
  ASSERT_TRUE(cursor);
  for (std::uint64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(add("Account-1", "Paid"));
    const auto event = (*cursor)->next();
    ASSERT_TRUE(event) << event.error().message;
    ASSERT_EQ(*event != nullptr, i >= 3);
    if (*event) {
      EXPECT_EQ((*event)->revision, Revision{i});
    }
  }
}

// Nobody looks now and then whether something has come.
TEST(IdleTail, sleeps_until_it_is_woken_or_at_its_deadline) {
  struct Slept final : simulation::WatchedJournal {
    using WatchedJournal::WatchedJournal;
    void wait_past(Position, std::chrono::steady_clock::time_point deadline) const override {
      deadlines.push_back(deadline);
      meanwhile();
    }
    mutable std::vector<std::chrono::steady_clock::time_point> deadlines;
    std::function<void()> meanwhile;
  };
  sim::SteppingClock clock;
  journal::Memory memory(LogId{Uuid{{7}}});
  Slept journal(memory, simulation::Mutation::None, [] {});
  const auto tail = memory.tail();
  auto log = std::move(*Log::for_writer(journal, {}, clock,
                                        {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr}, {}));
  journal.meanwhile = [&] {
    const NewEvent event{.stream = "A", .type = "X"};
    ASSERT_TRUE(append_now(*log, {.events = {&event, 1}}));
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  EXPECT_TRUE(log->wait_past({0}, deadline));
  EXPECT_EQ(journal.deadlines, std::vector{deadline});
}

class Following : public testing::Test {
 protected:
  // The bytes of a record as a writer would place it.
  static std::string record(std::uint64_t position, std::uint64_t revision) {
    std::string bytes;
    append_record({.stream = "A", .type = "X"}, bytes);
    place(std::as_writable_bytes(std::span(bytes)).data(), {{position}, {revision}, Time{}});
    return bytes;
  }
  // Makes these records the log's first group, as a writer of any version might have.
  void write(const std::vector<std::string>& records) {
    journal::GroupHeader header{.events = static_cast<std::uint32_t>(records.size()), .epoch = journal.epoch()};
    std::string body;
    for (const auto& record : records) {
      const auto digest = base::checksum(record);
      header.chain_after = {base::chained(header.chain_after.value, digest)};
      body += std::string(reinterpret_cast<const char*>(&digest), sizeof(digest)) + record;
    }
    header.body_bytes = body.size();
    const std::vector<std::uint32_t> batches{header.events};
    const auto bytes = std::string(base::as_text(encode(header, batches, journal::group_seed(journal.secret())))) +
                       body + std::string(base::as_text(std::as_bytes(std::span(batches))));
    ASSERT_TRUE(journal.write(journal::kSegmentHeaderBytes, base::as_bytes(bytes)));
    ASSERT_TRUE(journal.sync());
    journal.publish(header.end());
  }
  // Looks twice, which must find the same.
  Error look() {
    const auto first = log->read({})->get()->next(), second = log->read({})->get()->next();
    if (first || second) return {ErrorCode::InvalidArgument, "it was read", {}};
    EXPECT_EQ(first.error(), second.error()) << first.error().message << "\n" << second.error().message;
    EXPECT_EQ(log->catalog().segments()->back().index->events(), 0u)
        << "nothing of a group that can not be read is taken";
    return first.error();
  }

  journal::Memory journal{LogId{Uuid{{7}}}};
  const std::unique_ptr<Log> log = std::move(*Log::for_reader(journal, {}, [] { return Status{}; }, {}));
};

TEST_F(Following, a_record_of_a_later_version_is_told_as_that_however_often_it_is_looked_at) {
  constexpr std::size_t kContentTypeLow = 70;
  auto later = record(1, 1);
  later[kContentTypeLow] = 9;
  write({record(0, 0), later});
  const auto error = look();
  EXPECT_EQ(error.code, ErrorCode::UnsupportedVersion);
  EXPECT_NE(error.message.find("content type 9"), std::string::npos) << error.message;
}

TEST_F(Following, a_record_that_continues_no_stream_is_told_as_that_however_often_it_is_looked_at) {
  write({record(0, 0), record(1, 5)});
  const auto error = look();
  EXPECT_EQ(error.code, ErrorCode::Damage);
  EXPECT_NE(error.message.find("says that it is revision 5 of its stream"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace daybook::log
