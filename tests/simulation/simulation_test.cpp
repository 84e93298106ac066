// Thousands of lives in each test run, and the proof that a broken log would be noticed.
#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daybook::simulation {
namespace {

constexpr std::uint64_t kSeeds = 1'000;  // of each half; see CMakeLists.txt

void all_hold(std::uint64_t from, std::uint64_t to) {
  Report sum;
  for (auto seed = from; seed <= to; ++seed) {
    const auto report = run({.seed = seed});
    EXPECT_EQ(report.failure, std::nullopt) << "./dev sim --trace --seed " << seed << " shows it again";
    if (testing::Test::HasFailure()) return;
    sum += report;
  }
  // A simulation in which nothing goes wrong proves nothing.
  EXPECT_GT(sum.power_cuts, kSeeds / 2);
  EXPECT_GT(sum.kills, kSeeds / 2);
  EXPECT_GT(sum.failed_syncs, kSeeds / 50);
  EXPECT_GT(sum.damages, kSeeds / 50);
  EXPECT_GT(sum.adopted, kSeeds / 10);
  EXPECT_GT(sum.followed, kSeeds * 10);
  EXPECT_GT(sum.put_back, kSeeds / 20);
  EXPECT_GT(sum.spoilt, kSeeds / 20);
  EXPECT_GT(sum.projections.handled, kSeeds * 10);
  EXPECT_GT(sum.projections.redelivered, kSeeds / 2);
  EXPECT_GT(sum.projections.refused, kSeeds / 50);
  EXPECT_GT(sum.program.refused, kSeeds);
  EXPECT_GT(sum.program.states, kSeeds);
  EXPECT_GT(sum.program.snapshots.loaded, kSeeds);
  EXPECT_GT(sum.program.snapshots.skipped, kSeeds / 20);
}

TEST(FirstHalf, every_promise_holds_whatever_the_disk_does) { all_hold(1, kSeeds); }
TEST(SecondHalf, every_promise_holds_whatever_the_disk_does) { all_hold(kSeeds + 1, 2 * kSeeds); }

TEST(FirstHalf, a_seed_replays_bit_for_bit) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::vector<std::string> happened[2];
    Report reports[2];
    for (std::size_t i = 0; i < 2; ++i)
      reports[i] = run({.seed = seed, .trace = [&](const std::string& line) { happened[i].push_back(line); }});
    EXPECT_GT(happened[0].size(), 20u);
    EXPECT_NE(reports[0].chain, Chain{});
    EXPECT_EQ(happened[0], happened[1]);
    EXPECT_EQ(reports[0].events, reports[1].events);
    EXPECT_EQ(reports[0].chain, reports[1].chain);
  }
}

// Within how many seeds a log that is broken on purpose is found out.
std::uint64_t seeds_until_caught(Mutation mutation, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= most; ++seed)
    if (run({.seed = seed, .mutation = mutation}).failure) return seed;
  return UINT64_MAX;
}

TEST(Mutations, a_sync_that_lies_is_caught) { EXPECT_LE(seeds_until_caught(Mutation::SyncLies, 50), 50u); }
TEST(Mutations, what_is_published_before_its_sync_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::PublishBeforeSync, 200), 200u);
}
TEST(Mutations, a_write_that_goes_astray_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::WriteGoesAstray, 20), 20u);
}
TEST(Mutations, expectations_that_are_ignored_are_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::ExpectationsIgnored, 5), 5u);
}
TEST(Mutations, ids_that_are_forgotten_are_caught) { EXPECT_LE(seeds_until_caught(Mutation::IdsForgotten, 5), 5u); }
TEST(Mutations, a_consumer_ahead_of_what_is_durable_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::ConsumerAhead, 200), 200u);
}
TEST(Mutations, a_checkpoint_ahead_of_what_was_handled_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::CheckpointAhead, 20), 20u);
}
TEST(Mutations, parked_events_that_are_forgotten_are_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::ParkedForgotten, 20), 20u);
}
TEST(Mutations, a_snapshot_that_is_ahead_of_its_state_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::SnapshotAhead, 20), 20u);
}
TEST(Mutations, what_is_of_another_history_and_is_not_refused_is_caught) {
  EXPECT_LE(seeds_until_caught(Mutation::HistoryUnchecked, 200), 200u);
}

}  // namespace
}  // namespace daybook::simulation
