// The part of the contract of event logs that is about limits. Included by event_log_contract.hpp.
#pragma once

#include <gmock/gmock.h>

#include "event_log_contract.hpp"

namespace daybook::contract {

TEST_P(EventLogContract, what_is_over_a_limit_is_refused_with_the_value) {
  start({.limits = {.stream_name_bytes = 8,
                    .type_bytes = 8,
                    .payload_bytes = 64,
                    .metadata_bytes = 64,
                    .tags = 1,
                    .tag_bytes = 8,
                    .batch_bytes = 4096,
                    .batch_events = 2,
                    .queue_bytes = 8192}});
  const std::string long_text(100, 'x');
  const std::string_view two_tags[] = {"a:1", "b:2"};
  const std::string_view long_tag[] = {"123456789"};
  EXPECT_EQ(code(add({})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "", .type = "X"}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "123456789", .type = "X"}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "a\nb", .type = "X"}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "a\xff", .type = "X"}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "A", .type = "123456789"}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .data = long_text}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .metadata = long_text}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .tags = two_tags}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(add({{.stream = "A", .type = "X", .tags = long_tag}})), ErrorCode::InvalidArgument);
  const NewEvent e{.stream = "A", .type = "X"};
  EXPECT_EQ(code(add({e, e, e})), ErrorCode::InvalidArgument);
  auto too_long = add({{.stream = "123456789", .type = "X"}});
  EXPECT_NE(too_long.error().message.find("8"), std::string::npos) << too_long.error().message;
  EXPECT_TRUE(add({e, e}));
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
