// What opening trusts after a sync that failed, or never came: nothing that it has not written and synced itself.
#include <gtest/gtest.h>

#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

class FailedSyncs : public StoreTest {
 protected:
  void new_disk(sim::FaultyDisk::Options options) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk(options);
  }
  // Of a disk that loses other writes with every seed.
  void on_each_disk(const std::function<void()>& test, std::size_t sector = sim::FaultyDisk::Options{}.sector) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      new_disk({.seed = seed, .sector = sector});
      test();
      if (HasFatalFailure()) return;
      close_files();
    }
  }
  void expect_to_find_after_a_power_cut(Position end) {
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, end);
  }
};

TEST_F(FailedSyncs, after_a_failed_sync_no_cached_page_is_trusted) {
  on_each_disk([&] {
    open();
    append({1});
    const auto group = writer->group({2, 1});
    ASSERT_TRUE(writer->write(group));
    disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
    EXPECT_EQ(writer->commit().error().code, ErrorCode::IoError);
    EXPECT_FALSE(directory->writable());
    EXPECT_EQ(directory->durable(), Position{1});
    open();  // the same boot: the pages read back, whatever the disk has
    ASSERT_EQ(directory->tail().end, Position{4});
    append();
    expect_to_find_after_a_power_cut(Position{5});
  });
}

// A close says no more than the mark, so nobody knows whether its sync returned; what comes behind it must not stand on
// bytes that the disk never got. Its 88 bytes are made to cross a page.
TEST_F(FailedSyncs, what_follows_a_close_whose_sync_failed_survives_a_power_cut) {
  on_each_disk([&] {
    open();
    const auto page = std::uint64_t{2} * 4096;
    const auto used = writer->tail().offset + writer->group({1}, "").size();
    ASSERT_TRUE(writer->append({1}, std::string(page - 40 - used, 'x')));
    disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
    EXPECT_FALSE(writer->close());
    open();
    append();
    expect_to_find_after_a_power_cut(Position{2});
  });
}

// Before each read of the segment in turn.
TEST_F(FailedSyncs, pages_that_go_while_the_store_is_opened_take_nothing_that_was_served) {
  struct Dropping final : Forwarding {
    std::function<void()> before;
    Dropping(io::Files& f, std::function<void()> b) : Forwarding(f), before(std::move(b)) {}
    Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override {
      auto file = inner_.open(p, how);
      if (!file || !p.ends_with(segment_name(1))) return file;
      return std::make_unique<ReadFile>(std::move(*file), [this](std::size_t) { before(); });
    }
  };
  for (const bool close : {false, true}) {
    std::uint64_t refused = 0;
    for (std::uint64_t k = 0;; ++k) {
      new_disk({.seed = k + 1});
      open();
      append();
      if (!close) {
        ASSERT_TRUE(writer->write(writer->group({2, 1}, std::string(3'000, 'x'))));
      }
      disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
      ASSERT_FALSE(close ? writer->close() : writer->commit());
      close_files();
      std::uint64_t left = k;
      bool dropped = false;
      Dropping files(disk, [&] {
        if (left-- != 0) return;
        dropped = true;
        disk.drop_caches();
      });
      std::uint64_t served = 0;
      {
        auto opened = Directory::open(files, "store", {.segment_bytes = 1u << 20}, false);
        refused += !opened;
        if (opened) {
          contract::GroupWriter w(**opened, (*opened)->tail());
          ASSERT_TRUE(w.append({1}));
          served = w.tail().end.value;
        }
      }
      power_cut();
      open();
      ASSERT_FALSE(recovery().damage) << "read " << k << ": " << recovery().damage->message;
      ASSERT_GE(directory->tail().end.value, std::max<std::uint64_t>(served, 1)) << "read " << k;
      close_files();
      if (dropped) continue;
      EXPECT_GT(k, 2u);
      break;
    }
    EXPECT_GT(refused, 0u);
  }
}

TEST_F(FailedSyncs, a_seal_whose_sync_failed_is_made_again) {
  on_each_disk(
      [&] {
        open();
        append();
        disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
        EXPECT_FALSE(writer->begin_segment());
        EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::ReadOnly);
        open();
        ASSERT_TRUE(writer->begin_segment());
        append();
        ASSERT_TRUE(writer->begin_segment());
        expect_to_find_after_a_power_cut(Position{2});
      },
      /*sector=*/1);
}

// Of the segment that an opening cut, because it wrote the tail again elsewhere. The next opening reads the seal back.
TEST_F(FailedSyncs, a_seal_that_an_opening_could_not_sync_is_made_again_by_the_next) {
  on_each_disk([&] {
    open();
    append({1});
    const auto group = writer->group({1});
    ASSERT_TRUE(writer->write(group));
    disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
    EXPECT_FALSE(writer->commit());
    close_files();
    disk.inject({.on = sim::Operation::Sync, .path = segment_name(1)});
    EXPECT_EQ(try_open().error().code, ErrorCode::IoError);
    open();
    append();
    expect_to_find_after_a_power_cut(Position{3});
  });
}

// The new segment's name may be lost, and a second sync of the directory would say yes all the same.
TEST_F(FailedSyncs, a_new_segment_whose_name_could_not_be_synced_ends_all_writing) {
  on_each_disk([&] {
    open();
    append();
    disk.inject({.on = sim::Operation::SyncDirectory, .path = "store/log"});
    EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::IoError);
    EXPECT_FALSE(directory->writable());
    EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::ReadOnly);
    open();  // the same boot: the name is still seen
    EXPECT_EQ(directory->tail().end, Position{1});
    append();
    expect_to_find_after_a_power_cut(Position{2});
  });
}

// Whichever of its directory syncs fails: what is acknowledged by the opening after that is there for good.
TEST_F(FailedSyncs, an_opening_whose_directory_sync_failed_is_not_built_upon) {
  for (const bool tail : {false, true})
    for (std::uint64_t k = 0;; ++k) {
      new_disk({.seed = k});
      if (tail) {
        open();
        append();
        ASSERT_TRUE(writer->begin_segment());
        append();
        ASSERT_TRUE(writer->write(writer->group({2, 1})));  // to be written again, into a new segment
        kill();
      }
      disk.inject({.on = sim::Operation::SyncDirectory, .skip = k});
      const bool failed = !try_open();
      disk.clear_faults();
      open();
      append();
      const auto end = writer->tail().end;
      power_cut();
      open();
      ASSERT_FALSE(recovery().damage) << "sync " << k << ": " << recovery().damage->message;
      ASSERT_EQ(directory->tail().end, end) << "sync " << k;
      close_files();
      if (!failed) {
        EXPECT_GT(k, 2u);
        break;
      }
    }
}

// A writer that died between naming a segment and syncing the directory leaves it to the next one, whose sync may fail.
TEST_F(FailedSyncs, a_name_that_a_dead_writer_left_is_not_trusted_after_a_failed_sync) {
  for (std::uint64_t k = 0;; ++k) {
    new_disk({.seed = k});
    open();
    append();
    disk.crash_at(k);
    const bool begun = writer->begin_segment().has_value();
    kill();
    disk.inject({.on = sim::Operation::SyncDirectory, .path = "store/log"});
    EXPECT_FALSE(try_open());
    open();
    append();
    const auto end = writer->tail().end;
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << "step " << k << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, end) << "step " << k;
    close_files();
    if (begun) break;
  }
}

TEST_F(FailedSyncs, a_crash_while_a_segment_is_named_again_is_no_damage_to_anybody) {
  open();
  append();
  ASSERT_TRUE(writer->begin_segment());
  append();
  kill();
  const auto running = disk.process();
  const auto reads_on = Directory::follow(*running, "store", {.open_segments = 1});
  ASSERT_TRUE(reads_on);
  for (std::uint64_t k = 0;; ++k) {
    std::array<std::byte, 1> byte{};
    ASSERT_TRUE((*reads_on)->read(1, 0, byte));  // so that it has the other one no longer open
    disk.crash_at(k);
    const bool opened = try_open().has_value() && !disk.dead();
    disk.process_kill();
    const auto reader = disk.process();
    const auto followed = Directory::follow(*reader, "store");
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_FALSE((*followed)->recovery().damage) << "step " << k;
    EXPECT_EQ((*followed)->durable(), Position{2}) << "step " << k;
    const auto got = (*reads_on)->read(2, 0, byte);
    ASSERT_TRUE(got) << "step " << k << ": " << got.error().message;
    if (opened) break;
  }
}

// A reader that lists log/ just then may see it under neither name.
TEST_F(FailedSyncs, a_segment_that_is_missed_while_it_is_named_again_is_looked_for_again) {
  struct Missing final : Forwarding {
    using Forwarding::Forwarding;
    int times = 0;
    Result<std::vector<io::Entry>> list(const std::string& d) override {
      auto entries = inner_.list(d);
      if (entries && d.ends_with("/log") && times-- > 0) {
        while (!entries->back().name.ends_with(".seg")) entries->pop_back();
        entries->pop_back();
      }
      return entries;
    }
  };
  open();
  append();
  for (std::uint64_t segments = 1; segments <= 2; ++segments) {
    const auto end = Position{segments};
    for (int times = 0; times <= (segments == 1 ? 2 : 1); ++times) {
      const auto process = disk.process();
      Missing files(*process);
      files.times = times;
      const auto followed = Directory::follow(files, "store");
      ASSERT_TRUE(followed) << followed.error().message;
      EXPECT_FALSE((*followed)->recovery().damage) << (*followed)->recovery().damage->message;
      EXPECT_EQ((*followed)->durable(), end);
      files.times = times;
      EXPECT_TRUE((*followed)->refresh());
      EXPECT_FALSE((*followed)->recovery().damage);
      EXPECT_EQ((*followed)->durable(), end);
    }
    if (segments == 2) break;
    ASSERT_TRUE(writer->begin_segment());
    append();
  }
}

// Who makes a store may be killed between making a directory and syncing the one that names it; the next finds the directory there.
TEST_F(FailedSyncs, a_store_in_directories_whose_maker_was_killed_outlives_a_power_cut) {
  constexpr std::uint64_t kSteps = 8, kSeeds = 16;  // the steps before there is a store/log; of power cuts
  for (std::uint64_t k = 0; k < kSteps * kSeeds; ++k) {
    new_disk({.seed = k});
    const auto open_below = [&](bool create) { return Directory::open(disk, "above/below/store/", {}, create); };
    disk.crash_at(k / kSeeds);
    ASSERT_FALSE(open_below(true));
    disk.process_kill();
    {
      const auto mine = open_below(true);
      ASSERT_TRUE(mine) << mine.error().message;
      ASSERT_TRUE(contract::GroupWriter(**mine, (*mine)->tail()).append({1}));
    }
    disk.power_cut();
    const auto again = open_below(false);
    ASSERT_TRUE(again) << "step " << k / kSeeds << ": " << again.error().message;
    EXPECT_EQ((*again)->tail().end, Position{1}) << "step " << k / kSeeds;
  }
}

}  // namespace
}  // namespace daybook::journal
