// What a repair leaves that is killed at any moment: nothing that could be taken for the whole of a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintenance/repair.hpp"
#include "maintenance/test_store.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::maintenance {
namespace {

TEST(RepairCrash, leaves_a_store_that_is_whole_or_what_nothing_takes_for_one) {
  std::size_t unfinished = 0, nameless = 0;
  for (std::uint64_t k = 0, killed = 1; killed; ++k) {
    ASSERT_LT(k, 1000u);
    SCOPED_TRACE(k);
    sim::FaultyDisk disk({.seed = k});
    {
      auto store = open_store(disk, "/store");
      fill(store->log(), 10);
    }
    const auto before = everything(disk, "/store");
    disk.crash_at(k);
    (void)repair(disk, "/store", "/to", {});
    killed = disk.dead();
    if (k % 2)
      disk.power_cut();
    else
      disk.process_kill();
    const auto again = repair(disk, "/store", "/to", {});
    if (*disk.exists("/to/STORE")) {  // of the first or, if that had left nothing, the second
      EXPECT_FALSE(*disk.exists("/to/UNFINISHED"));
      EXPECT_EQ(everything(disk, "/to").size(), before.size());
    } else if (*disk.exists("/to/UNFINISHED")) {
      ++unfinished;
      ASSERT_FALSE(again);
      EXPECT_THAT(again.error().message, testing::HasSubstr("remove it first"));
      const auto taken = repair(disk, "/to", "/second", {});
      ASSERT_FALSE(taken);
      EXPECT_EQ(taken.error().code, ErrorCode::InvalidArgument) << taken.error().message;
    } else if (*disk.exists("/to/log/000000000001.seg")) {
      ++nameless;
      const auto taken = repair(disk, "/to", "/second", {});
      ASSERT_TRUE(taken) << taken.error().message;
      EXPECT_EQ(taken->events, before.size()) << "all of it was there by then";
    }
  }
  EXPECT_GT(unfinished, 0u);
  EXPECT_GT(nameless, 0u);
}

}  // namespace
}  // namespace daybook::maintenance
