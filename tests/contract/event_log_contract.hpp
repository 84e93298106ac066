// What every EventLog must do, as tests: include this in one .cpp of an implementation's tests and enrol it:
//
//     INSTANTIATE_TEST_SUITE_P(ModelLog, EventLogContract, testing::Values(&make_bed), …);
//
// A log that keeps its events has event_log_kept_contract.hpp besides, one whose history can be cut
// event_log_cut_contract.hpp.
#pragma once

#include "log_bed.hpp"

namespace daybook::contract {

class EventLogContract : public LogContract<LogBed> {};

// ---- order and numbers -------------------------------------------------------------------------------------------

TEST_P(EventLogContract, an_empty_log_ends_at_position_zero_and_has_no_stream) {
  EXPECT_EQ(log().end(), Position{0});
  EXPECT_EQ(log().begin(), Position{0});
  EXPECT_EQ(log().head("A-1").value(), std::nullopt);
  EXPECT_EQ(read(), Strings{});
  EXPECT_EQ(read_stream("A-1"), Strings{});
  EXPECT_EQ(read({.direction = Direction::Backwards, .from_end = true}), Strings{});
}

TEST_P(EventLogContract, positions_are_dense_over_the_log_and_revisions_over_each_stream) {
  auto one = add({{.stream = "A-1", .type = "X"}, {.stream = "B-1", .type = "Y"}, {.stream = "A-1", .type = "Z"}});
  auto two = add("A-1", "X");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->first, Position{0});
  EXPECT_EQ(one->last, Position{2});
  EXPECT_EQ(one->revisions, (std::vector<std::uint64_t>{0, 0, 1}));
  EXPECT_FALSE(one->repeated);
  EXPECT_EQ(two->first, Position{3});
  EXPECT_EQ(two->revisions, (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(log().end(), Position{4});
  EXPECT_EQ(log().head("A-1").value()->revision, Revision{2});
  EXPECT_EQ(log().head("A-1").value()->position, Position{3});
  EXPECT_EQ(read(), (Strings{"A-1@0:X", "B-1@0:Y", "A-1@1:Z", "A-1@2:X"}));
}

TEST_P(EventLogContract, every_field_of_an_event_comes_back_as_it_was_given) {
  const std::string_view tags[] = {"flight:LH2", "seat:12A", ""};
  const std::string data("\0\x01{\"a\":1}\xff", 10);
  ASSERT_TRUE(add({{.stream = "Seat-ü",
                    .type = "Booked",
                    .data = data,
                    .metadata = R"({"$actor":"me"})",
                    .id = uuid(7),
                    .occurred = Time{std::chrono::seconds(-5)},
                    .tags = std::span(tags, 2),
                    .content_type = ContentType::Binary,
                    .schema_version = 3,
                    .schema = 0x1122334455667788}}));
  auto cursor = log().read({});
  auto next = (*cursor)->next();
  ASSERT_TRUE(next && *next);
  const auto& e = **next;
  EXPECT_EQ(e.stream, "Seat-ü");
  EXPECT_EQ(e.type, "Booked");
  EXPECT_EQ(e.data, data);
  EXPECT_EQ(e.metadata, R"({"$actor":"me"})");
  EXPECT_EQ(e.id, uuid(7));
  EXPECT_EQ(e.occurred, Time{std::chrono::seconds(-5)});
  EXPECT_EQ(e.recorded, Time{std::chrono::seconds(1'000)});
  EXPECT_EQ(e.tags.size(), 2);
  EXPECT_TRUE(e.tags.contains("flight:LH2") && e.tags.contains("seat:12A"));
  EXPECT_EQ(e.content_type, ContentType::Binary);
  EXPECT_EQ(e.schema_version, 3);
  EXPECT_EQ(e.schema, 0x1122334455667788u);
}

TEST_P(EventLogContract, an_event_without_an_id_is_given_one_of_version_seven) {
  ASSERT_TRUE(add({{.stream = "A", .type = "X"}, {.stream = "A", .type = "X"}}));
  auto cursor = log().read({});
  const auto first = (**(*cursor)->next()).id;
  const auto second = (**(*cursor)->next()).id;
  EXPECT_EQ(first.bytes[6] >> 4, 7);
  EXPECT_EQ(second.bytes[6] >> 4, 7);
  EXPECT_NE(first, second);
}

TEST_P(EventLogContract, recorded_never_goes_back_and_occurred_defaults_to_it) {
  clock_.set(2'000);
  ASSERT_TRUE(add("A", "X"));
  clock_.set(1'500);
  ASSERT_TRUE(add("A", "Y"));
  auto cursor = log().read({});
  const auto before = (**(*cursor)->next()).recorded;
  const auto& e = **(*cursor)->next();
  EXPECT_GE(e.recorded, before);
  EXPECT_EQ(e.occurred, e.recorded);
}

// ---- conditions --------------------------------------------------------------------------------------------------

TEST_P(EventLogContract, each_expectation_holds_exactly_when_it_says) {
  EXPECT_EQ(code(add("A", "X", Expect::exists())), ErrorCode::Conflict);
  EXPECT_EQ(code(add("A", "X", Expect::exactly({0}))), ErrorCode::Conflict);
  EXPECT_TRUE(add("A", "X", Expect::none()));
  EXPECT_EQ(code(add("A", "X", Expect::none())), ErrorCode::Conflict);
  EXPECT_TRUE(add("A", "X", Expect::exists()));
  EXPECT_TRUE(add("A", "X", Expect::exactly({1})));
  EXPECT_EQ(code(add("A", "X", Expect::exactly({1}))), ErrorCode::Conflict);
  EXPECT_EQ(code(add("A", "X", Expect::exactly({3}))), ErrorCode::Conflict);
  EXPECT_TRUE(add("A", "X", Expect::any()));
  EXPECT_EQ(log().end(), Position{4});
}

TEST_P(EventLogContract, a_stream_that_is_not_written_to_can_be_a_condition) {
  ASSERT_TRUE(add("A", "X"));
  EXPECT_TRUE(add({{.stream = "B", .type = "Y"}}, {{"A", Expect::exactly({0})}, {"B", Expect::none()}}));
  EXPECT_EQ(code(add({{.stream = "B", .type = "Y"}}, {{"A", Expect::exactly({7})}})), ErrorCode::Conflict);
  EXPECT_EQ(code(add({{.stream = "B", .type = "Y"}}, {{"C", Expect::exists()}})), ErrorCode::Conflict);
}

TEST_P(EventLogContract, a_batch_that_fails_leaves_nothing) {
  EXPECT_EQ(code(add({{.stream = "A", .type = "X"}, {.stream = "B", .type = "X"}}, {{"B", Expect::exists()}})),
            ErrorCode::Conflict);
  EXPECT_EQ(log().end(), Position{0});
  EXPECT_EQ(log().head("A").value(), std::nullopt);
}

TEST_P(EventLogContract, none_matching_asks_for_types_and_tags_after_a_position) {
  const std::string_view seat12[] = {"flight:LH2", "seat:12A"};
  const std::string_view seat13[] = {"flight:LH2", "seat:13A"};
  ASSERT_TRUE(add({{.stream = "Seat", .type = "Booked", .tags = seat12}}));
  const Query q{{{.categories = {}, .types = {"Booked"}, .tags = {"flight:LH2", "seat:12A"}}}};
  auto book = [&](std::span<const std::string_view> tags, Position from) {
    const NewEvent e{.stream = "Seat", .type = "Booked", .tags = tags};
    return append(log(), {.events = {&e, 1}, .none_matching = {&q, from}});
  };
  EXPECT_EQ(code(book(seat12, {0})), ErrorCode::Conflict);
  EXPECT_TRUE(book(seat13, {1}));
  EXPECT_TRUE(book(seat12, {2}));
  EXPECT_EQ(code(book(seat13, {2})), ErrorCode::Conflict);
}

TEST_P(EventLogContract, of_many_writers_with_one_expectation_exactly_one_wins) {
  start();
  std::atomic<int> won = 0, lost = 0;
  std::vector<std::jthread> writers;
  for (int w = 0; w < 8; ++w)
    writers.emplace_back([&] {
      const NewEvent e{.stream = "A", .type = "X"};
      const StreamCondition c{"A", Expect::none()};
      auto r = append(log(), {.events = {&e, 1}, .conditions = {&c, 1}});
      ++(r ? won : lost);
    });
  writers.clear();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

// ---- lines of appends --------------------------------------------------------------------------------------------

TEST_P(EventLogContract, an_append_does_not_stand_on_a_stranger_in_the_place_of_one_that_failed) {
  Line line;
  ASSERT_TRUE(add("A", "Stranger"));
  // Decided on an empty stream, and then on its own revision 0, which is now the stranger's.
  std::promise<ErrorCode> first, second;
  auto send = [&](Expect expect, std::promise<ErrorCode>& to) {
    const NewEvent e{.stream = "A", .type = "Mine"};
    const StreamCondition c{"A", expect, &line};
    log().append({.events = {&e, 1}, .conditions = {&c, 1}},
                 [&](Result<Appended> r) { to.set_value(r ? ErrorCode::NotFound : r.error().code); });
  };
  send(Expect::none(), first);
  send(Expect::exactly({0}), second);
  EXPECT_EQ(first.get_future().get(), ErrorCode::Conflict);
  EXPECT_EQ(second.get_future().get(), ErrorCode::Conflict);
  EXPECT_TRUE(line.broken);
  EXPECT_EQ(log().end(), Position{1});
}

TEST_P(EventLogContract, a_repeat_breaks_its_line_because_it_wrote_nothing) {
  Line line;
  const NewEvent e{.stream = "A", .type = "X"};
  const StreamCondition c{"A", Expect::any(), &line};
  const AppendRequest request{.events = {&e, 1}, .conditions = {&c, 1}, .command_id = uuid(1)};
  ASSERT_TRUE(append(log(), request));
  EXPECT_FALSE(line.broken);
  EXPECT_TRUE(append(log(), request)->repeated);
  EXPECT_TRUE(line.broken);
  EXPECT_EQ(code(add({{.stream = "A", .type = "Y"}}, {{"A", Expect::any(), &line}})), ErrorCode::Conflict);
}

TEST_P(EventLogContract, an_append_refused_at_once_breaks_its_line_too) {
  Line line;
  EXPECT_EQ(code(add({{.stream = "A", .type = ""}}, {{"A", Expect::none(), &line}})), ErrorCode::InvalidArgument);
  EXPECT_TRUE(line.broken);
}

// ---- idempotence -------------------------------------------------------------------------------------------------

TEST_P(EventLogContract, the_same_ids_again_give_the_first_receipt_before_any_condition) {
  const std::vector<NewEvent> batch{{.stream = "A", .type = "X", .data = "{}", .id = uuid(1)},
                                    {.stream = "B", .type = "Y", .data = "{}", .id = uuid(2)}};
  ASSERT_TRUE(add("Z", "first"));
  auto first = add(batch, {{"A", Expect::none()}});
  auto again = add(batch, {{"A", Expect::none()}});
  ASSERT_TRUE(first && again);
  EXPECT_FALSE(first->repeated);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->first, first->first);
  EXPECT_EQ(again->last, first->last);
  EXPECT_EQ(again->revisions, first->revisions);
  EXPECT_EQ(log().end(), Position{3});
}

TEST_P(EventLogContract, a_known_id_with_other_bytes_or_in_a_new_batch_is_an_id_conflict) {
  ASSERT_TRUE(add({{.stream = "A", .type = "X", .data = "{}", .id = uuid(1)}}));
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .data = "{\"a\":1}", .id = uuid(1)}})), ErrorCode::IdConflict);
  EXPECT_EQ(code(add({{.stream = "B", .type = "X", .data = "{}", .id = uuid(1)}})), ErrorCode::IdConflict);
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .data = "{}", .id = uuid(1)},
                      {.stream = "A", .type = "X", .data = "{}", .id = uuid(2)}})),
            ErrorCode::IdConflict);
  EXPECT_EQ(log().end(), Position{1});
}

TEST_P(EventLogContract, what_was_appended_one_by_one_is_not_repeated_as_one_batch) {
  const NewEvent one{.stream = "A", .type = "X", .id = uuid(1)}, two{.stream = "A", .type = "X", .id = uuid(2)},
      three{.stream = "A", .type = "X", .id = uuid(3)}, four{.stream = "A", .type = "X", .id = uuid(4)};
  ASSERT_TRUE(add({one}));
  ASSERT_TRUE(add({two}));
  ASSERT_TRUE(add({three, four}));
  EXPECT_EQ(code(add({one, two})), ErrorCode::IdConflict);
  EXPECT_EQ(code(add({two, three, four})), ErrorCode::IdConflict);
  EXPECT_EQ(code(add({one, two}, {{"A", Expect::none()}})), ErrorCode::IdConflict);
  const auto again = add({three, four});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(log().end(), Position{4});
}

TEST_P(EventLogContract, a_command_is_known_by_its_id_alone) {
  const NewEvent once[] = {{.stream = "A", .type = "X"}, {.stream = "B", .type = "Y"}};
  const NewEvent otherwise[] = {{.stream = "C", .type = "Z", .data = "1"}};
  EXPECT_EQ(log().find_command(uuid(9)).value(), std::nullopt);
  auto first = append(log(), {.events = once, .command_id = uuid(9)});
  auto again = append(log(), {.events = otherwise, .command_id = uuid(9)});
  ASSERT_TRUE(first && again) << again.error().message;
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->first, first->first);
  EXPECT_EQ(again->revisions, first->revisions);
  auto known = log().find_command(uuid(9)).value();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->first, Position{0});
  EXPECT_EQ(known->last, Position{1});
  EXPECT_EQ(known->last_revision, Revision{0});
  auto cursor = log().read({});
  EXPECT_EQ((**(*cursor)->next()).id, event_id_of(uuid(9), 0));
  EXPECT_EQ((**(*cursor)->next()).id, event_id_of(uuid(9), 1));
}

TEST_P(EventLogContract, ids_are_forgotten_after_the_stated_number_of_events_but_not_at_an_exact_revision) {
  start({.remembered_events = 10});
  const NewEvent mine{.stream = "A", .type = "X", .data = "{}", .id = uuid(1)};
  ASSERT_TRUE(add({mine}, {{"A", Expect::none()}}));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(add("B", "Y"));
  auto exact = add({mine}, {{"A", Expect::none()}});
  ASSERT_TRUE(exact) << exact.error().message;
  EXPECT_TRUE(exact->repeated);
  EXPECT_EQ(exact->first, Position{0});
  auto otherwise = add({mine});
  ASSERT_TRUE(otherwise) << otherwise.error().message;
  EXPECT_FALSE(otherwise->repeated);
  EXPECT_EQ(otherwise->first, Position{31});
}

}  // namespace daybook::contract

#include "event_log_limits_contract.hpp"
#include "event_log_reading_contract.hpp"
