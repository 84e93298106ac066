// What verify and repair do with a page that the disk can not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "maintenance/repair.hpp"
#include "maintenance/test_store.hpp"
#include "maintenance/test_verify.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::maintenance {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const std::string kStore = "/store";

// One page after the other of a store of two segments with several pages.
TEST(BadSector, what_stands_before_and_behind_it_is_found_and_copied) {
  sim::FaultyDisk disk;
  {
    const SteppingClock clock;
    auto options = small_segments();
    options.segment_bytes = 16'000;
    auto store = runtime::DiskLog::open(disk, kStore, clock, options);
    ASSERT_TRUE(store);
    fill((*store)->log(), 80);
  }
  const auto before = everything(disk, kStore);
  ASSERT_THAT(before, SizeIs(160));
  int tried = 0;
  for (const auto& entry : entries_of(disk, kStore + "/log")) {
    if (!entry.name.ends_with(".seg")) continue;
    const auto path = kStore + "/log/" + entry.name;
    const auto content = *disk.cached(path);
    for (std::uint64_t page = 0; page * 4096 < content.size(); ++page) {
      disk.make_unreadable(path, page * 4096 + 1024, 512);
      const auto looked = look(disk, kStore);
      const auto to = "/repaired-" + std::to_string(++tried);
      const auto repaired = repair(disk, kStore, to, {});
      ASSERT_TRUE(repaired) << repaired.error().message;
      const auto after = everything(disk, to);
      disk.put(path, content);
      const auto bad = std::ranges::find(looked.findings, ErrorCode::IoError, &Finding::code);
      ASSERT_NE(bad, looked.findings.end()) << entry.name << " page " << page;
      EXPECT_EQ(bad->file, "log/" + entry.name);
      EXPECT_TRUE(bad->segment.has_value());
      EXPECT_EQ(bad->byte, page * 4096);
      EXPECT_EQ(std::ranges::count(looked.findings, ErrorCode::IoError, &Finding::code), 1);
      std::uint64_t lost = 0;
      for (const auto& f : looked.findings)
        if (f.until) lost += f.until->value - f.from->value;
      EXPECT_EQ(looked.sum.events + lost, 160u) << entry.name << " page " << page;
      EXPECT_LT(lost, 60u);
      EXPECT_EQ(repaired->events, looked.sum.events);
      EXPECT_EQ(after.size(), looked.sum.events);
    }
  }
  EXPECT_GE(tried, 8);
  EXPECT_THAT(look(disk, kStore).findings, IsEmpty());
}

}  // namespace
}  // namespace daybook::maintenance
