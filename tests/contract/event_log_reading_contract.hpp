// The half of the contract of event logs that is about reading, and about finding everything again. Included by
// event_log_contract.hpp.
#pragma once

#include "event_log_contract.hpp"

namespace daybook::contract {

TEST_P(EventLogContract, a_stream_is_read_both_ways_from_any_revision) {
  for (auto type : {"a", "b", "c"}) {
    ASSERT_TRUE(add("A", type));
    ASSERT_TRUE(add("B", type));
  }
  EXPECT_EQ(read_stream("A"), (Strings{"A@0:a", "A@1:b", "A@2:c"}));
  EXPECT_EQ(read_stream("A", {.from = {1}}), (Strings{"A@1:b", "A@2:c"}));
  EXPECT_EQ(read_stream("A", {.from = {3}}), Strings{});
  EXPECT_EQ(read_stream("A", {.until = {3}}), (Strings{"A@0:a", "A@1:b"}));
  EXPECT_EQ(read_stream("A", {.direction = Direction::Backwards, .from_end = true}),
            (Strings{"A@2:c", "A@1:b", "A@0:a"}));
  EXPECT_EQ(read_stream("A", {.from = {1}, .direction = Direction::Backwards}), (Strings{"A@1:b", "A@0:a"}));
  EXPECT_EQ(read_stream("A", {.direction = Direction::Backwards, .from_end = true, .until = {4}}),
            (Strings{"A@1:b", "A@0:a"}));
}

TEST_P(EventLogContract, the_log_is_read_both_ways_and_filtered_by_type_category_and_tag) {
  const std::string_view red[] = {"colour:red"};
  ASSERT_TRUE(add({{.stream = "Car-1", .type = "Sold", .tags = red},
                   {.stream = "Car-2", .type = "Sold"},
                   {.stream = "Bus-1", .type = "Sold", .tags = red},
                   {.stream = "Car-1", .type = "Washed"}}));
  auto filtered = [&](Query::Alternative a) { return read({.filter = {{std::move(a)}}}); };
  EXPECT_EQ(filtered({.types = {"Washed"}}), (Strings{"Car-1@1:Washed"}));
  EXPECT_EQ(filtered({.categories = {"Bus"}}), (Strings{"Bus-1@0:Sold"}));
  EXPECT_EQ(filtered({.tags = {"colour:red"}}), (Strings{"Car-1@0:Sold", "Bus-1@0:Sold"}));
  EXPECT_EQ(filtered({.categories = {"Car"}, .types = {"Sold"}, .tags = {"colour:red"}}), (Strings{"Car-1@0:Sold"}));
  EXPECT_EQ(read({.filter = {{{.categories = {"Bus"}}, {.types = {"Washed"}}}}}),
            (Strings{"Bus-1@0:Sold", "Car-1@1:Washed"}));
  EXPECT_EQ(read({.from = {2}, .until = {3}}), (Strings{"Bus-1@0:Sold"}));
  EXPECT_EQ(read({.direction = Direction::Backwards, .from_end = true, .filter = {{{.types = {"Sold"}}}}}),
            (Strings{"Bus-1@0:Sold", "Car-2@0:Sold", "Car-1@0:Sold"}));
  EXPECT_EQ(read({.from = {1}, .direction = Direction::Backwards}), (Strings{"Car-2@0:Sold", "Car-1@0:Sold"}));
}

TEST_P(EventLogContract, a_forward_cursor_at_its_end_finds_what_comes_later) {
  ASSERT_TRUE(add("A", "X"));
  auto of_log = log().read({});
  auto of_stream = log().read_stream("A", {});
  EXPECT_EQ(rest(**of_log).size(), 1u);
  EXPECT_EQ(rest(**of_stream).size(), 1u);
  ASSERT_TRUE(add("B", "Y"));
  ASSERT_TRUE(add("A", "Z"));
  EXPECT_EQ(rest(**of_log), (Strings{"B@0:Y", "A@1:Z"}));
  EXPECT_EQ(rest(**of_stream), (Strings{"A@1:Z"}));
}

TEST_P(EventLogContract, an_answer_is_given_only_when_the_events_can_be_read) {
  start();
  std::promise<std::size_t> seen;
  const NewEvent e{.stream = "A", .type = "X"};
  log().append({.events = {&e, 1}}, [&](Result<Appended> r) {
    auto cursor = log().read_stream("A", {});
    seen.set_value(r && log().end() > r->last && cursor ? rest(**cursor).size() : 0);
  });
  EXPECT_EQ(seen.get_future().get(), 1u);
}

TEST_P(EventLogContract, completions_come_in_the_order_of_positions) {
  start();
  std::vector<std::uint64_t> firsts;
  std::promise<void> all;
  for (int i = 0; i < 100; ++i) {
    const NewEvent e{.stream = "A", .type = "X"};
    log().append({.events = {&e, 1}}, [&](Result<Appended> r) {
      firsts.push_back(r ? r->first.value : UINT64_MAX);
      if (firsts.size() == 100) all.set_value();
    });
  }
  all.get_future().get();
  for (std::size_t i = 0; i < firsts.size(); ++i) EXPECT_EQ(firsts[i], i);
}

TEST_P(EventLogContract, the_end_at_a_time_is_the_first_position_recorded_later) {
  for (int t : {1'000, 1'010, 1'010, 1'020}) {
    clock_.set(t);
    ASSERT_TRUE(add("A", "X"));
  }
  auto at = [&](std::int64_t seconds) { return log().end_at(Time{std::chrono::seconds(seconds)}).value().value; };
  EXPECT_EQ(at(999), 0u);
  EXPECT_EQ(at(1'000), 1u);
  EXPECT_EQ(at(1'009), 1u);
  EXPECT_EQ(at(1'010), 3u);
  EXPECT_EQ(at(5'000), 4u);
}

TEST_P(EventLogContract, the_chain_tells_histories_apart) {
  ASSERT_TRUE(add("A", "X"));
  ASSERT_TRUE(add("A", "Y"));
  const auto at0 = log().chain_at({0}).value(), at1 = log().chain_at({1}).value(), at2 = log().chain_at({2}).value();
  EXPECT_NE(at0, at1);
  EXPECT_NE(at1, at2);
  EXPECT_EQ(log().chain_at({1}).value(), at1);
  EXPECT_FALSE(log().chain_at({3}));
}

TEST_P(EventLogContract, waiting_ends_when_an_event_is_there_or_the_deadline_has_passed) {
  EXPECT_FALSE(log().wait_past({0}, std::chrono::steady_clock::now()));
  std::jthread writer([&] { EXPECT_TRUE(add("A", "X")); });
  EXPECT_TRUE(log().wait_past({0}, std::chrono::steady_clock::now() + std::chrono::minutes(5)));
  EXPECT_EQ(log().end(), Position{1});
}

}  // namespace daybook::contract
