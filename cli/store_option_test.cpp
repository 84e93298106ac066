// `--store` stands before a verb, behind it, and between the two words of one that has two.
#include <gmock/gmock.h>

#include "cli/test_log.hpp"
#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;

struct Case {
  std::vector<std::string> verb;
  std::vector<std::string> rest;
  std::string answer;  // that only the store which is meant gives
  std::string input{};
};

class StoreOption : public Cli {
 protected:
  // `words` with the option in front of the word number `at`.
  static std::vector<std::string> with_store(std::vector<std::string> words, std::size_t at, const std::string& path) {
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(at), {"--store", path});
    return words;
  }
  // Every place that is promised: in front, behind each word of the verb, and at the end.
  static std::vector<std::size_t> places(const Case& c) {
    std::vector<std::size_t> all;
    for (std::size_t at = 0; at <= c.verb.size(); ++at) all.push_back(at);
    if (!c.rest.empty()) all.push_back(c.verb.size() + c.rest.size());
    return all;
  }
  static std::vector<std::string> words_of(const Case& c) {
    auto words = c.verb;
    words.insert(words.end(), c.rest.begin(), c.rest.end());
    return words;
  }
};

TEST_F(StoreOption, stands_at_any_place_of_every_verb) {
  ASSERT_EQ(append(kOpened).code, kOk);
  const std::string exported =
      R"({"stream":"Account-alice","id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"T","data":1})";
  ASSERT_EQ(daybook({"import", "--store", store}, exported).code, kOk);
  save_snapshot(store, "Account-alice", 1);
  const auto backup = dir / "backup";
  ASSERT_EQ(on_store({"backup", backup}).code, kOk);
  const std::vector<Case> cases{
      {{"append"},
       {"Account-alice", "--expect", "0"},
       R"({"position":1,"revision":1,"repeated":true})",
       R"({"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"T","data":1})"},
      {{"read"}, {"Account-alice"}, R"("owner":"alice")"},
      {{"streams"}, {"--category", "Account"}, "Account-alice"},
      {{"stats"}, {"--brief"}, R"("begin":0,"end":2,)"},
      {{"verify"}, {}, R"("sound":true)"},
      {{"backup"}, {backup}, R"("was":2,"end":2,)"},
      {{"export"}, {"--from", "1"}, "0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e"},
      {{"import"}, {"--batch", "2"}, R"("repeated":1)", exported},
      {{"snapshot", "list"}, {}, R"({"stream":"Account-alice","position":1,)"},
      {{"snapshot", "verify"}, {}, R"("position":1,)"},
      {{"archive"}, {dir / "archive", "--before", "1"}, R"("segments":0)"},
      {{"archive", "delete"}, {"--before", "1"}, R"("deleted":false)"},
  };
  for (const auto& c : cases) {
    const auto words = words_of(c);
    EXPECT_EQ(daybook(words, c.input).code, kUsage) << "no store is named: " << testing::PrintToString(words);
    for (const auto at : places(c)) {
      const auto arguments = with_store(words, at, store);
      const auto ran = daybook(arguments, c.input);
      EXPECT_EQ(ran.code, kOk) << testing::PrintToString(arguments) << ran.err;
      EXPECT_THAT(ran.out, HasSubstr(c.answer)) << testing::PrintToString(arguments);
    }
  }
}

TEST_F(StoreOption, names_the_new_store_of_a_restore_at_any_place) {
  ASSERT_EQ(append(kOpened).code, kOk);
  const auto backup = dir / "backup";
  ASSERT_EQ(on_store({"backup", backup}).code, kOk);
  for (const std::size_t at : {0u, 1u, 2u}) {
    const auto to = dir / ("restored-" + std::to_string(at));
    EXPECT_EQ(daybook(with_store({"restore", backup}, at, to)).code, kOk) << at;
    EXPECT_EQ(daybook({"read", "--store", to}).out, on_store({"read"}).out) << at;
  }
}

TEST_F(StoreOption, may_stand_beside_the_two_stores_of_a_repair) {
  ASSERT_EQ(append(kOpened).code, kOk);
  for (const std::size_t at : {0u, 1u, 3u}) {
    const auto to = dir / ("repaired-" + std::to_string(at));
    EXPECT_EQ(daybook(with_store({"repair", store, to}, at, dir / "neither")).code, kOk) << at;
    EXPECT_EQ(daybook({"verify", "--store", to}).code, kOk) << at;
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "neither"));
}

TEST_F(StoreOption, names_what_a_tail_follows_at_any_place) {
  ASSERT_EQ(append(kOpened).code, kOk);
  const std::vector<std::string> words{"tail", "Account-alice", "--from", "0"};
  for (const std::size_t at : {0u, 1u, 4u}) {
    Program tail(with_store(words, at, store));
    EXPECT_THAT(tail.line(), HasSubstr(R"("position":0)")) << at;
    tail.signal(SIGINT);
    EXPECT_EQ(tail.wait(), kOk) << at;
  }
}

}  // namespace
}  // namespace daybook::cli
