// Standard input, output and error as a script may have left them: closed, or not to be written.
#include <gmock/gmock.h>

#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::SizeIs;

TEST_F(Cli, errors_that_can_not_be_written_change_no_exit_code) {
  const Elsewhere unheard{.err = "/dev/full"};
  EXPECT_EQ(daybook({"read", "--store", store}, "", unheard).code, kWorld);
  EXPECT_EQ(daybook({"reed", "--store", store}, "", unheard).code, kUsage);
  const auto appended = daybook({"append", "S-1", "--store", store}, deposits(2) + "{}\n", unheard);
  EXPECT_EQ(appended.code, kUsage);
  EXPECT_THAT(lines_of(appended.out), SizeIs(2));
  EXPECT_EQ(daybook({"append", "S-1", "--expect", "none", "--store", store}, kOpened, unheard).code, kConflict);
  write_file(store + "/log/000000000001.idx", "?");
  EXPECT_EQ(daybook({"verify", "--store", store}, "", unheard).code, on_store({"verify"}).code);
}

}  // namespace
}  // namespace daybook::cli
