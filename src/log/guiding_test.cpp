// Guides while the log is in use: made, found again, damaged, made anew, taken over from the writer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/test_followed.hpp"

namespace daybook::log {
namespace {

class Guiding : public WrittenAndFollowed {
 protected:
  static auto says(const std::string& what) { return testing::Field(&Error::message, testing::HasSubstr(what)); }
  // Two lasting streams, and one of each event's own.
  Status append_one() {
    const auto stream =
        appended % 3 == 2 ? "Order-" + std::to_string(appended) : "Account-" + std::to_string(appended % 3);
    const std::string data(300, 'x');
    const auto tag = "day:" + std::to_string(appended / 50);
    const std::string_view tags[] = {tag};
    const NewEvent event{.stream = stream, .type = "Paid", .data = data, .tags = tags};
    const auto done = append_now(*writer, {.events = {&event, 1}});
    appended += done.has_value();
    return done ? Status{} : std::unexpected(done.error());
  }
  void append_until(std::size_t segments) {
    while (journal->segments().size() < segments) ASSERT_TRUE(append_one());
  }
  void tend() {
    while (*writer->seal_some()) continue;
    while (*writer->guide_some()) continue;
  }
  // Whether it answers as a reader does that has no guides.
  void expect_alike(const Log& log) {
    open_reader(false);
    ASSERT_EQ(reader->memory().guides, 0u);
    std::vector<std::string> streams{"Account-0", "Account-1", "Nobody-1"};
    for (std::uint64_t i = 2; i < appended; i += 30) streams.push_back("Order-" + std::to_string(i));
    for (const auto& stream : streams) {
      const auto head = log.head(stream), expected = reader->head(stream);
      ASSERT_TRUE(head && expected);
      ASSERT_EQ(head->has_value(), stream != "Nobody-1");
      ASSERT_EQ(head->has_value(), expected->has_value());
      if (*head) {
        EXPECT_EQ((*head)->revision, (*expected)->revision) << stream;
        EXPECT_EQ((*head)->position, (*expected)->position) << stream;
      }
      for (const auto& how : {ReadStream{}, ReadStream{.from = Revision{7}}, ReadStream{.until = Position{20}},
                              ReadStream{.direction = Direction::Backwards, .from_end = true},
                              ReadStream{.from = Revision{9}, .direction = Direction::Backwards}})
        EXPECT_EQ(rest(log.read_stream(stream, how)), rest(reader->read_stream(stream, how))) << stream;
    }
    for (const auto& filter :
         {Query{{{.tags = {"day:3"}}}}, Query{{{.tags = {"never"}}}}, Query{{{.types = {"Paid"}, .tags = {"day:0"}}}},
          Query{{{.categories = {"Order"}}}}, Query{}})
      for (const auto direction : {Direction::Forwards, Direction::Backwards})
        for (const std::uint64_t from : {0, 60, 1'000}) {
          const ReadLog how{.from = Position{from}, .direction = direction, .filter = filter};
          EXPECT_EQ(rest(log.read(how)), rest(reader->read(how)));
        }
    reader.reset();
  }
};

const std::string kGuide = "store/log/000000000016.guide1";

TEST_F(Guiding, a_log_with_guides_answers_as_one_without) {
  append_until(40);
  expect_alike(*writer);
  tend();
  EXPECT_EQ(writer->memory().guides, 2u);
  EXPECT_TRUE(disk.cached(kGuide));
  expect_alike(*writer);
  open_writer();
  EXPECT_EQ(writer->memory().guides, 2u);
  EXPECT_FALSE(*writer->guide_some());
  expect_alike(*writer);
  EXPECT_THAT(warnings, testing::IsEmpty());
}

TEST_F(Guiding, a_log_of_very_many_segments_has_guides_over_guides) {
  append_until(260);
  tend();
  EXPECT_EQ(writer->memory().guides, 17u);
  expect_alike(*writer);
}

// Who appends asks too: for the next revision, for what was expected, and for what must not have come.
TEST_F(Guiding, conditions_are_checked_alike) {
  append_until(40);
  tend();
  const auto append = [&](const std::string& stream, Expect expect, const std::string& none_tagged) {
    const NewEvent event{.stream = stream, .type = "Paid"};
    const StreamCondition condition{.stream = stream, .expect = expect};
    const Query query{{{.tags = {none_tagged}}}};
    return append_now(*writer,
                      {.events = {&event, 1}, .conditions = {&condition, 1}, .none_matching = {&query, Position{0}}});
  };
  EXPECT_EQ(append("Order-2", Expect::none(), "never").error().code, ErrorCode::Conflict);
  EXPECT_EQ(append("Order-5", Expect::exactly(Revision{0}), "day:0").error().code, ErrorCode::Conflict);
  EXPECT_TRUE(append("Order-5", Expect::exactly(Revision{0}), "never"));
  EXPECT_TRUE(append("New-1", Expect::none(), "never"));
  EXPECT_EQ(writer->head("Order-5")->value().revision, Revision{1});
  EXPECT_EQ(writer->head("New-1")->value().revision, Revision{0});
}

TEST_F(Guiding, a_damaged_guide_costs_time_only_and_is_made_anew) {
  append_until(40);
  tend();
  const auto sound = disk.cached(kGuide);
  open_writer();
  disk.flip(kGuide, 200, 3);
  expect_alike(*writer);
  EXPECT_THAT(warnings, testing::IsEmpty());
  tend();
  EXPECT_THAT(warnings, testing::ElementsAre(says("000000000016.guide1")));
  EXPECT_EQ(disk.cached(kGuide), sound);
  expect_alike(*writer);
  EXPECT_FALSE(*writer->guide_some());
}

TEST_F(Guiding, a_guide_that_can_not_be_opened_or_is_another_is_made_anew) {
  append_until(40);
  tend();
  const auto sound = disk.cached(kGuide);
  for (const auto& wrong : {std::string("nonsense"), *disk.cached("store/log/000000000032.guide1"),
                            of_next_version(*disk.cached(kGuide), 120)}) {
    disk.put(kGuide, wrong);
    warnings.clear();
    open_writer();
    EXPECT_THAT(warnings, testing::ElementsAre(says("000000000016.guide1")));
    EXPECT_EQ(writer->memory().guides, 1u);
    expect_alike(*writer);
    tend();
    EXPECT_EQ(disk.cached(kGuide), sound);
    EXPECT_EQ(writer->memory().guides, 2u);
  }
}

TEST_F(Guiding, a_guide_that_can_not_be_written_is_made_another_time) {
  append_until(20);
  while (*writer->seal_some()) continue;
  disk.inject({.on = sim::Operation::Sync, .path = kGuide + ".new"});
  EXPECT_FALSE(writer->guide_some());
  EXPECT_FALSE(disk.cached(kGuide + ".new"));
  expect_alike(*writer);
  tend();
  EXPECT_EQ(writer->memory().guides, 1u);
  expect_alike(*writer);
}

// An index that is made anew has the same keys, so a guide over it stays good.
TEST_F(Guiding, a_guide_outlives_damage_to_an_index_below_it) {
  append_until(40);
  tend();
  open_writer();
  disk.flip("store/log/000000000003.idx", 400, 3);
  expect_alike(*writer);
  EXPECT_EQ(writer->memory().guides, 2u);
  EXPECT_FALSE(*writer->guide_some());
}

TEST_F(Guiding, an_index_that_is_damaged_while_a_guide_is_made_of_it_is_made_anew) {
  append_until(20);
  while (*writer->seal_some()) continue;
  open_writer();
  disk.flip("store/log/000000000003.idx", 400, 3);
  tend();
  EXPECT_EQ(writer->memory().guides, 1u);
  EXPECT_THAT(warnings, testing::ElementsAre(says("000000000003.idx")));
  expect_alike(*writer);
}

TEST_F(Guiding, a_write_that_fails_forgets_no_guide) {
  append_until(33);
  tend();
  const auto& segments = journal->segments();
  disk.inject({.on = sim::Operation::Write, .path = journal->path_of(journal::segment_name(segments.back().number))});
  EXPECT_FALSE(append_one());
  EXPECT_EQ(writer->memory().guides, 2u);
  ASSERT_TRUE(append_one());
  expect_alike(*writer);
}

TEST_F(Guiding, a_reader_takes_over_the_guides_that_the_writer_makes) {
  open_reader();
  append_until(20);
  ASSERT_EQ(reader->end(), Position{appended});
  tend();
  EXPECT_EQ(reader->memory().guides, 0u);
  append_until(21);
  ASSERT_TRUE(append_one());
  ASSERT_EQ(reader->end(), Position{appended});
  EXPECT_EQ(reader->memory().guides, 1u);
  EXPECT_FALSE(*reader->guide_some()) << "it makes none";
  open_reader();
  EXPECT_EQ(reader->memory().guides, 1u);
}

}  // namespace
}  // namespace daybook::log
