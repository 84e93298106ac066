#include <gmock/gmock.h>

#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;

TEST_F(Cli, a_tail_shows_what_comes_and_ends_cleanly) {
  append(kOpened);
  Program tail({"tail", "--from", "0", "--store", store});
  EXPECT_THAT(tail.line(), HasSubstr(R"("position":0)"));
  append(deposits(1));
  EXPECT_THAT(tail.line(), HasSubstr(R"("position":1)"));
  tail.signal(SIGINT);
  EXPECT_EQ(tail.wait(), kOk);
}

TEST_F(Cli, a_tail_ends_when_its_reader_goes_though_nothing_happens) {
  append(kOpened);
  Program tail({"tail", "--from", "0", "--store", store});
  EXPECT_THAT(tail.line(), HasSubstr(R"("position":0)"));
  tail.close_output();
  EXPECT_EQ(tail.wait(), kOk);
}

TEST_F(Cli, a_tail_ends_with_an_error_when_its_store_is_removed_or_renamed_also_if_another_takes_its_place) {
  for (const bool moved : {false, true}) {
    append(kOpened);
    Program tail({"tail", "--from", "0", "--store", store}, dir / "err");
    EXPECT_THAT(tail.line(), HasSubstr(R"("position":0)"));
    if (moved)
      std::filesystem::rename(store, dir / "elsewhere");
    else
      std::filesystem::remove_all(store);
    append(kOpened);
    EXPECT_EQ(tail.wait(), kWorld);
    EXPECT_EQ(whole_file(dir / "err"), "daybook: NotFound: the store in " + store + " was removed or renamed\n");
    std::filesystem::remove(dir / "err");
  }
}

TEST_F(Cli, a_tail_of_a_stream_shows_no_other) {
  append(kOpened, {}, "A-1");
  Program tail({"tail", "A-1", "--from", "0", "--store", store});
  EXPECT_THAT(tail.line(), HasSubstr(R"("revision":0)"));
  append(kOpened, {}, "B-1");
  append(deposits(1), {}, "A-1");
  EXPECT_THAT(tail.line(), HasSubstr(R"("position":2,"stream":"A-1","revision":1)"));
  tail.signal(SIGTERM);
  EXPECT_EQ(tail.wait(), kOk);
}

}  // namespace
}  // namespace daybook::cli
