#include "log/request.hpp"

#include <gtest/gtest.h>

#include "journal/format.hpp"
#include "log/record.hpp"

namespace daybook::log {
namespace {

TEST(Request, of_exactly_the_limit_of_bytes_is_taken_and_one_byte_over_it_named) {
  const std::string payload(kHardLimits.payload_bytes, 'p');
  NewEvent last{.stream = "A", .type = "X"};
  std::vector<NewEvent> events(3, {.stream = "A", .type = "X", .data = payload});
  std::size_t bytes = journal::kFrameBytes + record_bytes(last);
  for (const auto& event : events) bytes += journal::kFrameBytes + record_bytes(event);
  const auto with_last_of = [&](std::size_t size) {
    last.data = std::string_view(payload).substr(0, size);
    auto all = events;
    all.push_back(last);
    Request request;
    auto done = encode({.events = all}, kHardLimits, request);
    if (done) {
      EXPECT_EQ(request.frames.size(), kHardLimits.batch_bytes);
    }
    return done;
  };
  const auto room = kHardLimits.batch_bytes - bytes;
  const auto taken = with_last_of(room);
  EXPECT_TRUE(taken) << taken.error().message;
  const auto over = with_last_of(room + 1);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(over.error().message, "the batch has 33554433 bytes as records; the limit is 33554432");
}

}  // namespace
}  // namespace daybook::log
