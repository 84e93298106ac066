#include "maintenance/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "journal/test_store.hpp"
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
using testing::SizeIs;

const std::string kStore = "/store";

SnapshotInfo snapshot_at(const LogId& log, std::uint64_t position, Chain chain) {
  SnapshotInfo info;
  info.key = "All-1";
  info.mark = {log, {position}, chain};
  return info;
}

class Verification : public testing::Test {
 protected:
  void SetUp() override {
    auto store = open_store(disk, kStore);
    fill(store->log(), 20);
    ASSERT_TRUE(store->close());
  }
  static std::string segment(int n) { return kStore + "/log/00000000000" + std::to_string(n) + ".seg"; }

  sim::FaultyDisk disk;
};

TEST_F(Verification, a_sound_store_has_no_findings) {
  const auto looked = look(disk, kStore);
  EXPECT_THAT(looked.findings, IsEmpty());
  // The index of a segment that was full just before the end may not have been made yet.
  EXPECT_THAT(looked.notes, testing::Each(HasSubstr(".idx is not there")));
  EXPECT_EQ(looked.sum.events, 40u);
  EXPECT_EQ(looked.sum.end, Position{40});
  EXPECT_EQ(looked.sum.streams, 6u);
  EXPECT_GT(looked.sum.segments, 2u);
  EXPECT_GT(looked.sum.indexes, 0u);
  EXPECT_FALSE(looked.sum.running);
  auto store = runtime::DiskLog::follow(disk, kStore, {});
  EXPECT_EQ(*(*store)->log().chain_at({40}), looked.sum.chain);
}

TEST_F(Verification, a_flipped_byte_of_store_is_found_and_the_segments_say_whose_they_are) {
  const auto content = *disk.cached(kStore + "/STORE");
  for (std::uint64_t at = 0; at < content.size(); at += 11) {
    disk.flip(kStore + "/STORE", at, 0);
    const auto looked = look(disk, kStore);
    disk.flip(kStore + "/STORE", at, 0);
    ASSERT_THAT(looked.findings, SizeIs(1)) << at;
    EXPECT_EQ(looked.findings.front().file, "STORE");
    EXPECT_EQ(looked.sum.events, 40u);
  }
}

TEST_F(Verification, a_missing_segment_is_named_with_what_was_in_it) {
  disk.erase(segment(2));
  const auto looked = look(disk, kStore);
  ASSERT_THAT(looked.findings, testing::Not(IsEmpty()));
  EXPECT_EQ(looked.findings.front().file, "log/000000000002.seg");
  EXPECT_THAT(looked.findings.front().what, HasSubstr("missing"));
  ASSERT_TRUE(looked.findings.front().until);
  EXPECT_EQ(looked.sum.events + (looked.findings.front().until->value - looked.findings.front().from->value), 40u);
}

TEST_F(Verification, segments_that_changed_places_are_found_by_what_they_say) {
  const auto second = *disk.cached(segment(2)), third = *disk.cached(segment(3));
  disk.put(segment(2), third);
  disk.put(segment(3), second);
  const auto looked = look(disk, kStore);
  ASSERT_THAT(looked.findings, testing::Not(IsEmpty()));
  EXPECT_THAT(looked.findings[0].what, HasSubstr("says that it is number 3"));
  const auto repaired = repair(disk, kStore, "/repaired", {});
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_THAT(repaired->lost, IsEmpty());
  EXPECT_EQ(repaired->events, 40u);
}

TEST_F(Verification, a_truncated_segment_is_damage_where_more_was_durable) {
  disk.cut_file(segment(2), 4200);
  const auto looked = look(disk, kStore);
  EXPECT_THAT(looked.findings, testing::Not(IsEmpty()));
}

TEST_F(Verification, a_segment_of_another_log_is_foreign) {
  {
    auto other = open_store(disk, "/other");
    fill(other->log(), 20);
  }
  disk.put(segment(2), *disk.cached("/other/log/000000000002.seg"));
  const auto looked = look(disk, kStore);
  ASSERT_THAT(looked.findings, testing::Not(IsEmpty()));
  EXPECT_EQ(looked.findings.front().code, ErrorCode::ForeignHistory);
}

TEST_F(Verification, a_torn_tail_is_no_damage) {
  std::string last;
  for (const auto& entry : entries_of(disk, kStore + "/log"))
    if (entry.name.ends_with(".seg")) last = kStore + "/log/" + entry.name;
  disk.put(last, *disk.cached(last) + std::string(300, 'x'));
  const auto looked = look(disk, kStore);
  EXPECT_THAT(looked.findings, IsEmpty());
  EXPECT_THAT(looked.notes, testing::Contains(HasSubstr("torn tail")));
}

TEST_F(Verification, a_log_that_ends_before_its_mark_is_damage) {
  std::string last;
  for (const auto& entry : entries_of(disk, kStore + "/log"))
    if (entry.name.ends_with(".seg")) last = kStore + "/log/" + entry.name;
  disk.cut_file(last, 4096);
  const auto looked = look(disk, kStore);
  ASSERT_THAT(looked.findings, SizeIs(1));
  EXPECT_THAT(looked.findings.front().what, HasSubstr("mark"));
  EXPECT_EQ(*looked.findings.front().until, Position{40});
}

TEST_F(Verification, an_index_of_another_segment_is_found) {
  const auto second = kStore + "/log/000000000002.idx";
  disk.put(kStore + "/log/000000000001.idx", *disk.cached(second));
  const auto looked = look(disk, kStore);
  ASSERT_THAT(looked.findings, SizeIs(1));
  EXPECT_EQ(looked.findings.front().file, "log/000000000001.idx");
  disk.erase(kStore + "/log/000000000001.idx");
  EXPECT_THAT(look(disk, kStore).findings, IsEmpty()) << "it is made anew";
}

TEST_F(Verification, a_guide_that_is_damaged_or_says_other_than_the_indexes_is_found) {
  {
    auto store = open_store(disk, kStore);
    fill_until_guided(*store, 2);
    ASSERT_TRUE(store->close());
  }
  ASSERT_THAT(look(disk, kStore).findings, IsEmpty());
  const std::string name = "log/000000000016.guide1", path = kStore + "/" + name;
  const auto sound = *disk.cached(path);
  const auto expect_found = [&] {
    const auto looked = look(disk, kStore);
    ASSERT_THAT(looked.findings, SizeIs(1));
    EXPECT_EQ(looked.findings.front().file, name);
    EXPECT_THAT(looked.findings.front().what, HasSubstr("made anew"));
  };
  for (const std::size_t at : {3, 50, 130, int(sound.size()) - 1}) {
    disk.put(path, sound);
    disk.flip(path, at, 1);
    expect_found();
  }
  // Of other segments; and, all checksums right, with a key that another segment has.
  disk.put(path, *disk.cached(kStore + "/log/000000000032.guide1"));
  expect_found();
  auto other = sound;
  other[128] = static_cast<char>(other[128] ^ 1);
  const auto sums = other.size() - 8;
  base::store(other.data() + sums, base::checksum(std::string_view(other).substr(128, sums - 128)));
  base::store(other.data() + 64, base::checksum(std::string_view(other).substr(sums)));
  base::store(other.data() + 120, base::checksum(std::string_view(other).substr(0, 120)));
  disk.put(path, other);
  expect_found();
  disk.put(path, sound);
  disk.put(kStore + "/log/000000000999.guide1", sound);
  EXPECT_THAT(look(disk, kStore).findings, SizeIs(1)) << "there are no such segments";
}

TEST_F(Verification, a_running_store_is_checked_up_to_what_was_durable) {
  auto store = open_store(disk, kStore);
  fill(store->log(), 3);
  const auto looked = look(disk, kStore);
  EXPECT_TRUE(looked.sum.running);
  EXPECT_THAT(looked.findings, IsEmpty());
  EXPECT_EQ(looked.sum.end, Position{46});
}

// As somebody who may only read, in the middle of somebody else's writing.
TEST_F(Verification, what_is_written_meanwhile_is_no_damage_to_one_who_may_not_lock) {
  auto store = open_store(disk, kStore);
  disk.put(kStore + "/ARCHIVE", "not read yet by the time of the next append");
  disk.inject({.on = sim::Operation::Lock, .code = ErrorCode::PermissionDenied});
  std::vector<std::string> found, notes;
  VerifyOptions options;
  options.found = [&](const Finding& f) {
    if (found.empty()) fill(store->log(), 5);
    found.push_back(f.file);
  };
  options.note = [&](const std::string& text) { notes.push_back(text); };
  const auto verified = verify(disk, kStore, options);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_THAT(found, testing::ElementsAre("ARCHIVE"));
  EXPECT_FALSE(verified->running);
  EXPECT_GE(verified->events, 40u);
  EXPECT_THAT(notes, testing::Contains(HasSubstr("a writer may be at work")));
}

TEST_F(Verification, snapshots_and_checkpoints_of_another_past_are_found) {
  auto follower = runtime::DiskLog::follow(disk, kStore, {});
  ASSERT_TRUE(follower);
  auto& log = (*follower)->log();
  snapshot::DirectorySnapshots snapshots(disk, kStore + "/snapshots");
  snapshot::DirectoryCheckpoints checkpoints(disk, kStore + "/consumers");
  for (const std::uint64_t at : {0u, 1u, 7u, 39u, 40u}) {
    ASSERT_TRUE(snapshots.save(snapshot_at(log.id(), at, *log.chain_at({at})), "state"));
    ASSERT_TRUE(checkpoints.save("c" + std::to_string(at), {{log.id(), {at}, *log.chain_at({at})}, {}}));
  }
  const auto sound = look(disk, kStore, &snapshots, &checkpoints);
  EXPECT_THAT(sound.findings, IsEmpty());
  EXPECT_EQ(sound.sum.snapshots, 5u);
  EXPECT_EQ(sound.sum.checkpoints, 5u);
  ASSERT_TRUE(snapshots.save(snapshot_at(log.id(), 8, *log.chain_at({7})), "state"));
  ASSERT_TRUE(snapshots.save(snapshot_at({}, 9, *log.chain_at({9})), "state"));
  ASSERT_TRUE(checkpoints.save("ahead", {{log.id(), {41}, {}}, {}}));
  const auto looked = look(disk, kStore, &snapshots, &checkpoints);
  ASSERT_THAT(looked.findings, SizeIs(3));
  EXPECT_THAT(looked.findings[0].file, HasSubstr("snapshot of \"All-1\" at position 8"));
  EXPECT_THAT(looked.findings[1].what, HasSubstr("is of log 00000000"));
  EXPECT_THAT(looked.findings[2].what, HasSubstr("past the log's end"));
}

// ---- what can not be opened

TEST_F(Verification, a_segment_that_can_not_be_opened_is_a_finding_and_the_others_are_copied) {
  const auto all = everything(disk, kStore);
  std::vector<std::string> names;
  for (const auto& entry : entries_of(disk, kStore + "/log"))
    if (entry.name.ends_with(".seg")) names.push_back("log/" + entry.name);
  ASSERT_GE(names.size(), 4u);
  for (const auto& name : {names[0], names[1], names.back()}) {
    SCOPED_TRACE(name);
    disk.inject({.on = sim::Operation::Open, .path = name, .times = 1000, .code = ErrorCode::IoError});
    const auto looked = look(disk, kStore);
    const auto to = "/repaired-" + name.substr(4);
    const auto repaired = repair(disk, kStore, to, {});
    disk.clear_faults();
    for (const auto& finding : looked.findings) EXPECT_EQ(finding.file, name) << finding.what;
    const auto lost_of = [&](const Finding& f) { return f.until ? f.until->value - f.from->value : 0; };
    std::uint64_t lost = 0;
    for (const auto& finding : looked.findings) lost += lost_of(finding);
    EXPECT_GT(lost, 0u);
    EXPECT_EQ(looked.sum.events + lost, all.size());
    const auto unopened = std::ranges::find_if(looked.findings, [](const Finding& f) {
      return f.code == ErrorCode::IoError && f.what.starts_with("the segment can not be opened");
    });
    EXPECT_NE(unopened, looked.findings.end());
    ASSERT_TRUE(repaired) << repaired.error().message;
    EXPECT_EQ(repaired->events, looked.sum.events);
    ASSERT_THAT(repaired->lost, SizeIs(1));
    EXPECT_EQ(repaired->lost[0].until.value - repaired->lost[0].from.value, lost);
    EXPECT_EQ(everything(disk, to).size(), repaired->events);
  }
}

// ---- repair

TEST_F(Verification, a_repair_that_fails_says_what_it_leaves) {
  disk.inject({.on = sim::Operation::Sync, .path = "/repaired/log", .code = ErrorCode::DiskFull});
  const auto repaired = repair(disk, kStore, "/repaired", {});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::DiskFull);
  EXPECT_THAT(repaired.error().message,
              HasSubstr("is left in /repaired, which is no store: remove it and repair again"));
  EXPECT_THAT(repair(disk, kStore, "/repaired", {}).error().message,
              HasSubstr("a repair that did not come to its end"));
}

TEST_F(Verification, a_payload_that_looks_like_a_record_is_not_taken_for_one) {
  // A record of the store itself, said to stand at the next position, inside of a payload.
  auto store = open_store(disk, "/victim");
  ASSERT_TRUE(append(store->log(), {{.stream = "S-1", .type = "T", .data = "0"}}));
  store.reset();
  const auto victim = *disk.cached("/victim/log/000000000001.seg");
  auto forged = victim.substr(4096 + 88, 8 + 76 + 3 + 1 + 1);
  const std::uint64_t position = 2;
  std::memcpy(forged.data() + 8 + 8, &position, 8);
  const auto digest = base::checksum(std::string_view(forged).substr(8));
  std::memcpy(forged.data(), &digest, 8);
  store = open_store(disk, "/victim");
  ASSERT_TRUE(append(store->log(), {{.stream = "S-1", .type = "T", .data = forged, .content_type = ContentType::Binary},
                                    {.stream = "S-1", .type = "T", .data = "2"},
                                    {.stream = "S-1", .type = "T", .data = "3"}}));
  store.reset();
  std::size_t found = 0;
  for (const auto& entry : entries_of(disk, "/victim/log")) {
    const auto path = "/victim/log/" + entry.name;
    const auto at = disk.cached(path)->find(forged);
    if (at == std::string::npos) continue;
    // The size of the record around it: where the next one stands has to be searched for.
    disk.flip(path, at - 4 - 76 + 1, 0);
    ++found;
  }
  ASSERT_EQ(found, 1u);
  const auto repaired = repair(disk, "/victim", "/repaired", {});
  ASSERT_TRUE(repaired) << repaired.error().message;
  const auto after = everything(disk, "/repaired");
  ASSERT_THAT(after, SizeIs(3));
  EXPECT_EQ(after[1].data, "2");
  EXPECT_EQ(after[2].data, "3");
}

TEST_F(Verification, a_group_without_its_header_is_proven_by_the_chain) {
  disk.flip(segment(2), 4096 + 30, 2);
  const auto looked = look(disk, kStore);
  EXPECT_EQ(looked.sum.events, 40u);
  ASSERT_THAT(looked.findings, testing::Not(IsEmpty()));
  EXPECT_FALSE(looked.findings.front().until);
}

TEST_F(Verification, no_writer_begins_between_the_look_at_the_files_and_the_lock) {
  struct Listing final : journal::Forwarding {
    using Forwarding::Forwarding;
    std::function<void()> then = [] {};
    Result<std::vector<io::Entry>> list(const std::string& d) override {
      auto entries = inner_.list(d);
      if (d == kStore + "/log") then();
      return entries;
    }
  };
  Listing files(disk);
  const auto other = disk.process();
  int tries = 0;
  files.then = [&] {
    ++tries;
    const auto opened = runtime::DiskLog::open(*other, kStore, runtime::system_clock(), {});
    EXPECT_FALSE(opened) << "what it writes would be left out";
  };
  ASSERT_TRUE(verify(files, kStore, {}));
  EXPECT_GT(std::exchange(tries, 0), 0);
  ASSERT_TRUE(repair(files, kStore, "/repaired", {}));
  EXPECT_GT(tries, 0);
}

TEST_F(Verification, where_no_store_is_no_lock_is_left) {
  ASSERT_TRUE(disk.make_directory("/empty"));
  EXPECT_EQ(verify(disk, "/empty", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(repair(disk, "/empty", "/repaired", {}).error().code, ErrorCode::NotFound);
  EXPECT_THAT(*disk.list("/empty"), IsEmpty());
}

TEST_F(Verification, a_store_that_is_written_is_not_repaired) {
  auto store = open_store(disk, kStore);
  const auto repaired = repair(disk, kStore, "/repaired", {});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::Locked);
}

}  // namespace
}  // namespace daybook::maintenance
