// The bed of the tests of retention: a store of some segments, and an archive for them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "maintenance/retention.hpp"
#include "maintenance/test_store.hpp"
#include "maintenance/verify.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::maintenance {

inline const std::string kStore = "/store", kArchive = "/archive";

class Retention : public testing::Test {
 protected:
  void SetUp() override {
    auto store = open_store(disk, kStore);
    fill(store->log(), 30);
    ASSERT_TRUE(store->close());
    before = everything(disk, kStore);
    ASSERT_THAT(before, testing::SizeIs(60));
  }
  Result<Archived> move(Position until = {40}) { return archive(disk, kStore, kArchive, until, {}); }
  Result<Deletion> plan(Position until) { return plan_deletion(disk, kStore, until, nullptr, nullptr); }
  bool sound(const std::string& path = kStore) {
    VerifyOptions options;
    options.found = [](const Finding& f) { ADD_FAILURE() << to_string(f); };
    const auto verified = verify(disk, path, options);
    EXPECT_TRUE(verified) << verified.error().message;
    return verified && verified->findings == 0;
  }

  sim::FaultyDisk disk;
  std::vector<Told> before;
};

}  // namespace daybook::maintenance
