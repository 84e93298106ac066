// Every byte of what retention and backups keep, turned over one after the other: it is found and named, or it says
// nothing that counts. What is read or restored is never something else than what was written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "maintenance/backup.hpp"
#include "maintenance/retention.hpp"
#include "maintenance/test_store.hpp"
#include "maintenance/test_verify.hpp"
#include "sim/faulty_disk.hpp"
#include "snapshot/directory_checkpoints.hpp"

namespace daybook::maintenance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kStore = "/store", kArchive = "/archive", kBackup = "/backup";

// A small store whose oldest segments were deleted and whose next ones were archived, and a backup of it.
class CopiesFlips : public testing::Test {
 protected:
  void SetUp() override {
    auto store = open_store(disk, kStore);
    auto& log = store->log();
    ASSERT_TRUE(append(log, {{.stream = "Gone-1", .type = "T", .data = "1"}}));
    fill(log, 4);
    snapshot::DirectoryCheckpoints consumers(disk, kStore + "/consumers");
    ASSERT_TRUE(consumers.save("mailer", {{log.id(), log.end(), *log.chain_at(log.end())}, {}}));
    store.reset();
    ASSERT_TRUE(open_store(disk, kStore)->close());  // every sealed segment has its index
    ASSERT_TRUE(archive(disk, kStore, kArchive, {5}, {}));
    const auto planned = plan_deletion(disk, kStore, {3}, nullptr, nullptr);
    ASSERT_TRUE(planned && planned->segments > 0);
    ASSERT_TRUE(delete_archived(disk, kStore, *planned, {}));
    before = everything(disk, kStore);
    ASSERT_THAT(entries_of(disk, kArchive), Not(IsEmpty()));
    ASSERT_THAT(look(disk, kStore).findings, IsEmpty());
    ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  }

  template <class F>
  void each_byte(const std::string& path, F&& f) {
    const auto content = *disk.cached(path);
    for (std::uint64_t at = 0; at < content.size(); ++at) {
      // The rest of a segment's first page is zeros and must be: a few of them stand for all.
      if (path.ends_with(".seg") && at > 110 && at < 4096 && at % 331 != 0) continue;
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      f(at);
      disk.flip(path, at, static_cast<unsigned>(at % 8));
      ++flips;
      if (HasFailure()) FAIL() << path << " byte " << at;
    }
  }

  // All that a reader gets, if it gets to the end.
  std::optional<std::vector<Told>> read_all() {
    auto reader = runtime::DiskLog::follow(disk, kStore, small_segments());
    if (!reader) return {};
    auto& log = (*reader)->log();
    auto cursor = log.read({.from = log.begin()});
    std::vector<Told> all;
    while (cursor) {
      const auto event = (*cursor)->next();
      if (!event) return {};
      if (!*event) return all;
      const auto& e = **event;
      all.push_back(
          {e.position, e.revision, std::string(e.stream), std::string(e.type), std::string(e.data), e.id, e.recorded});
    }
    return {};
  }

  void is_found_by_verify(const std::string& path, const std::string& named) {
    each_byte(path, [&](std::uint64_t) {
      const auto looked = look(disk, kStore);
      ASSERT_THAT(looked.findings, Not(IsEmpty()));
      EXPECT_EQ(looked.findings.front().file, named);
      const auto read = read_all();
      EXPECT_TRUE(!read || *read == before);
    });
  }

  sim::FaultyDisk disk;
  std::vector<Told> before;
  std::size_t flips = 0;
};

TEST_F(CopiesFlips, every_flipped_byte_of_archive_is_found) {
  is_found_by_verify(kStore + "/ARCHIVE", "ARCHIVE");
  EXPECT_GT(flips, 100u);
}

TEST_F(CopiesFlips, every_flipped_byte_of_heads_is_found) {
  is_found_by_verify(kStore + "/HEADS", "HEADS");
  EXPECT_GT(flips, 100u);
}

TEST_F(CopiesFlips, every_flipped_byte_of_what_is_archived_is_found) {
  ASSERT_TRUE(plan_deletion(disk, kStore, {5}, nullptr, nullptr));
  std::size_t owners = 0;
  for (const auto& entry : entries_of(disk, kArchive)) {
    if (entry.name == "archive.lock") continue;  // who has it is for people to read
    owners += entry.name == "OWNER";
    const auto path = kArchive + "/" + entry.name;
    is_found_by_verify(path, path);
    if (entry.name.ends_with(".seg"))
      each_byte(path, [&](std::uint64_t) {
        EXPECT_FALSE(plan_deletion(disk, kStore, {5}, nullptr, nullptr)) << "streams would be forgotten";
      });
  }
  EXPECT_EQ(owners, 1u);
  EXPECT_GT(flips, 600u);
}

TEST_F(CopiesFlips, every_flipped_byte_of_a_backup_is_found_by_restore_or_says_nothing) {
  std::vector<std::string> paths;
  for (const auto& entry : entries_of(disk, kBackup))
    if (!entry.directory && entry.name != "lock") paths.push_back(kBackup + "/" + entry.name);
  EXPECT_THAT(paths, testing::UnorderedElementsAre(HasSubstr("BACKUP"), HasSubstr("HEADS"), HasSubstr("consumers-9")));
  const auto names = paths.size();
  for (const auto& entry : entries_of(disk, kBackup + "/log")) paths.push_back(kBackup + "/log/" + entry.name);
  ASSERT_GT(paths.size(), names + 2);
  int n = 0;
  std::size_t harmless = 0;
  for (const auto& path : paths)
    each_byte(path, [&](std::uint64_t) {
      const auto to = "/restored-" + std::to_string(++n);
      const auto restored = restore(disk, kBackup, to, {});
      if (!restored) {
        EXPECT_THAT(restored.error().message, HasSubstr(path.substr(path.rfind('/') + 1)));
        EXPECT_FALSE(runtime::DiskLog::follow(disk, to, {})) << "no store came of it";
        return;
      }
      ++harmless;
      EXPECT_TRUE(everything(disk, to) == before);
      const snapshot::DirectoryCheckpoints consumers(disk, to + "/consumers");
      EXPECT_THAT(look(disk, to, nullptr, &consumers).findings, IsEmpty());
      EXPECT_EQ(*consumers.names(), std::vector<std::string>{"mailer"});
    });
  EXPECT_GT(flips, 1500u);
  // The two groups that say that the log was closed, twice.
  EXPECT_EQ(harmless, 2 * 88u);
}

}  // namespace
}  // namespace daybook::maintenance
