// What every EventLog whose history can be cut must do below the cut: HistoryCut with the first position that is left,
// never what remains as if it were all.
//
//     INSTANTIATE_TEST_SUITE_P(Directory, CutEventLogContract, testing::Values(&make_bed), …);
#pragma once

#include "log_bed.hpp"

namespace daybook::contract {

class CutLogBed : public LogBed {
 public:
  // Deletes history before a position at or below `most`, as near to it as this log can. The log is open again then.
  virtual void cut(Position most) = 0;
};

class CutEventLogContract : public LogContract<CutLogBed> {
 protected:
  // Old-1 has its three events below the cut, All one in three events, each New-N its one after all of these.
  void SetUp() override {
    for (std::uint64_t second = 0; second < 60; ++second) {
      clock_.set(kStart + static_cast<std::int64_t>(second));
      ASSERT_TRUE(add(second < 3 ? "Old-1" : second % 3 == 0 ? "All" : "Rest", "X"));
    }
    bed_->cut({40});
    begin = log().begin();
    ASSERT_GT(begin, Position{4});
    ASSERT_LE(begin, Position{40});
    ASSERT_EQ(log().end(), Position{60});
    ASSERT_TRUE(add("New-1", "X"));
  }

  // What a read comes to: how many events, and the error it ends with.
  struct Ended {
    std::size_t events = 0;
    std::optional<Error> error{};
  };
  static Ended ended(const Result<std::unique_ptr<Cursor>>& cursor) {
    if (!cursor) return {0, cursor.error()};
    for (Ended so_far;; ++so_far.events) {
      const auto event = (*cursor)->next();
      if (!event) return {so_far.events, event.error()};
      if (!*event) return so_far;
    }
  }
  void expect_cut(const Ended& end, std::size_t events) {
    EXPECT_EQ(end.events, events);
    ASSERT_TRUE(end.error) << "it ended as if there had been no more";
    EXPECT_EQ(end.error->code, ErrorCode::HistoryCut) << end.error->message;
    EXPECT_EQ(end.error->position, begin);
  }
  // Events of All, of which event n stands at position 3 (n + 1), at or after the cut.
  std::uint64_t first_left_of_all() const { return (begin.value + 2) / 3 - 1; }

  static constexpr std::int64_t kStart = 10'000;
  Position begin;
};

TEST_P(CutEventLogContract, the_log_reads_from_the_cut_on_and_not_from_before_it) {
  EXPECT_EQ(ended(log().read({.from = begin})).events, 61 - begin.value);
  expect_cut(ended(log().read({})), 0);
  expect_cut(ended(log().read({.from = {begin.value - 1}})), 0);
}

TEST_P(CutEventLogContract, backwards_the_log_ends_at_the_cut_in_an_error) {
  expect_cut(ended(log().read({.direction = Direction::Backwards, .from_end = true})), 61 - begin.value);
  expect_cut(ended(log().read({.from = begin, .direction = Direction::Backwards})), 1);
  expect_cut(ended(log().read({.from = {begin.value - 1}, .direction = Direction::Backwards})), 0);
  expect_cut(ended(log().read({.direction = Direction::Backwards, .from_end = true, .until = begin})), 0);
  expect_cut(ended(log().read({.direction = Direction::Backwards, .from_end = true, .filter = {{{.types = {"Y"}}}}})),
             0);
}

TEST_P(CutEventLogContract, a_stream_reads_from_its_first_revision_left_and_not_from_before_it) {
  const auto left = first_left_of_all();
  EXPECT_EQ(ended(log().read_stream("All", {.from = {left}})).events, 19 - left);
  EXPECT_FALSE(ended(log().read_stream("All", {.from = {left}})).error);
  expect_cut(ended(log().read_stream("All", {})), 0);
  expect_cut(ended(log().read_stream("All", {.from = {left - 1}})), 0);
  expect_cut(ended(log().read_stream("Old-1", {})), 0);
  EXPECT_FALSE(ended(log().read_stream("Old-1", {.from = {3}})).error) << "what comes next in it is known";
}

TEST_P(CutEventLogContract, backwards_a_stream_ends_in_an_error_unless_its_first_revision_was_read) {
  const auto left = first_left_of_all();
  const auto backwards = [&](std::string_view stream, std::optional<Revision> from = {}) {
    return ended(log().read_stream(
        stream, {.from = from.value_or(Revision{}), .direction = Direction::Backwards, .from_end = !from}));
  };
  expect_cut(backwards("All"), 19 - left);
  expect_cut(backwards("All", Revision{left}), 1);
  expect_cut(backwards("All", Revision{left - 1}), 0);
  expect_cut(backwards("Old-1"), 0);
  expect_cut(backwards("Old-1", Revision{1}), 0);
  expect_cut(backwards("Old-1", Revision{7}), 0);
  EXPECT_EQ(backwards("New-1").events, 1u);
  EXPECT_FALSE(backwards("New-1").error);
  EXPECT_EQ(backwards("Never").events, 0u);
  EXPECT_FALSE(backwards("Never").error);
}

TEST_P(CutEventLogContract, streams_keep_their_last_revisions) {
  EXPECT_EQ(log().head("Old-1").value()->revision, Revision{2});
  EXPECT_EQ(log().head("Old-1").value()->position, Position{2});
  EXPECT_EQ(code(add("Old-1", "X", Expect::none())), ErrorCode::Conflict);
  EXPECT_EQ(code(add("Old-1", "X", Expect::exactly({1}))), ErrorCode::Conflict);
  const auto next = add("Old-1", "X", Expect::exactly({2}));
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->revisions, std::vector<std::uint64_t>{3});
  expect_cut(ended(log().read_stream("Old-1", {.direction = Direction::Backwards, .from_end = true})), 1);
}

TEST_P(CutEventLogContract, the_end_at_a_time_before_the_cut_is_not_known) {
  const auto at = [&](std::uint64_t position) {  // when the event there was recorded
    return log().end_at(Time{std::chrono::seconds(kStart + static_cast<std::int64_t>(position))});
  };
  EXPECT_EQ(at(58).value(), Position{59});
  EXPECT_EQ(at(begin.value).value(), begin.next());
  EXPECT_EQ(at(begin.value - 1).value(), begin) << "all that was recorded by then was deleted, and nothing else";
  for (const auto position : {begin.value - 2, std::uint64_t{0}}) {
    ASSERT_FALSE(at(position)) << position;
    EXPECT_EQ(at(position).error().code, ErrorCode::HistoryCut);
    EXPECT_EQ(at(position).error().position, begin);
  }
}

TEST_P(CutEventLogContract, the_chain_is_known_from_the_cut_on) {
  EXPECT_TRUE(log().chain_at(begin));
  EXPECT_TRUE(log().chain_at({60}));
  ASSERT_FALSE(log().chain_at({begin.value - 1}));
  EXPECT_EQ(log().chain_at({begin.value - 1}).error().code, ErrorCode::HistoryCut);
  EXPECT_EQ(log().chain_at({begin.value - 1}).error().position, begin);
}

}  // namespace daybook::contract
