#include <gmock/gmock.h>

#include "cli/test_log.hpp"
#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST_F(Cli, no_store_is_made_for_want_of_an_event) {
  const auto leaves_none = [&](std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.end(), {"--store", store});
    auto ran = daybook(arguments, input);
    EXPECT_FALSE(std::filesystem::exists(store)) << arguments.front() << ": " << input;
    return ran;
  };
  for (const auto& verb : std::vector<std::vector<std::string>>{{"append", "S-1"}, {"import"}}) {
    const auto malformed = leaves_none(verb, "\n{}\n" + kOpened);
    EXPECT_EQ(malformed.code, kUsage);
    EXPECT_THAT(malformed.err, HasSubstr("standard input, line 2: the key \"type\" is missing"));
    auto unopened = verb;
    unopened.push_back(dir / "no-such-file");
    EXPECT_EQ(leaves_none(unopened, "").code, kWorld);
    for (const auto* input : {"", " \n\n"}) {
      const auto empty = leaves_none(verb, input);
      EXPECT_EQ(empty.code, kOk);
      EXPECT_EQ(empty.err, "daybook: no store was made in " + store + ": there is no event in standard input\n");
      EXPECT_EQ(empty.out, verb.front() == "import" ? "{\"imported\":0,\"repeated\":0,\"end\":0}\n" : "");
    }
  }
  std::filesystem::create_directory(store);
  EXPECT_EQ(append("{}").code, kUsage);
  EXPECT_TRUE(std::filesystem::is_empty(store));
  const auto made = append("\n" + deposits(2) + "{}");
  EXPECT_THAT(made.err, HasSubstr("made a new store"));
  EXPECT_THAT(made.err, HasSubstr("standard input, line 4: the key \"type\""));
  EXPECT_THAT(lines_of(made.out), SizeIs(2));
}

TEST_F(Cli, what_is_wrong_with_a_store_is_told_also_if_there_is_nothing_to_append) {
  for (const auto* verb : {"append", "import"}) {
    const auto nothing = [&] {
      std::vector<std::string> arguments{verb, "--store", store};
      if (arguments.front() == "append") arguments.emplace_back("S-1");
      return daybook(arguments).code;
    };
    {
      auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
      ASSERT_TRUE(open);
      EXPECT_EQ(nothing(), kLocked);
    }
    EXPECT_EQ(nothing(), kOk);
    write_file(store + "/STORE", "?");
    EXPECT_EQ(nothing(), kDamage);
    std::filesystem::remove_all(store);
    write_file(store, "");
    EXPECT_NE(nothing(), kOk) << "a file is no place for a store";
    std::filesystem::remove(store);
  }
}

}  // namespace
}  // namespace daybook::cli
