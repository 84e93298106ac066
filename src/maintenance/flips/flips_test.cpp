// Every byte of a small store, turned over one after the other: verify finds it and names segment and position, or the
// file that is disposable, and repair keeps all that is sound. Too long for every test run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "maintenance/repair.hpp"
#include "maintenance/test_store.hpp"
#include "maintenance/test_verify.hpp"
#include "sim/faulty_disk.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::maintenance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string kStore = "/store";

constexpr std::uint64_t kEvents = 10;

void fill_small(io::Files& files) {
  auto store = open_store(files, kStore);
  fill(store->log(), kEvents / 2);
}

TEST(Flips, every_flipped_byte_of_segments_and_indexes_is_found_and_named) {
  sim::FaultyDisk disk;
  fill_small(disk);
  const auto entries = entries_of(disk, kStore + "/log");
  std::size_t flips = 0;
  std::string last;
  for (const auto& entry : entries)
    if (entry.name.ends_with(".seg")) last = entry.name;
  for (const auto& entry : entries) {
    const bool segment = entry.name.ends_with(".seg");
    const auto path = kStore + "/log/" + entry.name;
    const auto content = *disk.cached(path);
    for (std::uint64_t at = 0; at < content.size(); ++at) {
      // The rest of the header's page is zeros and must be: a few of them stand for all.
      if (segment && at > 110 && at < 4096 && at % 331 != 0) continue;
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      const auto looked = look(disk, kStore);
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      ++flips;
      // The last group only says that the log was closed: without it there is a torn tail, and nothing is lost.
      if (entry.name == last && at + 88 >= content.size()) {
        EXPECT_THAT(looked.findings, IsEmpty());
        EXPECT_THAT(looked.notes, testing::Contains(HasSubstr("torn tail"))) << at;
        continue;
      }
      ASSERT_THAT(looked.findings, testing::Not(IsEmpty())) << entry.name << " byte " << at;
      EXPECT_EQ(looked.findings.front().file, "log/" + entry.name) << at;
      EXPECT_TRUE(looked.findings.front().segment.has_value());
      std::uint64_t lost = 0;
      for (const auto& f : looked.findings)
        if (f.until) lost += f.until->value - f.from->value;
      EXPECT_EQ(looked.sum.events + lost, kEvents)
          << entry.name << " byte " << at << ": " << to_string(looked.findings.front());
      EXPECT_TRUE(lost == 0 || segment);
    }
  }
  EXPECT_GT(flips, 3000u);
}

TEST(Flips, every_flipped_byte_of_store_is_found) {
  sim::FaultyDisk disk;
  fill_small(disk);
  const auto size = disk.cached(kStore + "/STORE")->size();
  for (std::uint64_t at = 0; at < size; ++at) {
    disk.flip(kStore + "/STORE", at, static_cast<unsigned>(at % 8));
    const auto looked = look(disk, kStore);
    disk.flip(kStore + "/STORE", at, static_cast<unsigned>(at % 8));
    ASSERT_THAT(looked.findings, testing::SizeIs(1)) << at;
    EXPECT_EQ(looked.findings.front().file, "STORE");
    EXPECT_EQ(looked.sum.events, kEvents);
  }
}

TEST(Flips, every_flipped_byte_of_snapshots_and_checkpoints_is_found_and_named) {
  sim::FaultyDisk disk;
  fill_small(disk);
  snapshot::DirectorySnapshots snapshots(disk, kStore + "/snapshots");
  const snapshot::DirectoryCheckpoints consumers(disk, kStore + "/consumers");
  {
    auto reader = runtime::DiskLog::follow(disk, kStore, small_segments());
    ASSERT_TRUE(reader);
    const auto& log = (*reader)->log();
    for (const std::uint64_t at : {std::uint64_t{4}, kEvents}) {
      const HistoryMark mark{log.id(), {at}, *log.chain_at({at})};
      ASSERT_TRUE(snapshots.save({.key = "All-1", .mark = mark, .revision = Revision{1}, .fingerprint = 7}, "a state"));
      snapshot::DirectoryCheckpoints writer(disk, kStore + "/consumers");
      ASSERT_TRUE(writer.save("mailer-" + std::to_string(at), {mark, {}}));
    }
  }
  const auto before = everything(disk, kStore);
  const auto sound = look(disk, kStore, &snapshots, &consumers);
  ASSERT_THAT(sound.findings, IsEmpty());
  std::vector<std::string> paths;
  for (const auto* root : {"/snapshots", "/consumers"})
    for (const auto& entry : entries_of(disk, kStore + root)) {
      const auto path = kStore + root + "/" + entry.name;
      if (!entry.directory) paths.push_back(path);
      for (const auto& file : entry.directory ? entries_of(disk, path) : std::vector<io::Entry>{})
        paths.push_back(path + "/" + file.name);
    }
  ASSERT_THAT(paths, testing::SizeIs(4));
  std::size_t flips = 0;
  for (const auto& path : paths) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto size = disk.cached(path)->size();
    for (std::uint64_t at = 0; at < size; ++at) {
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      const auto looked = look(disk, kStore, &snapshots, &consumers);
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      ++flips;
      ASSERT_THAT(looked.findings, testing::SizeIs(1)) << path << " byte " << at;
      EXPECT_THAT(to_string(looked.findings.front()), HasSubstr(name)) << at;
      EXPECT_EQ(looked.sum.events, kEvents) << "no event is lost with it";
      EXPECT_EQ(looked.sum.chain, sound.sum.chain);
    }
  }
  EXPECT_GT(flips, 350u);
  EXPECT_TRUE(everything(disk, kStore) == before);
}

// Each of its positions stands twice with a check, and what does not fit is noted and made anew.
TEST(Flips, no_flipped_byte_of_the_mark_is_taken_for_damage_or_hides_an_event) {
  sim::FaultyDisk disk;
  fill_small(disk);
  const auto before = everything(disk, kStore);
  const auto path = kStore + "/mark";
  const auto size = disk.cached(path)->size();
  ASSERT_GE(size, 128u);
  for (std::uint64_t at = 0; at < size; ++at) {
    if (at >= 128 && at % 331 != 0) continue;  // the rest of the page says nothing: a few bytes stand for all
    disk.flip(path, at, static_cast<unsigned>(at % 8));
    const auto looked = look(disk, kStore);
    EXPECT_TRUE(everything(disk, kStore) == before) << at;
    disk.flip(path, at, static_cast<unsigned>(at % 8));
    EXPECT_THAT(looked.findings, IsEmpty()) << at;
    ASSERT_EQ(looked.sum.events, kEvents) << at;
  }
}

TEST(Flips, whatever_byte_is_flipped_repair_keeps_all_that_verify_finds_sound) {
  sim::FaultyDisk disk;
  fill_small(disk);
  const auto before = everything(disk, kStore);
  int n = 0;
  for (const auto& entry : entries_of(disk, kStore + "/log")) {
    if (!entry.name.ends_with(".seg")) continue;
    const auto path = kStore + "/log/" + entry.name;
    const auto size = disk.cached(path)->size();
    for (std::uint64_t at = 4096; at < size; at += 5) {
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      const auto sound = look(disk, kStore).sum.events;
      const auto to = "/repaired-" + std::to_string(n++);
      const auto repaired = repair(disk, kStore, to, {});
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      ASSERT_TRUE(repaired) << repaired.error().message;
      EXPECT_EQ(repaired->events, sound);
      std::uint64_t lost = 0;
      for (const auto& l : repaired->lost) lost += l.until.value - l.from.value;
      ASSERT_EQ(repaired->events + lost, kEvents);
      // What was copied is what was there, in order, but for where it stands.
      std::vector<Uuid> expected, found;
      for (const auto& e : before) {
        const bool gone = std::ranges::any_of(
            repaired->lost, [&](const auto& l) { return l.from <= e.position && e.position < l.until; });
        if (!gone) expected.push_back(e.id);
      }
      const auto after = everything(disk, to);
      for (const auto& e : after) found.push_back(e.id);
      ASSERT_EQ(found, expected);
      for (std::size_t i = 0; i < after.size(); ++i) ASSERT_EQ(after[i].position, Position{i});
    }
  }
  EXPECT_GT(n, 200);
}

}  // namespace
}  // namespace daybook::maintenance
