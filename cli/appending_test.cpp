#include "cli/appending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/model_log.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;

class AppendingTest : public testing::Test {
 protected:
  void send(Appending& appending, std::uint64_t line) {
    const std::vector<NewEvent> events{{.stream = "S-1", .type = "T", .data = "1"}};
    ASSERT_TRUE(appending.send({.events = events}, {line, line, 1}));
  }
  // What it tells once `answer` has made the log answer what is in flight.
  template <class Answer>
  std::string told(Appending& appending, const Answer& answer) {
    testing::internal::CaptureStderr();
    answer();
    code = appending.wait(counts);
    return testing::internal::GetCapturedStderr();
  }

  sim::SteppingClock clock;
  sim::ModelLog log{clock};
  Appending::Counts counts;
  ExitCode code = ExitCode::Ok;
};

TEST_F(AppendingTest, one_message_tells_of_all_lines_that_a_failed_sync_took_along) {
  Appending appending(log, nullptr, "input");
  for (std::uint64_t line = 1; line <= 100; ++line) send(appending, line);
  const auto text = told(appending, [&] { log.fail_sync(); });
  EXPECT_EQ(code, ExitCode::World);
  EXPECT_THAT(text, HasSubstr("input, lines 1 to 100: "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
}

TEST_F(AppendingTest, each_run_of_refused_lines_is_told_so_that_receipts_can_be_matched) {
  Appending appending(log, nullptr, "input");
  for (std::uint64_t line = 1; line <= 6; ++line) send(appending, line);
  const auto text = told(appending, [&] {
    EXPECT_EQ(log.sync(1), 1u);
    log.fill_disk(2);
    EXPECT_EQ(log.sync(3), 3u);
    log.fill_disk();
    EXPECT_EQ(log.sync(), 2u);
  });
  EXPECT_EQ(code, ExitCode::World);
  EXPECT_EQ(counts.appended, 3u);
  EXPECT_EQ(text,
            "daybook: DiskFull: input, lines 2 to 3: no space left on device\n"
            "daybook: DiskFull: input, line 5: no space left on device\n");
}

}  // namespace
}  // namespace daybook::cli
