// Thousands of lives in each test run, and the proof that a broken log would be noticed.
#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

namespace daybook::simulation {
namespace {

constexpr std::uint64_t kSeeds = 1'000;  // of each half; see CMakeLists.txt

void all_hold(std::uint64_t from, std::uint64_t to) {
  Report sum;
  for (auto seed = from; seed <= to; ++seed) {
    const auto report = run({.seed = seed});
    EXPECT_EQ(report.failure, std::nullopt) << "./dev sim --trace --seed " << seed << " shows it again";
    if (testing::Test::HasFailure()) return;
    sum.opened += report.opened;
    sum.power_cuts += report.power_cuts;
    sum.kills += report.kills;
    sum.failed_syncs += report.failed_syncs;
    sum.damages += report.damages;
    sum.adopted += report.adopted;
    sum.followed += report.followed;
  }
  // A simulation in which nothing goes wrong proves nothing.
  EXPECT_GT(sum.power_cuts, kSeeds / 2);
  EXPECT_GT(sum.kills, kSeeds / 2);
  EXPECT_GT(sum.failed_syncs, kSeeds / 50);
  EXPECT_GT(sum.damages, kSeeds / 50);
  EXPECT_GT(sum.adopted, kSeeds / 10);
  EXPECT_GT(sum.followed, kSeeds * 10);
}

TEST(FirstHalf, every_promise_holds_whatever_the_disk_does) { all_hold(1, kSeeds); }
TEST(SecondHalf, every_promise_holds_whatever_the_disk_does) { all_hold(kSeeds + 1, 2 * kSeeds); }

TEST(FirstHalf, a_seed_replays_bit_for_bit) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto once = run({.seed = seed}), again = run({.seed = seed});
    EXPECT_EQ(once.events, again.events);
    EXPECT_EQ(once.acknowledged, again.acknowledged);
    EXPECT_EQ(once.followed, again.followed);
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

}  // namespace
}  // namespace daybook::simulation
