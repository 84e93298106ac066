#include "maintenance/backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "maintenance/retention.hpp"
#include "maintenance/test_store.hpp"
#include "maintenance/test_verify.hpp"
#include "sim/faulty_disk.hpp"
#include "snapshot/directory_checkpoints.hpp"

namespace daybook::maintenance {
namespace {

using testing::HasSubstr;

const std::string kStore = "/store", kBackup = "/backup", kRestored = "/restored";

// The consumer has handled all that there is.
void handle_all(io::Files& files, runtime::DiskLog& store, const std::string& consumer) {
  auto& log = store.log();
  snapshot::DirectoryCheckpoints checkpoints(files, kStore + "/consumers");
  ASSERT_TRUE(checkpoints.save(consumer, {{log.id(), log.end(), *log.chain_at(log.end())}, {}}));
}

void grow(io::Files& files, int batches, const std::string& consumer) {
  auto store = open_store(files, kStore);
  fill(store->log(), batches);
  handle_all(files, *store, consumer);
}

// What restore makes of the backup: sound, and no consumer is past its end.
std::vector<Told> restored(sim::FaultyDisk& disk, const std::string& to = kRestored) {
  const auto made = restore(disk, kBackup, to, {});
  EXPECT_TRUE(made) << made.error().message;
  const snapshot::DirectoryCheckpoints checkpoints(disk, to + "/consumers");
  for (const auto& finding : look(disk, to, nullptr, &checkpoints).findings) ADD_FAILURE() << to_string(finding);
  return everything(disk, to);
}

std::vector<std::string> consumers_of(sim::FaultyDisk& disk, const std::string& store) {
  const snapshot::DirectoryCheckpoints checkpoints(disk, store + "/consumers");
  auto names = checkpoints.names();
  EXPECT_TRUE(names) << names.error().message;
  return names ? *names : std::vector<std::string>{};
}

TEST(Backup, consumers_are_where_the_store_had_them) {
  sim::FaultyDisk disk;
  grow(disk, 5, "first");
  ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  grow(disk, 5, "second");
  snapshot::DirectoryCheckpoints ours(disk, kStore + "/consumers");
  ASSERT_TRUE(ours.remove("first"));
  ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  EXPECT_EQ(restored(disk), everything(disk, kStore));
  EXPECT_THAT(consumers_of(disk, kRestored), testing::ElementsAre("second"));
  // Also where nothing but a consumer has moved.
  ASSERT_TRUE(ours.save("third", {}));
  ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  ASSERT_TRUE(restore(disk, kBackup, "/again", {}));
  EXPECT_THAT(consumers_of(disk, "/again"), testing::ElementsAre("second", "third"));
}

TEST(Backup, a_file_of_it_that_became_shorter_is_not_filled_up) {
  sim::FaultyDisk disk;
  grow(disk, 5, "c");
  const auto first = back_up(disk, kStore, kBackup, {});
  ASSERT_TRUE(first);
  grow(disk, 2, "c");
  const auto path = kBackup + "/log/" + journal::segment_name(first->now.segment);
  disk.cut_file(path, first->now.bytes - 1);
  const auto again = back_up(disk, kStore, kBackup, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::Damage);
  EXPECT_THAT(again.error().message, HasSubstr(path));
  EXPECT_EQ(disk.cached(path)->size(), first->now.bytes - 1) << "it stays as it was found";
}

// ---- cut short

TEST(Backup, a_file_that_is_missing_or_has_grown_is_damage_that_names_it) {
  sim::FaultyDisk disk;
  grow(disk, 30, "first");
  ASSERT_TRUE(archive(disk, kStore, "/archive", {40}, {}));
  ASSERT_TRUE(delete_archived(disk, kStore, *plan_deletion(disk, kStore, {20}, nullptr, nullptr), {}));
  const auto backup = back_up(disk, kStore, kBackup, {});
  ASSERT_TRUE(backup) << backup.error().message;
  const auto first = kBackup + "/log/" + journal::segment_name(backup->now.first_segment),
             last = kBackup + "/log/" + journal::segment_name(backup->now.segment);
  const auto code_of = [](const auto& result) { return result ? ErrorCode::Closed : result.error().code; };
  for (const auto& path : {first, last, kBackup + "/HEADS"}) {
    const auto content = *disk.cached(path);
    disk.erase(path);
    const auto made = restore(disk, kBackup, "/from " + path, {});
    ASSERT_FALSE(made) << path;
    EXPECT_EQ(made.error().code, ErrorCode::Damage) << made.error().message;
    EXPECT_THAT(made.error().message, HasSubstr(path));
    disk.put(path, content);
  }
  disk.erase(last);
  EXPECT_EQ(code_of(back_up(disk, kStore, kBackup, {})), ErrorCode::Damage);
  const auto whole = kBackup + "/BACKUP";
  disk.put(whole, *disk.cached(whole) + std::string(5000, 'x'));
  EXPECT_EQ(code_of(read_backup(disk, kBackup)), ErrorCode::Damage);
  EXPECT_EQ(code_of(back_up(disk, kStore, kBackup, {})), ErrorCode::Damage);
}

TEST(BackupOfASeal, one_that_ended_with_a_seal_is_continued) {
  sim::FaultyDisk disk;
  {
    auto store = open_store(disk, kStore);
    // The next segment can not be made, so the last one is sealed and nothing follows it.
    disk.inject({.on = sim::Operation::Create, .path = ".seg", .times = 1'000, .code = ErrorCode::DiskFull});
    for (int i = 0; i < 100; ++i)
      if (!append(store->log(), {{.stream = "S-1", .type = "T", .data = std::string(100, 'x')}})) break;
    disk.process_kill();
  }
  disk.clear_faults();
  const auto first = back_up(disk, kStore, kBackup, {});
  ASSERT_TRUE(first) << first.error().message;
  fill(open_store(disk, kStore)->log(), 10);
  const auto second = back_up(disk, kStore, kBackup, {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(restored(disk), everything(disk, kStore));
}

TEST(BackupCrash, the_first_can_be_cut_short_anywhere) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k + 1});
    grow(disk, 2, "c");
    const auto before = everything(disk, kStore);
    disk.crash_at(k);
    const bool done = back_up(disk, kStore, kBackup, {}).has_value();
    disk.power_cut();
    if (const auto there = read_backup(disk, kBackup); there || done) {
      ASSERT_EQ(restored(disk), before) << "cut at " << k;
      EXPECT_THAT(consumers_of(disk, kRestored), testing::ElementsAre("c")) << "cut at " << k;
    } else {
      ASSERT_EQ(there.error().code, ErrorCode::NotFound) << there.error().message;
    }
    const auto again = back_up(disk, kStore, kBackup, {});
    ASSERT_TRUE(again) << again.error().message << " after a cut at " << k;
    ASSERT_EQ(restored(disk, "/restored-again"), before) << "cut at " << k;
    if (done) break;
  }
}

TEST(BackupCrash, one_in_a_directory_whose_maker_was_killed_outlives_a_power_cut) {
  constexpr std::uint64_t kSteps = 5, kSeeds = 16;  // the steps that make its directories; of power cuts
  for (std::uint64_t k = 0; k < kSteps * kSeeds; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k});
    grow(disk, 2, "c");
    const auto before = everything(disk, kStore);
    disk.crash_at(k / kSeeds);
    ASSERT_FALSE(back_up(disk, kStore, kBackup, {}));
    disk.process_kill();
    const auto again = back_up(disk, kStore, kBackup, {});
    ASSERT_TRUE(again) << again.error().message << " after a kill at " << k / kSeeds;
    disk.power_cut();
    ASSERT_EQ(restored(disk), before) << "killed at " << k / kSeeds;
  }
}

// `first` makes a store and a backup of it. `replacing`: how many cuts found a segment being replaced.
void cut_the_second_short(int& replacing, const std::function<void(sim::FaultyDisk&)>& first) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k + 1});
    first(disk);
    const auto backed_up = read_backup(disk, kBackup);
    ASSERT_TRUE(backed_up);
    grow(disk, 2, "new");
    const auto after = everything(disk, kStore);
    const std::vector before(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(backed_up->end.value));
    disk.crash_at(k);
    const bool done = back_up(disk, kStore, kBackup, {}).has_value();
    disk.power_cut();
    for (const auto& entry : entries_of(disk, kBackup + "/log")) replacing += entry.name.ends_with(".seg.new");
    const auto got = restored(disk);
    EXPECT_TRUE(got == after || (!done && got == before)) << "cut at " << k << ": " << got.size();
    if (got == before)
      EXPECT_THAT(consumers_of(disk, kRestored), testing::ElementsAre("old")) << "cut at " << k;
    else
      EXPECT_THAT(consumers_of(disk, kRestored), testing::ElementsAre("new", "old")) << "cut at " << k;
    const auto again = back_up(disk, kStore, kBackup, {});
    EXPECT_TRUE(again) << again.error().message << " after a cut at " << k;
    EXPECT_EQ(restored(disk, "/restored-again"), after) << "cut at " << k;
    if (done || testing::Test::HasFailure()) return;
  }
}

TEST(BackupCrash, the_next_can_be_cut_short_anywhere_and_leaves_the_one_before) {
  int replacing = 0;
  cut_the_second_short(replacing, [](sim::FaultyDisk& disk) {
    grow(disk, 2, "old");
    ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  });
  EXPECT_EQ(replacing, 0);
}

TEST(BackupCrash, one_that_replaces_a_segment_can_be_cut_short_anywhere) {
  // The writer is lost with its mark: what it wrote last, and was in the backup, is written anew into another segment.
  int replacing = 0;
  cut_the_second_short(replacing, [](sim::FaultyDisk& disk) {
    auto store = open_store(disk, kStore);
    fill(store->log(), 2);
    handle_all(disk, *store, "old");
    ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
    disk.power_cut();
    disk.erase(kStore + "/mark");
  });
  EXPECT_GT(replacing, 0);
}

TEST(BackupCrash, the_first_of_a_cut_log_can_be_cut_short_anywhere) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k + 1});
    grow(disk, 3, "c");
    ASSERT_TRUE(archive(disk, kStore, "/archive", {2}, {}));
    const auto planned = plan_deletion(disk, kStore, {2}, nullptr, nullptr);
    ASSERT_TRUE(planned && planned->segments > 0);
    ASSERT_TRUE(delete_archived(disk, kStore, *planned, {}));
    const auto rest = everything(disk, kStore);
    disk.crash_at(k);
    const bool done = back_up(disk, kStore, kBackup, {}).has_value();
    disk.power_cut();
    const auto again = back_up(disk, kStore, kBackup, {});
    ASSERT_TRUE(again) << again.error().message << " after a cut at " << k;
    ASSERT_EQ(restored(disk), rest) << "cut at " << k;
    if (done) break;
  }
}

}  // namespace
}  // namespace daybook::maintenance
