// What opening makes of the end of a log: a torn tail is not damage, and damage is not a torn tail.
#include <gtest/gtest.h>

#include <set>

#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

class Recovering : public StoreTest {
 protected:
  // As if the power had gone while the mark's page had never been written back.
  void lose_the_mark() { disk.erase("store/mark"); }
  // Writes a group that no sync covers, as much of it as `kept`, and is killed.
  void die_writing(std::size_t kept, const std::vector<std::uint32_t>& batches = {2, 1}) {
    const auto at = writer->tail().offset;
    const auto group = writer->group(batches);
    ASSERT_TRUE(writer->write(group));
    close_files();
    disk.process_kill();
    disk.cut_file(segment(1), at + std::min(kept, group.size()));
  }
};

TEST_F(Recovering, a_clean_close_leaves_nothing_to_mend) {
  open();
  append({2, 1});
  ASSERT_TRUE(writer->close());
  open();
  EXPECT_TRUE(recovery().clean);
  EXPECT_EQ(recovery().rewritten_events, 0u);
  EXPECT_EQ(recovery().cut_bytes, 0u);
  EXPECT_EQ(directory->tail().end, Position{3});
}

TEST_F(Recovering, a_kill_after_a_sync_loses_nothing_and_rewrites_nothing) {
  open();
  append({2, 1});
  append();
  kill();
  open();
  EXPECT_FALSE(recovery().clean);
  EXPECT_EQ(recovery().rewritten_events, 0u);
  EXPECT_EQ(directory->tail().end, Position{4});
}

TEST_F(Recovering, a_torn_tail_is_cut_back_to_the_last_whole_batch) {
  open();
  append();
  const auto whole = writer->tail().offset;
  const auto group = writer->group({2, 1});
  die_writing(group.size() - 3);  // zeros at its end would be taken for a prepared file's
  const auto torn = bytes_of(segment(1)).substr(whole);
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(directory->tail().end, Position{1});
  EXPECT_EQ(bytes_of(segment(1)).size(), whole);
  EXPECT_EQ(recovery().cut_bytes, torn.size());
  EXPECT_EQ(bytes_of(recovery().cut_file), torn) << "what is cut is kept";
  append();
  open();
  EXPECT_EQ(directory->tail().end, Position{2});
}

TEST_F(Recovering, a_tail_torn_anywhere_is_cut_and_kept) {
  open();
  append();
  const auto size = writer->group({2, 1}).size();
  for (std::size_t kept = 1; kept < size; kept += 7) {
    die_writing(kept);
    open();
    ASSERT_FALSE(recovery().damage) << kept << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{1}) << kept;
    ASSERT_EQ(bytes_of(recovery().cut_file).size(), recovery().cut_bytes) << kept;
  }
}

TEST_F(Recovering, what_is_cut_twice_at_one_place_is_kept_twice) {
  open();
  append();
  ASSERT_TRUE(writer->close());
  open();
  const auto at = writer->tail().offset;
  std::set<std::string> kept;
  for (int i = 0; i < 3; ++i) {
    die_writing(100 + static_cast<std::size_t>(i));
    lose_the_mark();  // and the epoch that stands in it
    open();
    EXPECT_EQ(writer->tail().offset, at);
    kept.insert(recovery().cut_file);
  }
  EXPECT_EQ(kept.size(), 3u);
}

TEST_F(Recovering, a_whole_group_that_was_never_acknowledged_is_written_again_into_a_new_segment) {
  open();
  append();
  ASSERT_TRUE(writer->write(writer->group({2, 1})));
  kill();
  open();
  EXPECT_EQ(recovery().rewritten_events, 3u);
  EXPECT_EQ(directory->tail().end, Position{4});
  EXPECT_EQ(directory->segments().size(), 2u);
  EXPECT_EQ(directory->durable(), Position{4});
  power_cut();
  open();
  EXPECT_EQ(directory->tail().end, Position{4}) << "it was synced before it was served";
}

TEST_F(Recovering, after_a_failed_sync_no_cached_page_is_trusted) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = seed});
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
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << "seed " << seed << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{5}) << "seed " << seed;
    close_files();
  }
}

// A close says no more than the mark, so nobody knows whether its sync returned; what comes behind it must not stand on
// bytes that the disk never got. Its 88 bytes are made to cross a page.
TEST_F(Recovering, what_follows_a_close_whose_sync_failed_survives_a_power_cut) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = seed});
    open();
    const auto page = std::uint64_t{2} * 4096;
    const auto used = writer->tail().offset + writer->group({1}, "").size();
    ASSERT_TRUE(writer->append({1}, std::string(page - 40 - used, 'x')));
    disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
    EXPECT_FALSE(writer->close());
    open();
    append();
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << "seed " << seed << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{2}) << "seed " << seed;
    close_files();
  }
}

TEST_F(Recovering, a_seal_whose_sync_failed_is_made_again) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = seed, .sector = 1});
    open();
    append();
    disk.inject({.on = sim::Operation::Sync, .path = ".seg"});
    EXPECT_FALSE(writer->begin_segment());
    EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::ReadOnly);
    open();
    ASSERT_TRUE(writer->begin_segment());
    append();
    ASSERT_TRUE(writer->begin_segment());
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << "seed " << seed << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{2}) << "seed " << seed;
    close_files();
  }
}

// The new segment's name may be lost, and a second sync of the directory would say yes all the same.
TEST_F(Recovering, a_new_segment_whose_name_could_not_be_synced_ends_all_writing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = seed});
    open();
    append();
    disk.inject({.on = sim::Operation::SyncDirectory, .path = "store/log"});
    EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::IoError);
    EXPECT_FALSE(directory->writable());
    EXPECT_EQ(writer->begin_segment().error().code, ErrorCode::ReadOnly);
    open();  // the same boot: the name is still seen
    EXPECT_EQ(directory->tail().end, Position{1});
    append();
    power_cut();
    open();
    ASSERT_FALSE(recovery().damage) << "seed " << seed << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{2}) << "seed " << seed;
    close_files();
  }
}

// Whichever of its directory syncs fails: what is acknowledged by the opening after that is there for good.
TEST_F(Recovering, an_opening_whose_directory_sync_failed_is_not_built_upon) {
  for (const bool tail : {false, true})
    for (std::uint64_t k = 0;; ++k) {
      disk.~FaultyDisk();
      new (&disk) sim::FaultyDisk({.seed = k});
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
TEST_F(Recovering, a_name_that_a_dead_writer_left_is_not_trusted_after_a_failed_sync) {
  for (std::uint64_t k = 0;; ++k) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = k});
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

TEST_F(Recovering, a_crash_while_a_segment_is_named_again_is_no_damage_to_anybody) {
  open();
  append();
  kill();
  for (std::uint64_t k = 0;; ++k) {
    disk.crash_at(k);
    const bool opened = try_open().has_value() && !disk.dead();
    disk.process_kill();
    const auto reader = disk.process();
    const auto followed = Directory::follow(*reader, "store");
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_FALSE((*followed)->recovery().damage) << "step " << k;
    EXPECT_EQ((*followed)->durable(), Position{1}) << "step " << k;
    if (opened) break;
  }
}

TEST_F(Recovering, zeros_of_a_prepared_file_are_no_damage) {
  open();
  append();
  ASSERT_TRUE(directory->prepare_current());
  append();
  kill();
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(recovery().cut_bytes, 0u);
  EXPECT_EQ(directory->tail().end, Position{2});
  append();
  EXPECT_EQ(directory->durable(), Position{3});
}

TEST_F(Recovering, damage_below_the_mark_opens_read_only_and_cuts_nothing) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  disk.flip(segment(1), at + 100, 3);
  expect_damage(Position{1}, "log/000000000001.seg: position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, an_invalid_group_followed_by_a_valid_one_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  append();
  kill();
  lose_the_mark();
  disk.flip(segment(1), at + 100, 3);
  expect_damage(Position{1}, "position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, an_invalid_close_followed_by_a_valid_group_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  ASSERT_TRUE(writer->close());
  open();
  append();
  kill();
  lose_the_mark();
  disk.flip(segment(1), at + 20, 0);
  expect_damage(Position{1}, "position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, a_group_cut_off_below_the_mark_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  disk.cut_file(segment(1), at + 50);
  expect_damage(Position{1}, "though the log was durable up to position 2");
}

TEST_F(Recovering, zeros_below_the_mark_are_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  auto bytes = bytes_of(segment(1));
  disk.put(segment(1), bytes.replace(at, bytes.size() - at, bytes.size() - at, '\0'));
  expect_damage(Position{1}, "though the log was durable up to position 2");
}

TEST_F(Recovering, bytes_of_a_payload_that_look_like_a_group_prove_nothing) {
  open();
  append();
  const auto group = writer->group({1});
  ASSERT_TRUE(writer->append({1}, group));  // a payload that is the group before it, byte for byte
  const auto at = writer->tail().offset;
  const auto holding = writer->group({1}, bytes_of(segment(1)));
  ASSERT_TRUE(writer->write(holding));
  kill();
  disk.cut_file(segment(1), at + holding.size() - 3);
  open();
  EXPECT_FALSE(recovery().damage) << recovery().damage->message;
  EXPECT_EQ(directory->tail().end, Position{2});
}

}  // namespace
}  // namespace daybook::journal
