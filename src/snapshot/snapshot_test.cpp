// Snapshots in memory and in a directory, on the contract and on a disk that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "contract/snapshots_contract.hpp"
#include "io/posix_file.hpp"
#include "sim/faulty_disk.hpp"
#include "snapshot/directory_snapshots.hpp"
#include "snapshot/format.hpp"
#include "snapshot/memory_snapshots.hpp"

namespace daybook::contract {
namespace {

class MemoryBed final : public SnapshotsBed {
 public:
  Snapshots& snapshots() override { return snapshots_; }

 private:
  snapshot::MemorySnapshots snapshots_;
};

// On the real file system.
class PosixBed final : public SnapshotsBed {
 public:
  PosixBed() {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-snapshots-XXXXXX").string();
    EXPECT_TRUE(::mkdtemp(name.data()));
    directory_ = name;
    reopen();
  }
  ~PosixBed() override { std::filesystem::remove_all(directory_); }
  Snapshots& snapshots() override { return *snapshots_; }
  void reopen() {
    snapshots_ = std::make_unique<snapshot::DirectorySnapshots>(io::posix_files(), directory_ + "/snapshots");
  }

 private:
  std::string directory_;
  std::unique_ptr<snapshot::DirectorySnapshots> snapshots_;
};

// On the simulated one; reopening takes the power away first.
class SimulatedBed final : public SnapshotsBed {
 public:
  SimulatedBed() { reopen(); }
  Snapshots& snapshots() override { return *snapshots_; }
  void reopen() {
    disk_.power_cut();
    snapshots_ = std::make_unique<snapshot::DirectorySnapshots>(disk_, "store/snapshots");
  }

 private:
  sim::FaultyDisk disk_;
  std::unique_ptr<snapshot::DirectorySnapshots> snapshots_;
};

template <class Bed>
std::unique_ptr<SnapshotsBed> make_bed() {
  return std::make_unique<Bed>();
}

INSTANTIATE_TEST_SUITE_P(Memory, SnapshotsContract, testing::Values(&make_bed<MemoryBed>));
INSTANTIATE_TEST_SUITE_P(Directory, SnapshotsContract, testing::Values(&make_bed<PosixBed>));
INSTANTIATE_TEST_SUITE_P(SimulatedDirectory, SnapshotsContract, testing::Values(&make_bed<SimulatedBed>));

template <class Bed>
class KeptSnapshots : public testing::Test {};
using KeepingBeds = testing::Types<PosixBed, SimulatedBed>;
TYPED_TEST_SUITE(KeptSnapshots, KeepingBeds);

TYPED_TEST(KeptSnapshots, are_there_again_after_reopening) {
  TypeParam bed;
  ASSERT_TRUE(bed.snapshots().save(info_of("a", 9), "nine"));
  bed.reopen();
  const auto found = bed.snapshots().newest(
      "a", [](const SnapshotInfo&) { return Status{}; },
      [](std::string_view, const Error& why) { ADD_FAILURE() << why.message; });
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->info, info_of("a", 9));
  EXPECT_EQ((*found)->state, "nine");
}

}  // namespace
}  // namespace daybook::contract

namespace daybook::snapshot {
namespace {

using contract::info_of;
using sim::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DirectorySnapshotsTest : public testing::Test {
 protected:
  void save(std::uint64_t position, std::string_view state, const std::string& key = "a") {
    const auto saved = snapshots.save(info_of(key, position), state);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  std::string newest(const std::string& key = "a") {
    reasons.clear();
    codes.clear();
    const auto found = snapshots.newest(key, [](const SnapshotInfo&) { return Status{}; }, told());
    if (!found) return found.error().message;
    return *found ? (*found)->state : "none";
  }
  std::size_t listed() {
    reasons.clear();
    codes.clear();
    const auto all = snapshots.list(told());
    EXPECT_TRUE(all);
    return all ? all->size() : 0;
  }
  Snapshots::Skipped told() {
    return [this](std::string_view where, const Error& why) {
      EXPECT_THAT(where, testing::StartsWith("snapshots/"));
      EXPECT_THAT(why.message, HasSubstr(std::string(where)));
      reasons.push_back(why.message);
      codes.push_back(why.code);
    };
  }
  static std::string folder(const std::string& key = "a") { return "snapshots/" + file_name_of(key); }
  static std::string path(std::uint64_t position, const std::string& key = "a") {
    const std::string digits = std::to_string(position);
    return folder(key) + "/" + std::string(20 - digits.size(), '0') + digits + ".snapshot";
  }

  sim::FaultyDisk disk;
  DirectorySnapshots snapshots{disk, "snapshots"};
  std::vector<std::string> reasons;
  std::vector<ErrorCode> codes;
};

TEST_F(DirectorySnapshotsTest, every_flipped_byte_of_the_newest_falls_back_to_the_one_before) {
  save(1, "old");
  save(2, "new state");
  const auto size = disk.cached(path(2))->size();
  for (std::uint64_t at = 0; at < size; ++at) {
    const auto bit = static_cast<unsigned>(at % 8);
    disk.flip(path(2), at, bit);
    ASSERT_EQ(newest(), "old") << at;
    EXPECT_EQ(codes.size(), 1u);
    EXPECT_EQ(listed(), 1u);
    EXPECT_EQ(codes.size(), 1u);
    disk.flip(path(2), at, bit);
  }
  EXPECT_EQ(newest(), "new state");
}

TEST_F(DirectorySnapshotsTest, a_truncated_an_empty_and_a_foreign_file_are_passed_over_with_the_reason) {
  save(1, "old");
  for (const std::uint64_t position : {2, 3, 4, 5}) save(position, "new");
  disk.cut_file(path(2), 60);
  disk.cut_file(path(3), 0);
  disk.put(path(4), std::string(5000, 'x'));
  disk.put(path(5), std::string(5000, '\0'));
  EXPECT_EQ(newest(), "old");
  EXPECT_THAT(reasons, ElementsAre(HasSubstr("does not begin as a snapshot"), HasSubstr("does not begin as a snapshot"),
                                   HasSubstr("has 0 bytes"), HasSubstr("has 60 bytes")));
  EXPECT_EQ(listed(), 1u);
  EXPECT_EQ(reasons.size(), 4u);
}

TEST_F(DirectorySnapshotsTest, one_of_a_newer_format_is_passed_over_and_left_alone) {
  save(1, "old");
  disk.put(path(2), std::string("daysnap\n\x07\0\0\0whatever comes then", 31));
  EXPECT_EQ(newest(), "old");
  EXPECT_THAT(codes, ElementsAre(ErrorCode::UnsupportedVersion));
  EXPECT_THAT(reasons[0], HasSubstr("version 7"));
  ASSERT_TRUE(snapshots.prune("a", 1));
  EXPECT_TRUE(disk.cached(path(2)));
}

TEST_F(DirectorySnapshotsTest, a_renamed_file_is_not_believed) {
  save(1, "one");
  save(2, "two");
  save(3, "of b", "b");
  ASSERT_TRUE(disk.rename(path(2), path(9)));
  EXPECT_EQ(newest(), "one");
  EXPECT_THAT(reasons, ElementsAre(HasSubstr("position 2, which belongs in 00000000000000000002.snapshot")));
  ASSERT_TRUE(disk.rename(path(3, "b"), path(3)));
  EXPECT_EQ(newest(), "one");
  EXPECT_THAT(reasons[1], HasSubstr("\"b\""));
  EXPECT_EQ(newest("b"), "none");
  EXPECT_EQ(listed(), 1u);
  EXPECT_EQ(reasons.size(), 2u);
}

TEST_F(DirectorySnapshotsTest, what_is_no_snapshot_at_all_is_told_in_the_list_and_disturbs_nobody) {
  save(1, "one");
  disk.put("snapshots/README", "hello");
  disk.put(folder() + "/notes.txt", "hello");
  disk.put(folder() + "/99999999999999999999.snapshot", "past every position");
  ASSERT_TRUE(disk.make_directory(folder() + "/00000000000000000009.snapshot"));
  EXPECT_EQ(newest(), "one");
  EXPECT_THAT(reasons, IsEmpty());
  EXPECT_EQ(listed(), 1u);
  EXPECT_EQ(reasons.size(), 4u);
}

TEST_F(DirectorySnapshotsTest, one_that_cannot_be_read_is_passed_over) {
  save(1, "old");
  save(2, "new");
  disk.make_unreadable(path(2), 0, 512);
  EXPECT_EQ(newest(), "old");
  EXPECT_THAT(codes, ElementsAre(ErrorCode::IoError));
  disk.inject({.on = Operation::Open, .path = path(2), .code = ErrorCode::PermissionDenied});
  EXPECT_EQ(newest(), "old");
  EXPECT_THAT(codes, ElementsAre(ErrorCode::PermissionDenied));
}

TEST_F(DirectorySnapshotsTest, one_that_was_pruned_meanwhile_is_no_complaint) {
  save(1, "old");
  save(2, "new");
  disk.inject({.on = Operation::Open, .path = path(2), .code = ErrorCode::NotFound});
  EXPECT_EQ(newest(), "old");
  EXPECT_THAT(reasons, IsEmpty());
}

// A writer that saves and prunes faster than the reader reads takes every file of its list away.
TEST_F(DirectorySnapshotsTest, when_all_that_were_listed_are_pruned_meanwhile_a_newer_one_is_found) {
  save(1, "old");
  save(2, "not accepted");
  int looked_at_2 = 0;
  const auto found = snapshots.newest(
      "a",
      [&](const SnapshotInfo& info) -> Status {
        if (info.mark.position != Position{2}) return {};
        ++looked_at_2;
        save(3, "new");
        EXPECT_TRUE(snapshots.prune("a", 1));
        return fail(ErrorCode::ForeignHistory, "another");
      },
      [](std::string_view, const Error&) {});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->state, "new");
  EXPECT_EQ(looked_at_2, 1);
}

TEST_F(DirectorySnapshotsTest, when_the_last_is_pruned_meanwhile_there_is_none) {
  save(1, "old");
  disk.inject({.on = Operation::Open, .path = path(1), .times = 100, .code = ErrorCode::NotFound});
  EXPECT_EQ(newest(), "none");
  EXPECT_THAT(reasons, IsEmpty());
}

TEST_F(DirectorySnapshotsTest, a_folder_that_cannot_be_listed_is_an_error_and_not_an_empty_one) {
  save(1, "old");
  disk.inject({.on = Operation::List, .path = folder(), .code = ErrorCode::PermissionDenied});
  const auto found = snapshots.newest("a", [](const SnapshotInfo&) { return Status{}; }, told());
  EXPECT_EQ(found.error().code, ErrorCode::PermissionDenied);
}

TEST_F(DirectorySnapshotsTest, pruning_counts_only_sound_ones) {
  for (const std::uint64_t position : {1, 2, 3, 4}) save(position, std::to_string(position));
  disk.flip(path(4), 50, 1);
  disk.flip(path(2), 50, 1);
  ASSERT_TRUE(snapshots.prune("a", 1));
  EXPECT_EQ(newest(), "3");
  EXPECT_EQ(disk.list(folder())->size(), 2u);  // the damaged one that is newer may yet be looked at
}

TEST_F(DirectorySnapshotsTest, pruned_ones_do_not_come_back) {
  for (const std::uint64_t position : {1, 2}) save(position, std::to_string(position));
  ASSERT_TRUE(snapshots.prune("a", 1));
  disk.power_cut();
  EXPECT_EQ(disk.list(folder())->size(), 1u);
  EXPECT_EQ(newest(), "2");
}

TEST_F(DirectorySnapshotsTest, a_failed_save_is_told_and_leaves_what_was) {
  save(1, "old");
  for (const auto on : {Operation::Create, Operation::Write, Operation::Sync, Operation::Rename, Operation::List,
                        Operation::SyncDirectory}) {
    disk.inject({.on = on, .path = folder()});
    EXPECT_FALSE(snapshots.save(info_of("a", 2), "new"));
    disk.clear_faults();
    if (on == Operation::SyncDirectory) continue;  // the name is there, and may be lost
    EXPECT_EQ(newest(), "old");
    EXPECT_EQ(disk.list(folder())->size(), 1u);
  }
  disk.set_capacity(100);
  EXPECT_EQ(snapshots.save(info_of("a", 3), "new").error().code, ErrorCode::DiskFull);
  disk.set_capacity({});
  save(4, "newest");
  EXPECT_EQ(newest(), "newest");
}

// The disk stops before its k-th change, for every k, and then loses its power or only the process.
class CrashInSave : public testing::TestWithParam<bool> {};

TEST_P(CrashInSave, leaves_the_old_or_the_new_and_a_later_save_cleans_up) {
  const bool power = GetParam();
  std::set<std::string> seen;
  bool leftover = false;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    for (std::uint64_t k = 0;; ++k) {
      sim::FaultyDisk disk({.seed = seed, .sector = seed % 2 ? 512u : 1u});
      DirectorySnapshots snapshots(disk, "snapshots");
      const std::string state(3000, 'n');
      ASSERT_TRUE(snapshots.save(info_of("a", 1), "old"));
      ASSERT_TRUE(snapshots.save(info_of("a", 2), "to be replaced"));
      disk.crash_at(k);
      // One that is replaced under its name, one with a new name, and one with a new folder.
      int done = 0;
      if (snapshots.save(info_of("a", 2), "replaced")) ++done;
      if (done == 1 && snapshots.save(info_of("a", 3), state)) ++done;
      if (done == 2 && snapshots.save(info_of("b", 1), state)) ++done;
      power ? disk.power_cut() : disk.process_kill();

      // Whatever is there is whole: nothing is told as damaged.
      const auto all = snapshots.list([](std::string_view, const Error& why) { ADD_FAILURE() << why.message; });
      ASSERT_TRUE(all);
      const auto state_at = [&](const std::string& key, std::uint64_t position) -> std::string {
        const auto found = snapshots.newest(
            key,
            [&](const SnapshotInfo& info) -> Status {
              if (info.mark.position.value == position) return {};
              return fail(ErrorCode::NotFound, "another");
            },
            [](std::string_view, const Error& why) { EXPECT_EQ(why.code, ErrorCode::NotFound) << why.message; });
        return found && *found ? (*found)->state : "none";
      };
      EXPECT_EQ(state_at("a", 1), "old");
      const auto second = state_at("a", 2), third = state_at("a", 3), of_b = state_at("b", 1);
      EXPECT_TRUE(second == "replaced" || (second == "to be replaced" && done < 1)) << second;
      EXPECT_TRUE(third == state || (third == "none" && done < 2));
      EXPECT_TRUE(of_b == state || (of_b == "none" && done < 3));
      seen.insert(second);

      for (const std::string key : {"a", "b"}) {
        const std::string folder = "snapshots/" + file_name_of(key);
        if (!*disk.exists(folder)) continue;
        const auto before = disk.list(folder);
        for (const auto& entry : *before) leftover |= entry.name.ends_with(".new");
        ASSERT_TRUE(snapshots.save(info_of(key, 9), "after"));
        const auto after = disk.list(folder);
        for (const auto& entry : *after) EXPECT_FALSE(entry.name.ends_with(".new")) << entry.name;
      }
      if (done == 3) break;
    }
  }
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_TRUE(leftover);
}

INSTANTIATE_TEST_SUITE_P(PowerOrProcess, CrashInSave, testing::Bool(),
                         [](const auto& which) { return which.param ? "power_cut" : "process_kill"; });

TEST(MemorySnapshotsTest, refuses_what_a_directory_would_refuse) {
  MemorySnapshots snapshots;
  auto info = info_of("a", 1);
  info.revision = Revision{UINT64_MAX};
  EXPECT_EQ(snapshots.save(info, "").error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace daybook::snapshot
