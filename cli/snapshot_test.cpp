// `snapshot list` and `snapshot verify`, on stores that have some.
#include <gmock/gmock.h>

#include "cli/test_log.hpp"
#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class SnapshotVerbs : public Cli {
 protected:
  void save(std::uint64_t position, const std::string& stream = "Account-a") { save_snapshot(store, stream, position); }
  std::string file_of(std::uint64_t position) const {
    for (const auto& file : std::filesystem::recursive_directory_iterator(store + "/snapshots"))
      if (const auto digits = std::to_string(position);
          file.is_regular_file() && file.path().filename().string().contains(digits))
        return file.path();
    ADD_FAILURE() << "no snapshot at " << position;
    return {};
  }
  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
};

TEST_F(SnapshotVerbs, find_none_in_a_store_without_any) {
  append(kOpened);
  EXPECT_EQ(on_store({"snapshot", "list"}).code, kOk);
  EXPECT_EQ(on_store({"snapshot", "verify"}).out, "");
  EXPECT_EQ(on_store({"snapshot"}).code, kUsage);
}

TEST_F(SnapshotVerbs, list_what_is_there_and_find_it_sound) {
  append(deposits(7), {}, "Account-a");
  save(3);
  save(7);
  const auto listed = on_store({"snapshot", "list"});
  EXPECT_EQ(listed.code, kOk) << listed.err;
  const auto lines = lines_of(listed.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], StartsWith(R"({"stream":"Account-a","position":3,"revision":2,"last_recorded":")"));
  EXPECT_THAT(lines[1], AllOf(StartsWith(R"({"stream":"Account-a","position":7,"revision":6,)"),
                              HasSubstr(R"("fingerprint":"0000000000000007"})")));
  const auto columns = lines_of(on_store({"snapshot", "list", "--text"}).out);
  ASSERT_THAT(columns, SizeIs(3)) << "a head, and a line each";
  EXPECT_THAT(columns[2], StartsWith("Account-a" + std::string(42, ' ') + "7"));

  const auto verified = on_store({"snapshot", "verify"});
  EXPECT_EQ(verified.code, kOk) << verified.err;
  EXPECT_THAT(lines_of(verified.out),
              testing::ElementsAre(HasSubstr(R"("position":3,)"), HasSubstr(R"("position":7,)")));
  EXPECT_THAT(lines_of(verified.out), testing::Each(testing::EndsWith(R"("sound":true})")));
  EXPECT_EQ(on_store({"snapshot", "verify", "--text"}).out,
            "sound     Account-a at position 3\nsound     Account-a at position 7\n");
}

TEST_F(SnapshotVerbs, name_a_file_of_which_a_byte_was_flipped_and_go_on) {
  append(deposits(7), {}, "Account-a");
  save(3);
  save(7);
  const auto damaged = file_of(3);
  flip_byte(damaged, std::filesystem::file_size(damaged) / 2);
  for (const auto* verb : {"list", "verify"}) {
    const auto ran = on_store({"snapshot", verb});
    EXPECT_EQ(ran.code, kDamage) << verb;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("Damage: "), HasSubstr(damaged.substr(store.size())))) << verb;
    EXPECT_THAT(lines_of(ran.out), testing::ElementsAre(HasSubstr(R"("position":7,)"))) << verb;
  }
}

TEST_F(SnapshotVerbs, refuse_what_is_of_another_history_of_the_same_log) {
  append(deposits(3), {}, "Account-a");
  const auto older = dir / "older";
  copy(store, older);
  append(deposits(2), {}, "Account-a");
  save(3);
  save(5);
  copy(store + "/snapshots", older + "/snapshots");
  store = older;

  const auto behind = on_store({"snapshot", "verify"});
  EXPECT_EQ(behind.code, kDamage);
  EXPECT_THAT(
      lines_of(behind.out),
      testing::ElementsAre(HasSubstr(R"("sound":true})"),
                           HasSubstr(R"("sound":false,"why":"of another history: past the end of the log, 3"})")));
  append(deposits(2), {}, "Account-a");  // other ids, other times: another history from 3 on
  const auto written_on = on_store({"snapshot", "verify"});
  EXPECT_EQ(written_on.code, kDamage);
  EXPECT_THAT(lines_of(written_on.out),
              testing::ElementsAre(HasSubstr(R"("sound":true})"),
                                   HasSubstr(R"("sound":false,"why":"of another history: its chain)")));
}

TEST_F(SnapshotVerbs, refuse_what_is_of_another_log) {
  append(deposits(3), {}, "Account-a");
  save(3);
  const auto first = store;
  store = dir / "other";
  append(deposits(3), {}, "Account-a");
  copy(first + "/snapshots", store + "/snapshots");
  const auto ran = on_store({"snapshot", "verify"});
  EXPECT_EQ(ran.code, kDamage);
  EXPECT_THAT(ran.out, HasSubstr(R"("sound":false,"why":"of another log, )"));
  EXPECT_THAT(on_store({"snapshot", "verify", "--text"}).out,
              StartsWith("refused   Account-a at position 3: of another log, "));
}

TEST_F(SnapshotVerbs, call_no_snapshot_sound_that_nobody_can_hold_against_the_log_any_more) {
  fill_small_segments(store);
  save(1);
  save(20);
  ASSERT_EQ(on_store({"archive", dir / "archive", "--before", "12"}).code, kOk);
  ASSERT_EQ(on_store({"archive", "delete", "--before", "8", "--yes"}).code, kOk);
  const auto ran = on_store({"snapshot", "verify"});
  EXPECT_EQ(ran.code, kOk) << "it is no damage: " << ran.err;
  EXPECT_THAT(lines_of(ran.out), testing::ElementsAre(HasSubstr(R"("sound":null,"why":"position 1 is no longer here)"),
                                                      HasSubstr(R"("sound":true})")));
  EXPECT_THAT(on_store({"snapshot", "verify", "--text"}).out,
              StartsWith("unproven  Account-a at position 1: position 1 is no longer here"));
}

}  // namespace
}  // namespace daybook::cli
