// The log over a journal in memory, one call after the other: what the contract of event logs cannot see.
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "journal/format.hpp"
#include "log/record_reader.hpp"
#include "log/test_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::log {
namespace {

class LogInSteps : public MemoryLogTest {};

TEST_F(LogInSteps, goes_on_over_many_segments_and_reopenings) {
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(add("Account-" + std::to_string(i % 3), "Paid", std::string(200, 'x'), {"k:v"}));
    expected.push_back(std::to_string(i) + " Account-" + std::to_string(i % 3) + "@" + std::to_string(i / 3) +
                       " Paid #k:v " + std::string(200, 'x'));
    if (i % 30 == 29) open();
  }
  EXPECT_GT(journal.segments().size(), 5u);
  EXPECT_EQ(rest(log->read({})), expected);
  EXPECT_EQ(log->head("Account-0").value()->revision, Revision{33});
}

TEST_F(LogInSteps, what_reads_otherwise_than_the_journal_found_it_is_damage_and_no_crash) {
  ASSERT_TRUE(add("A", "X"));
  log.reset();
  journal.reopen();
  auto tail = journal.tail();
  tail.chain.value ^= 1;
  const auto opened = Log::for_writer(
      journal, {}, clock, {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr}, {.uuid_seed = 1});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE((*opened)->sequencer());
  ASSERT_TRUE((*opened)->damage());
  EXPECT_EQ((*opened)->damage()->code, ErrorCode::Damage);
  EXPECT_NE((*opened)->damage()->message.find("log/000000000001.seg"), std::string::npos);
}

TEST_F(LogInSteps, a_record_with_an_impossible_size_is_not_made_room_for) {
  ASSERT_TRUE(add("A", "X", "data"));
  struct Flipped final : Journal {
    const Journal& inner;
    std::uint64_t size_at = journal::kSegmentHeaderBytes + journal::kGroupHeaderBytes + journal::kFrameBytes;
    explicit Flipped(const Journal& j) : inner(j) {}
    LogId log() const override { return inner.log(); }
    Secret secret() const override { return inner.secret(); }
    std::uint64_t epoch() const override { return inner.epoch(); }
    std::vector<Segment> segments() const override { return inner.segments(); }
    Result<std::size_t> read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const override {
      EXPECT_LE(into.size(), 10u << 20);
      auto got = inner.read(segment, offset, into);
      if (got && offset <= size_at && size_at + 4 <= offset + *got)
        base::store(into.data() + (size_at - offset), std::uint32_t{1} << 29);
      return got;
    }
    Position durable() const override { return inner.durable(); }
    void wait_past(Position, std::chrono::steady_clock::time_point) const override {}
    void wake() const override {}
    Status begin_segment(const Segment&) override { return {}; }
    Status write(std::uint64_t, std::span<const std::byte>) override { return {}; }
    void unwrite(std::uint64_t) override {}
    Status sync() override { return {}; }
    void publish(Position) override {}
    Status close(Position, Chain, Time) override { return {}; }
  } flipped(journal);
  RecordReader reader(flipped);
  const auto read = reader.read(1, {journal::kSegmentHeaderBytes + journal::kGroupHeaderBytes, 0}, Position{0});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::Damage);
  EXPECT_NE(read.error().message.find("has an impossible size"), std::string::npos) << read.error().message;
}

// A prepared file reads as zeros behind its end; a cursor that has read them ahead must not keep them.
TEST(LogInADirectory, a_cursor_at_the_end_sees_what_is_written_into_zeros_that_it_has_read) {
  sim::FaultyDisk disk;
  sim::SteppingClock clock;
  auto journal = std::move(*journal::Directory::open(disk, "store", {.segment_bytes = 1u << 20}, true));
  ASSERT_TRUE(journal->prepare_current());
  const auto& tail = journal->tail();
  auto log = std::move(*Log::for_writer(*journal, {}, clock,
                                        {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr}, {}));
  const NewEvent event{.stream = "A", .type = "X"};
  std::unique_ptr<Cursor> cursor;
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(append_now(*log, {.events = {&event, 1}}));
    if (!cursor) cursor = std::move(*log->read({}));
    const auto next = cursor->next();
    ASSERT_TRUE(next) << next.error().message;
    ASSERT_TRUE(*next);
    EXPECT_EQ((*next)->position, Position{i});
    EXPECT_FALSE(*cursor->next());
  }
}

TEST_F(LogInSteps, the_end_at_any_time_is_never_past_what_is_durable) {
  for (int i = 0; i < 40; ++i) {
    const std::string data(300, 'x');
    const NewEvent event{.stream = "A", .type = "X", .data = data};
    log->append({.events = {&event, 1}}, [](Result<Appended>) {});
    log->sequencer()->drain(SIZE_MAX);  // in the next segment, perhaps, and not durable
    EXPECT_EQ(log->end_at(clock.now() + std::chrono::hours(1)).value(), log->end());
    auto group = log->sequencer()->take_group();
    log->sequencer()->commit(*group);
    log->sequencer()->complete(std::move(group));
  }
}

TEST_F(LogInSteps, nothing_is_visible_while_it_is_only_prepared) {
  const NewEvent event{.stream = "A", .type = "X"};
  bool answered = false;
  log->append({.events = {&event, 1}}, [&](Result<Appended> r) { answered = r.has_value(); });
  log->sequencer()->drain(SIZE_MAX);
  EXPECT_EQ(log->head("A").value(), std::nullopt);
  EXPECT_TRUE(rest(log->read({})).empty());
  EXPECT_TRUE(rest(log->read_stream("A", {})).empty());
  auto group = log->sequencer()->take_group();
  EXPECT_TRUE(rest(log->read({})).empty());
  log->sequencer()->commit(*group);
  EXPECT_FALSE(answered);
  EXPECT_EQ(rest(log->read({})).size(), 1u);
  log->sequencer()->complete(std::move(group));
  EXPECT_TRUE(answered);
}

// The stream that is not written to stands first among the conditions, and has moved on.
TEST_F(LogInSteps, a_forgotten_repeat_is_known_by_its_revision_whichever_condition_fails_first) {
  log.reset();
  journal.reopen();
  const auto tail = journal.tail();
  log = std::move(*Log::for_writer(journal, {}, clock,
                                   {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                                   {.remembered_ids = 3, .uuid_seed = 1}));
  ASSERT_TRUE(add("Rates", "Set"));
  const NewEvent paid{.stream = "A", .type = "Paid", .id = Uuid{{1}}};
  const StreamCondition conditions[] = {{"Rates", Expect::exactly({0})}, {"A", Expect::none()}};
  ASSERT_TRUE(append_now(*log, {.events = {&paid, 1}, .conditions = conditions}));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(add("Rates", "Set"));
  const auto again = append_now(*log, {.events = {&paid, 1}, .conditions = conditions});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->first, Position{1});
}

TEST_F(LogInSteps, a_clock_that_steps_back_is_held_and_said_once_a_step) {
  using std::chrono::seconds;
  const auto recorded = [&] {
    auto cursor = log->read({.direction = Direction::Backwards, .from_end = true});
    return (*(*cursor)->next())->recorded;
  };
  const auto began = clock.now();
  const auto add_after = [&](seconds passed) {
    clock.advance(passed);
    ASSERT_TRUE(add("A", "X"));
  };
  add_after(seconds(0));
  EXPECT_TRUE(warnings.empty());
  add_after(-seconds(5));
  EXPECT_EQ(recorded(), began);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, ErrorCode::ClockStepped);
  EXPECT_NE(warnings[0].message.find("stepped back by 5.000 s"), std::string::npos) << warnings[0].message;
  add_after(seconds(0));
  add_after(seconds(3));
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_EQ(recorded(), began);
  add_after(-seconds(1));  // once more, before it has caught up
  EXPECT_EQ(warnings.size(), 2u);
  add_after(seconds(10));
  EXPECT_EQ(recorded(), clock.now());
  EXPECT_EQ(warnings.size(), 2u);
  open();  // and while nobody had the log open
  clock.advance(-seconds(60));
  open();
  add_after(seconds(0));
  EXPECT_EQ(warnings.size(), 3u);
}

TEST_F(LogInSteps, streams_that_a_batch_begins_are_counted_however_they_alternate) {
  ASSERT_TRUE(add("B", "X"));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(add("Other", "X", std::string(300, 'x')));  // B is in an older segment
  std::vector<NewEvent> events;
  for (const auto* stream : {"C", "B", "A", "B", "B", "Other", "C", "A"})
    events.push_back({.stream = stream, .type = "Y"});
  std::vector<std::uint64_t> revisions;
  log->append({.events = events}, [&](Result<Appended> r) {
    for (const auto revision : r->revisions) revisions.push_back(revision.value);
  });
  log->sequencer()->drain(SIZE_MAX);
  auto group = log->sequencer()->take_group();
  log->sequencer()->commit(*group);
  log->sequencer()->complete(std::move(group));
  EXPECT_EQ(revisions, (std::vector<std::uint64_t>{0, 1, 0, 2, 3, 40, 1, 1}));
}

TEST_F(LogInSteps, conditions_take_room_in_the_queue) {
  log.reset();
  journal.reopen();
  const auto tail = journal.tail();
  log = std::move(*Log::for_writer(journal, {}, clock,
                                   {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                                   {.limits = {.queue_bytes = 2'000}, .uuid_seed = 1}));
  const NewEvent event{.stream = "A", .type = "X"};
  const std::string name(500, 'n');
  const StreamCondition condition{name, Expect::none()};
  const Query query{{{.tags = {name}}}};
  std::vector<ErrorCode> refused;
  const auto append = [&](const AppendRequest& request) {
    log->append(request, [&](Result<Appended> r) {
      if (!r) refused.push_back(r.error().code);
    });
  };
  for (int i = 0; i < 2; ++i) append({.events = {&event, 1}, .conditions = {&condition, 1}});
  EXPECT_TRUE(refused.empty());
  append({.events = {&event, 1}, .none_matching = {&query, {}}});
  EXPECT_EQ(refused, std::vector{ErrorCode::Overload});
  log->sequencer()->drain(SIZE_MAX);
  auto group = log->sequencer()->take_group();
  log->sequencer()->commit(*group);
  log->sequencer()->complete(std::move(group));
  append({.events = {&event, 1}, .none_matching = {&query, {}}});
  EXPECT_EQ(refused.size(), 1u);
}

TEST_F(LogInSteps, a_full_queue_pushes_back) {
  log.reset();
  journal.reopen();
  const auto tail = journal.tail();
  log = std::move(*Log::for_writer(journal, {}, clock,
                                   {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                                   {.limits = {.queue_bytes = 1'000}, .uuid_seed = 1}));
  const std::string data(300, 'x');
  const NewEvent event{.stream = "A", .type = "X", .data = data};
  std::vector<ErrorCode> refused;
  for (int i = 0; i < 4; ++i)
    log->append({.events = {&event, 1}}, [&](Result<Appended> r) {
      if (!r) refused.push_back(r.error().code);
    });
  EXPECT_EQ(refused, (std::vector{ErrorCode::Overload, ErrorCode::Overload}));
  log->sequencer()->drain(SIZE_MAX);
  auto group = log->sequencer()->take_group();
  log->sequencer()->commit(*group);
  log->sequencer()->complete(std::move(group));
  EXPECT_TRUE(add("A", "X"));
}

}  // namespace
}  // namespace daybook::log
