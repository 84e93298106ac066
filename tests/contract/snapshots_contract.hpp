// What every Snapshots must do, as tests: include this in one .cpp of an implementation's tests and enrol it:
//
//     INSTANTIATE_TEST_SUITE_P(Memory, SnapshotsContract, testing::Values(&make_bed));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/port/snapshots.hpp"

namespace daybook::contract {

class SnapshotsBed {
 public:
  virtual ~SnapshotsBed() = default;
  virtual Snapshots& snapshots() = 0;
};

using MakeSnapshotsBed = std::unique_ptr<SnapshotsBed> (*)();

inline LogId some_log() { return {*parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e")}; }

inline SnapshotInfo info_of(std::string key, std::uint64_t position) {
  return {.key = std::move(key),
          .mark = {some_log(), Position{position}, Chain{position * 31 + 7}},
          .revision = position == 0 ? std::nullopt : std::optional(Revision{position - 1}),
          .last_recorded = Time{std::chrono::seconds(position)},
          .latest_occurred = Time{std::chrono::seconds(position + 5)},
          .fingerprint = 0xfeedfacecafebeef};
}

class SnapshotsContract : public testing::TestWithParam<MakeSnapshotsBed> {
 protected:
  Snapshots& snapshots() { return bed->snapshots(); }

  void save(const std::string& key, std::uint64_t position, std::string_view state) {
    const auto saved = snapshots().save(info_of(key, position), state);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  // The state of the newest snapshot before `limit`, or "none".
  std::string newest(std::string_view key, std::uint64_t limit = UINT64_MAX) {
    skipped.clear();
    const auto found = snapshots().newest(
        key,
        [&](const SnapshotInfo& info) -> Status {
          if (info.mark.position.value < limit) return {};
          return fail(ErrorCode::ForeignHistory, "too new");
        },
        [&](std::string_view, const Error& why) { skipped.push_back(why.message); });
    if (!found) return found.error().message;
    return *found ? (*found)->state : "none";
  }
  std::vector<SnapshotInfo> list() {
    auto all = snapshots().list(
        [](std::string_view where, const Error& why) { ADD_FAILURE() << where << ": " << why.message; });
    EXPECT_TRUE(all);
    return all ? *all : std::vector<SnapshotInfo>{};
  }

  std::unique_ptr<SnapshotsBed> bed = GetParam()();
  std::vector<std::string> skipped;
};

TEST_P(SnapshotsContract, has_nothing_at_first) {
  EXPECT_EQ(newest("Account-alice"), "none");
  EXPECT_TRUE(list().empty());
  EXPECT_TRUE(snapshots().prune("Account-alice", 1));
}

TEST_P(SnapshotsContract, gives_back_every_field_and_byte) {
  const std::string state("\0binary\n\xff", 9);
  for (const std::uint64_t position : {0, 1, 77}) {
    const auto info = info_of("Account-alice", position);
    ASSERT_TRUE(snapshots().save(info, state));
    const auto found = snapshots().newest(
        "Account-alice", [](const SnapshotInfo&) { return Status{}; }, [](std::string_view, const Error&) {});
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->info, info);
    EXPECT_EQ((*found)->state, state);
  }
}

TEST_P(SnapshotsContract, an_empty_state_and_a_time_before_1970_are_values_like_others) {
  auto info = info_of("k", 3);
  info.last_recorded = Time::min();
  info.latest_occurred = Time{std::chrono::nanoseconds(-1)};
  ASSERT_TRUE(snapshots().save(info, ""));
  EXPECT_EQ(newest("k"), "");
  EXPECT_EQ(list(), std::vector{info});
}

TEST_P(SnapshotsContract, the_newest_that_is_accepted_wins_and_the_others_are_told) {
  save("a", 9, "nine");
  save("a", 100, "hundred");
  save("a", 20, "twenty");
  EXPECT_EQ(newest("a"), "hundred");
  EXPECT_TRUE(skipped.empty());
  EXPECT_EQ(newest("a", 100), "twenty");
  EXPECT_EQ(skipped, std::vector<std::string>{"too new"});
  EXPECT_EQ(newest("a", 20), "nine");
  EXPECT_EQ(newest("a", 9), "none");
  EXPECT_EQ(skipped.size(), 3u);
}

TEST_P(SnapshotsContract, one_with_the_same_key_and_position_is_replaced) {
  save("a", 9, "old");
  save("a", 9, "new");
  EXPECT_EQ(newest("a"), "new");
  EXPECT_EQ(list().size(), 1u);
}

TEST_P(SnapshotsContract, keys_may_be_any_bytes_and_are_never_mixed_up) {
  const std::string long_key(512, 'x');
  std::string umlauts;
  while (umlauts.size() + 2 <= 512) umlauts += "ü";
  const std::vector<std::string> keys{"Account-alice",
                                      "account-alice",
                                      "ACCOUNT-ALICE",
                                      "a/b",
                                      "../../etc/passwd",
                                      "/",
                                      ".",
                                      "..",
                                      "a\\b",
                                      "con",
                                      "a b",
                                      "a_b",
                                      "a:b",
                                      "$sys",
                                      "-",
                                      long_key,
                                      long_key.substr(511),
                                      umlauts,
                                      "naïve",
                                      std::string("a\0b", 3)};
  for (const auto& key : keys) save(key, 1, key);
  for (const auto& key : keys) EXPECT_EQ(newest(key), key);
  EXPECT_EQ(list().size(), keys.size());
  ASSERT_TRUE(snapshots().prune("Account-alice", 0));
  EXPECT_EQ(newest("Account-alice"), "none");
  EXPECT_EQ(newest("account-alice"), "account-alice");
}

TEST_P(SnapshotsContract, a_key_has_1_to_4096_bytes) {
  EXPECT_EQ(snapshots().save(info_of("", 1), "s").error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(snapshots().save(info_of(std::string(4096, 'k'), 1), "s"));
  const auto refused = snapshots().save(info_of(std::string(4097, 'k'), 1), "s");
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("4097"));
}

TEST_P(SnapshotsContract, are_listed_by_key_and_position) {
  save("b", 5, "");
  save("a", 1000, "");
  save("a", 2, "");
  const auto all = list();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0], info_of("a", 2));
  EXPECT_EQ(all[1], info_of("a", 1000));
  EXPECT_EQ(all[2], info_of("b", 5));
}

TEST_P(SnapshotsContract, pruning_keeps_the_newest_of_that_key_and_all_of_others) {
  for (const std::uint64_t position : {1, 2, 3, 4}) save("a", position, "a" + std::to_string(position));
  save("b", 1, "b1");
  ASSERT_TRUE(snapshots().prune("a", 2));
  EXPECT_EQ(list().size(), 3u);
  EXPECT_EQ(newest("a"), "a4");
  EXPECT_EQ(newest("a", 4), "a3");
  EXPECT_EQ(newest("a", 3), "none");
  EXPECT_EQ(newest("b"), "b1");
  ASSERT_TRUE(snapshots().prune("a", 2));
  EXPECT_EQ(list().size(), 3u);
}

// A log that was restored from an older copy and written on has smaller positions, recorded later.
TEST_P(SnapshotsContract, pruning_does_not_keep_another_history_for_its_greater_positions) {
  for (const std::uint64_t position : {900, 1000}) save("a", position, "before the restore");
  for (const std::uint64_t position : {300, 400, 500}) {
    auto info = info_of("a", position);
    info.last_recorded += std::chrono::hours(1);
    ASSERT_TRUE(snapshots().save(info, "since"));
    ASSERT_TRUE(snapshots().prune("a", 2));
  }
  EXPECT_EQ(newest("a"), "since");
  const auto all = list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].mark.position, Position{400});
  EXPECT_EQ(all[1].mark.position, Position{500});
}

TEST_P(SnapshotsContract, many_threads_save_read_and_prune_at_once) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      // Two threads a key, and now and then the same position.
      const std::string key = "k" + std::to_string(t % 2);
      for (std::uint64_t i = 0; i < 25; ++i) {
        EXPECT_TRUE(snapshots().save(info_of(key, i / 2 * 2), key));
        EXPECT_TRUE(snapshots().prune(key, 3));
        const auto found = snapshots().newest(
            key, [](const SnapshotInfo&) { return Status{}; },
            [](std::string_view, const Error& why) { ADD_FAILURE() << why.message; });
        EXPECT_TRUE(found && *found && (*found)->state == key);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(list().size(), 6u);
}

}  // namespace daybook::contract
