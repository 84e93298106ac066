// A log that stays open after a sync of its journal failed: it answers up to the durable position, and knows nothing of
// what lay beyond, whichever way it is asked.
#include <gmock/gmock.h>

#include "log/test_followed.hpp"

namespace daybook::log {
namespace {

class AfterAFailedSync : public WrittenAndFollowed {
 protected:
  static Uuid uuid(std::uint8_t n) {
    Uuid id{{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80}};
    id.bytes[15] = n;
    return id;
  }
  static NewEvent event(std::string_view stream, std::string_view type, std::span<const std::string_view> tags,
                        std::optional<Uuid> id) {
    return {.stream = stream, .type = type, .id = id, .tags = tags};
  }
  // Of this command; the answer, once somebody commits it.
  void append(std::vector<NewEvent> events, std::optional<Uuid> command = {}) {
    auto& answer = answers.emplace_back(std::make_unique<std::optional<Result<Appended>>>());
    writer->append({.events = events, .command_id = command}, [&told = *answer](Result<Appended> r) {
      if (r) r->revisions = {};
      told = std::move(r);
    });
  }
  void commit() {
    auto& sequencer = *writer->sequencer();
    sequencer.drain(SIZE_MAX);
    auto group = sequencer.take_group();
    ASSERT_TRUE(group);
    sequencer.commit(*group);
    append({event("Later-1", "Prepared", {}, uuid(9))});  // while that is under way
    sequencer.drain(SIZE_MAX);
    sequencer.complete(std::move(group));
    sequencer.fail_queued(sequencer.refusing().value_or(Error{ErrorCode::ReadOnly, "told by the test", {}}));
  }
  const std::optional<Result<Appended>>& told(std::size_t answer) const {
    EXPECT_TRUE(answers.at(answer)->has_value()) << "answer " << answer;
    return *answers[answer];
  }
  std::vector<std::string> matching(const Query& query, Direction direction = Direction::Forwards) const {
    return rest(writer->read({.direction = direction, .from_end = direction == Direction::Backwards, .filter = query}));
  }
  // Three events are durable, and three are not: in a stream that goes on and in one that begins, with a type and a tag
  // that the durable ones have, and with others.
  void lose(std::size_t filler_bytes = 0, std::uint64_t good_syncs = 0) {
    const std::string data(filler_bytes, 'x');
    const NewEvent filler{.stream = "Filler-1", .type = "Filled", .data = data};
    base_ = filler_bytes > 0;
    if (base_) {
      ASSERT_TRUE(append_now(*writer, {.events = {&filler, 1}}));
    }
    ASSERT_TRUE(append_now(*writer, {.events = std::vector{event("Account-1", "Paid", kOld, uuid(1)),
                                                           event("Account-2", "Paid", kOld, uuid(2))}}));
    const std::vector by_command{event("Account-1", "Closed", {}, {})};
    ASSERT_TRUE(append_now(*writer, {.events = by_command, .command_id = uuid(3)}));
    disk.inject({.on = sim::Operation::Sync, .path = ".seg", .skip = good_syncs});
    append({event("Account-1", "Paid", kOld, uuid(4)), event("New-1", "Lost", kNew, uuid(5))});
    append({event("New-2", "Lost", kNew, {})}, uuid(6));
    commit();
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_FALSE(*told(i)) << "answer " << i;
  }
  std::string line(std::uint64_t n, const std::string& what) const { return std::to_string(base_ + n) + " " + what; }
  void expect_only_what_is_durable() {
    const std::vector<std::string> durable{line(0, "Account-1@0 Paid #old"), line(1, "Account-2@0 Paid #old"),
                                           line(2, "Account-1@1 Closed")};
    using testing::ElementsAre;
    using testing::IsEmpty;
    while (*writer->seal_some()) continue;
    EXPECT_EQ(writer->end(), Position{base_ + 3});
    EXPECT_EQ(rest(writer->read({.from = {base_}})), durable);
    EXPECT_EQ(rest(writer->read({.direction = Direction::Backwards, .from_end = true})).front(), durable[2]);
    EXPECT_EQ(rest(writer->read({.from = {base_ + 3}})), std::vector<std::string>{});
    EXPECT_EQ(writer->head("Account-1").value()->revision, Revision{1});
    EXPECT_EQ(writer->head("Account-1").value()->position, Position{base_ + 2});
    for (const auto* lost : {"New-1", "New-2", "Later-1"}) {
      EXPECT_EQ(writer->head(lost).value(), std::nullopt) << lost;
      EXPECT_THAT(rest(writer->read_stream(lost, {})), IsEmpty()) << lost;
    }
    EXPECT_THAT(rest(writer->read_stream("Account-1", {})), ElementsAre(durable[0], durable[2]));
    EXPECT_THAT(rest(writer->read_stream("Account-1", {.direction = Direction::Backwards, .from_end = true})),
                ElementsAre(durable[2], durable[0]));
    EXPECT_THAT(rest(writer->read_stream("Account-1", {.from = Revision{2}})), IsEmpty());
    for (const auto& lost : {Query{{{.types = {"Lost"}}}}, Query{{{.types = {"Prepared"}}}}, Query{{{.tags = {"new"}}}},
                             Query{{{.categories = {"New"}}}}}) {
      EXPECT_THAT(matching(lost), IsEmpty());
      EXPECT_THAT(matching(lost, Direction::Backwards), IsEmpty());
    }
    EXPECT_THAT(matching({{{.types = {"Paid"}}}}), ElementsAre(durable[0], durable[1]));
    EXPECT_THAT(matching({{{.tags = {"old"}}}}, Direction::Backwards), ElementsAre(durable[1], durable[0]));
    EXPECT_TRUE(writer->find_command(uuid(3)).value());
    EXPECT_FALSE(writer->find_command(uuid(6)).value());
    EXPECT_TRUE(writer->chain_at({base_ + 3}));
    EXPECT_FALSE(writer->chain_at({base_ + 4}));
    EXPECT_EQ(writer->end_at(Time::max()).value(), Position{base_ + 3});
    const std::vector lost{event("New-1", "Lost", kNew, uuid(5))};
    const auto again = append_now(*writer, {.events = lost});
    if (again) {  // a new segment could not be made, and another one could
      EXPECT_FALSE(again->repeated) << "there is no first receipt";
      EXPECT_EQ(again->first, Position{base_ + 3});
    } else {
      EXPECT_EQ(again.error().code, ErrorCode::ReadOnly);
    }
  }

  static constexpr std::string_view kOld[] = {"old"}, kNew[] = {"new"};
  std::vector<std::unique_ptr<std::optional<Result<Appended>>>> answers;

 private:
  std::uint64_t base_ = 0;
};

TEST_F(AfterAFailedSync, nothing_beyond_the_durable_position_is_known_and_reads_go_on_up_to_it) {
  lose();
  EXPECT_EQ(told(0)->error().code, ErrorCode::OutcomeUnknown);
  EXPECT_EQ(told(1)->error().code, ErrorCode::OutcomeUnknown);
  EXPECT_EQ(told(2)->error().code, ErrorCode::ReadOnly) << "it was prepared, and never written";
  expect_only_what_is_durable();
  const std::vector durable{event("Account-1", "Paid", kOld, uuid(1))};
  EXPECT_EQ(append_now(*writer, {.events = durable}).error().code, ErrorCode::ReadOnly);
}

// An event before them has any size, so that the lost group is the first of a segment too; and it is the old segment's
// seal that was not synced, the new segment's header, or the group in it.
TEST_F(AfterAFailedSync, nor_of_a_segment_that_was_begun_for_it) {
  std::size_t beginning = 0, in_the_old = 0, in_the_new = 0;
  for (std::size_t size = 100; size <= 1'600; size += 100) {
    for (std::uint64_t good_syncs = 0; good_syncs <= 3; ++good_syncs) {
      SCOPED_TRACE(testing::Message() << size << " bytes, " << good_syncs << " good syncs");
      reader.reset(), writer.reset(), journal.reset();
      answers.clear();
      disk.~FaultyDisk();
      new (&disk) sim::FaultyDisk;
      open_writer();
      lose(size, good_syncs);
      if (HasFailure()) return;
      const bool begun = writer->catalog().segments()->back().place.first == Position{4};
      beginning += told(0)->error().code == ErrorCode::IoError;
      in_the_new += begun && told(0)->error().code == ErrorCode::OutcomeUnknown;
      in_the_old += !begun && told(0)->error().code == ErrorCode::OutcomeUnknown;
      expect_only_what_is_durable();
      if (told(0)->error().code == ErrorCode::OutcomeUnknown) break;  // no sync would come after that
    }
  }
  EXPECT_GT(beginning, 0u);
  EXPECT_GT(in_the_old, 0u);
  EXPECT_GT(in_the_new, 0u);
}

// The ids are forgotten with their events: what the next writer finds decides.
TEST_F(AfterAFailedSync, the_next_writer_takes_the_lost_as_new_if_the_disk_lost_it) {
  lose();
  writer.reset();
  journal.reset();
  disk.power_cut();
  open_writer();
  const bool kept = writer->end() > Position{3};
  const std::vector again{event("Account-1", "Paid", kOld, uuid(4)), event("New-1", "Lost", kNew, uuid(5))};
  const auto taken = append_now(*writer, {.events = again});
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->repeated, kept);
  EXPECT_EQ(taken->first, Position{3});
}

}  // namespace
}  // namespace daybook::log
