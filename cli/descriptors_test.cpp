// Standard input, output and error as a script may have left them: closed, or not to be written.
#include <gmock/gmock.h>

#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST_F(Cli, a_closed_output_does_not_become_a_file_of_the_store) {
  const auto ran = daybook({"append", "S-1", "--store", store}, deposits(3), {.out = kClosed});
  EXPECT_EQ(ran.code, kWorld);
  EXPECT_THAT(ran.err, HasSubstr("IoError: writing to standard output: Bad file descriptor"));
  EXPECT_EQ(whole_file(store + "/lock").find("position"), std::string::npos) << whole_file(store + "/lock");
  EXPECT_EQ(on_store({"verify"}).code, kOk);
}

TEST_F(Cli, a_repair_with_a_closed_output_writes_its_findings_into_neither_store) {
  append(deposits(10));
  flip_byte(segment(), 4200);
  const auto to = dir / "repaired";
  EXPECT_EQ(daybook({"repair", store, to}, "", {.out = kClosed}).code, kDamage);
  for (const auto& root : {store, to})
    for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
      const auto bytes = file.is_regular_file() ? whole_file(file.path()) : "";
      EXPECT_EQ(bytes.find(R"({"finding")"), std::string::npos) << file.path();
    }
  EXPECT_EQ(daybook({"verify", "--store", to}).code, kOk);
}

TEST_F(Cli, closed_errors_do_not_become_a_file_of_the_store) {
  const auto ran = daybook({"append", "S-1", "--store", store}, deposits(2) + "{}\n", {.err = kClosed});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(lines_of(ran.out), SizeIs(2));
  EXPECT_EQ(whole_file(store + "/lock").find("line 3"), std::string::npos) << whole_file(store + "/lock");
  EXPECT_EQ(on_store({"verify"}).code, kOk);
}

TEST_F(Cli, a_closed_input_is_an_error_and_not_a_file_of_the_store) {
  for (const auto* verb : {"append", "import"}) {
    std::vector<std::string> arguments{verb};
    if (arguments.front() == "append") arguments.emplace_back("S-1");
    arguments.insert(arguments.end(), {"--store", store});
    const auto ran = daybook(arguments, "", {.in = kClosed});
    EXPECT_EQ(ran.code, kWorld) << verb;
    EXPECT_THAT(ran.err, HasSubstr("reading standard input: Bad file descriptor")) << verb;
  }
}

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

TEST_F(Cli, an_append_whose_receipts_nobody_reads_says_where_it_stopped) {
  write_file(dir / "lines", deposits(100'000));
  Program program({"append", "S-1", dir / "lines", "--store", store}, dir / "err");
  EXPECT_EQ(program.line(), R"({"position":0,"revision":0})");
  program.close_output();
  EXPECT_EQ(program.wait(), kWorld);
  const auto appended = lines_of(on_store({"read"}).out).size();
  EXPECT_LT(appended, 100'000u);
  EXPECT_THAT(whole_file(dir / "err"), HasSubstr(std::to_string(appended) + " events are in the log, the rest of " +
                                                 (dir / "lines") + " was not appended\n"));
}

TEST_F(Cli, an_append_that_was_done_when_its_reader_went_away_is_done) {
  Program program({"append", "S-1", "--store", store});
  program.close_output();
  program.write(kOpened);
  program.close_input();
  EXPECT_EQ(program.wait(), kOk);
  EXPECT_THAT(lines_of(on_store({"read"}).out), SizeIs(1));
}

}  // namespace
}  // namespace daybook::cli
