// The part of the contract of event logs that is about limits. Included by event_log_contract.hpp.
#pragma once

#include <gmock/gmock.h>

#include "base/utf8.hpp"
#include "event_log_contract.hpp"

namespace daybook::contract {

// A message that says both numbers, neither as part of a longer one.
inline auto says(std::size_t value, std::size_t limit) {
  const auto number = [](std::size_t n) {
    return testing::ContainsRegex("(^|[^0-9])" + std::to_string(n) + "([^0-9]|$)");
  };
  return testing::AllOf(number(value), number(limit));
}

TEST_P(EventLogContract, what_is_over_a_limit_is_refused_with_the_value) {
  start({.limits = {.stream_name_bytes = 20,
                    .type_bytes = 21,
                    .payload_bytes = 500,
                    .metadata_bytes = 64,
                    .tags = 1,
                    .tag_bytes = 22,
                    .batch_bytes = 1'100,
                    .batch_events = 2,
                    .queue_bytes = 8192}});
  const auto text = [](std::size_t bytes) { return std::string(bytes, 'x'); };
  const auto refused = [&](const std::vector<NewEvent>& events) {
    const auto answer = add(events);
    if (answer) return std::string("appended");
    EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
    return answer.error().message;
  };
  const auto long_name = text(23), long_payload = text(501), long_metadata = text(65), payload = text(500);
  const std::string_view one_tag[] = {"a:1"}, three_tags[] = {"a:1", "b:2", "c:3"}, long_tag[] = {long_name};
  EXPECT_THAT(refused({{.stream = long_name, .type = "X"}}), says(23, 20));
  EXPECT_THAT(refused({{.stream = "A", .type = long_name}}), says(23, 21));
  EXPECT_THAT(refused({{.stream = "A", .type = "X", .data = long_payload}}), says(501, 500));
  EXPECT_THAT(refused({{.stream = "A", .type = "X", .metadata = long_metadata}}), says(65, 64));
  EXPECT_THAT(refused({{.stream = "A", .type = "X", .tags = three_tags}}), says(3, 1));
  EXPECT_THAT(refused({{.stream = "A", .type = "X", .tags = long_tag}}), says(23, 22));
  const NewEvent e{.stream = "A", .type = "X"};
  EXPECT_THAT(refused({e, e, e}), says(3, 2));
  const NewEvent largest{.stream = std::string_view(long_name).substr(3),
                         .type = std::string_view(long_name).substr(2),
                         .data = payload,
                         .metadata = std::string_view(long_metadata).substr(1),
                         .tags = one_tag};
  EXPECT_THAT(refused({largest, largest}), testing::HasSubstr("1100")) << "though neither is over a limit";
  EXPECT_EQ(log().end(), Position{0});
  EXPECT_TRUE(add({largest}));
  EXPECT_TRUE(add({e, e}));
}

TEST_P(EventLogContract, what_no_batch_or_name_can_be_is_refused_and_named) {
  const auto refused = [&](const std::vector<NewEvent>& events) {
    const auto answer = add(events);
    if (answer) return std::string("appended");
    EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
    return answer.error().message;
  };
  using testing::HasSubstr;
  EXPECT_THAT(refused({}), HasSubstr("batch"));
  EXPECT_THAT(refused({{.stream = "", .type = "X"}}), HasSubstr("stream name is empty"));
  EXPECT_THAT(refused({{.stream = "A", .type = ""}}), HasSubstr("event type is empty"));
  EXPECT_THAT(refused({{.stream = "a\nb", .type = "X"}}), HasSubstr(base::quoted("a\nb")));
  EXPECT_THAT(refused({{.stream = "a\xff", .type = "X"}}), HasSubstr(base::quoted("a\xff")));
  EXPECT_EQ(log().end(), Position{0});
}

TEST_P(EventLogContract, a_batch_of_the_hard_limit_is_taken_and_one_over_it_refused) {
  const std::string payload(kHardLimits.payload_bytes, 'p');
  NewEvent e{.stream = "A", .type = "X", .data = payload};
  const auto over = add({e, e, e, e});
  ASSERT_FALSE(over) << "the payloads alone are the limit";
  EXPECT_EQ(over.error().code, ErrorCode::InvalidArgument);
  EXPECT_THAT(over.error().message, testing::HasSubstr("33554432"));
  EXPECT_EQ(log().end(), Position{0});
  NewEvent last = e;
  last.data.remove_suffix(1'000);
  const auto taken = add({e, e, e, last});
  ASSERT_TRUE(taken) << taken.error().message;
  auto cursor = *log().read({});
  for (const auto& given : {e, e, e, last}) {
    const auto read = cursor->next();
    ASSERT_TRUE(read && *read);
    EXPECT_TRUE((**read).data == given.data);
  }
}

TEST_P(EventLogContract, conditions_over_a_limit_are_refused_with_the_value) {
  start({.limits = {.conditions = 2, .query_alternatives = 2, .query_terms = 3, .condition_bytes = 400}});
  const NewEvent e{.stream = "A", .type = "X"};
  const auto refused = [&](std::span<const StreamCondition> conditions, const Query& query) {
    const auto answer = append(log(), {.events = {&e, 1}, .conditions = conditions, .none_matching = {&query, {}}});
    if (answer) return std::string();
    EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
    return answer.error().message;
  };
  const std::string long_name(200, 'n');
  const Query query{{{.types = {"Y", "Z"}}, {.tags = {"t:1"}}}};
  const StreamCondition conditions[] = {{"B", Expect::any()}, {"C", Expect::any()}, {"D", Expect::any()}};
  const StreamCondition long_ones[] = {{long_name, Expect::any()}, {long_name, Expect::any()}};
  const auto two = std::span(conditions).first(2);
  EXPECT_THAT(refused(conditions, {{{.types = {"Y"}}}}), testing::HasSubstr("2"));
  EXPECT_THAT(refused({}, {{{.types = {"Y"}}, {.types = {"Z"}}, {.types = {"W"}}}}), testing::HasSubstr("2"));
  EXPECT_THAT(refused({}, {{{.types = {"Y", "Z"}, .tags = {"t:1", "t:2"}}}}), testing::HasSubstr("3"));
  EXPECT_THAT(refused(long_ones, {{{.types = {"Y"}}}}), testing::HasSubstr("400"));
  EXPECT_THAT(refused(two, {{{.types = {"Y"}}}}), testing::IsEmpty());
  EXPECT_THAT(refused({}, query), testing::Not(testing::IsEmpty())) << "its terms take more bytes than that";
  EXPECT_EQ(log().end(), Position{1});
}

TEST_P(EventLogContract, what_the_empty_queue_could_not_take_is_over_a_limit_and_no_overload) {
  start({.limits = {.queue_bytes = 4096}});
  const std::string data(4096, 'x');
  const auto refused = add({{.stream = "A", .type = "X", .data = data}});
  EXPECT_EQ(code(refused), ErrorCode::InvalidArgument) << "to try again later would not help";
  EXPECT_THAT(refused.error().message, testing::HasSubstr("4096"));
  EXPECT_TRUE(add({{.stream = "A", .type = "X"}}));
}

TEST_P(EventLogContract, a_batch_may_name_the_revision_of_every_stream_it_writes_to) {
  std::vector<std::string> names;
  std::vector<NewEvent> events;
  std::vector<StreamCondition> conditions;
  names.reserve(kHardLimits.batch_events);
  for (std::size_t i = 0; i < kHardLimits.batch_events; ++i) {
    names.push_back(std::to_string(i) + std::string(400 - std::to_string(i).size(), 's'));
    events.push_back({.stream = names.back(), .type = "X"});
    conditions.push_back({names.back(), Expect::none()});
  }
  const auto appended = append(log(), {.events = events, .conditions = conditions});
  ASSERT_TRUE(appended) << appended.error().message;
  EXPECT_EQ(log().end(), Position{kHardLimits.batch_events});
}

}  // namespace daybook::contract
