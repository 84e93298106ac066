// What a later version of Daybook wrote into a store or a backup is named as such, by the file and its version; and it
// is neither taken for damage nor written over.
#include <fmt/format.h>

#include <functional>

#include "log/test_log.hpp"
#include "maintenance/archive_owner.hpp"
#include "maintenance/backup.hpp"
#include "maintenance/test_retention.hpp"

namespace daybook::maintenance {
namespace {

const std::string kBackup = "/backup";

class NewerFormat : public Retention {
 protected:
  void SetUp() override {
    Retention::SetUp();
    ASSERT_TRUE(move());
    ASSERT_TRUE(delete_archived(disk, kStore, *plan({20}), {}));
    left = everything(disk, kStore);
    ASSERT_TRUE(back_up(disk, kStore, kBackup, {}));
  }
  // A file of lines, whose last is the checksum of those before it.
  std::string text_of_next_version(const std::string& path) {
    auto text = *disk.cached(path);
    const auto version = text.find("format 1\n"), last = text.rfind("checksum ");
    EXPECT_LT(version, last);
    text[version + 7] = '2';
    return text.substr(0, last) + fmt::format("checksum {:016x}\n", base::checksum(text.substr(0, last)));
  }
  static Status status(const auto& result) { return result ? Status{} : std::unexpected(result.error()); }
  // While `path` has the content, each of the calls says so and changes nothing in it.
  void expect_named(const std::string& path, const std::string& content, const std::string& says,
                    const std::vector<std::function<Status()>>& calls) {
    const auto sound = *disk.cached(path);
    disk.put(path, content);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto done = calls[i]();
      ASSERT_FALSE(done) << path << ", call " << i;
      EXPECT_EQ(done.error().code, ErrorCode::UnsupportedVersion) << path << ", call " << i;
      EXPECT_THAT(done.error().message, testing::HasSubstr(path + says)) << "call " << i;
      EXPECT_EQ(disk.cached(path), content) << path << ", call " << i;
    }
    disk.put(path, sound);
    EXPECT_EQ(everything(disk, kStore), left);
  }
  const std::function<Status()> write = [this] {
    return status(runtime::DiskLog::open(disk, kStore, clock, small_segments()));
  };
  const std::function<Status()> read = [this] {
    return status(runtime::DiskLog::follow(disk, kStore, small_segments()));
  };
  const std::function<Status()> move_more = [this] { return status(move({50})); };
  const std::function<Status()> plan_more = [this] { return status(plan({40})); };
  const std::function<Status()> back_up_more = [this] { return status(back_up(disk, kStore, kBackup, {})); };
  const std::function<Status()> restore_it = [this] { return status(restore(disk, kBackup, "/restored", {})); };

  SteppingClock clock;
  std::vector<Told> left;
};

TEST_F(NewerFormat, an_ARCHIVE_is_named_by_all_who_look_for_segments) {
  const auto path = kStore + "/ARCHIVE";
  expect_named(path, text_of_next_version(path), " has format 2; this program reads format 1",
               {write, read, move_more, plan_more, back_up_more});
}

TEST_F(NewerFormat, an_OWNER_is_named_by_all_who_change_the_archive) {
  const auto path = owner_file_of(kArchive);
  expect_named(path, text_of_next_version(path), " has format 2; this program reads format 1",
               {move_more, [this] { return delete_archived(disk, kStore, *plan({40}), {}); }});
}

TEST_F(NewerFormat, HEADS_are_named_by_all_who_ask_for_deleted_streams) {
  const auto path = kStore + "/HEADS";
  const auto content = *disk.cached(path);
  expect_named(path, log::of_next_version(content, content.size() - 8),
               ": has format version 2; this program reads version 1",
               {write, read, [this] { return status(back_up(disk, kStore, "/another", {})); }});
  const auto copied = kBackup + "/HEADS";
  expect_named(copied, log::of_next_version(content, content.size() - 8),
               ": has format version 2; this program reads version 1", {restore_it});
}

TEST_F(NewerFormat, a_BACKUP_is_neither_continued_nor_restored) {
  const auto path = kBackup + "/BACKUP";
  expect_named(path, text_of_next_version(path), " has format 2; this program reads format 1",
               {back_up_more, restore_it});
}

TEST_F(NewerFormat, the_consumers_of_a_backup_are_not_restored) {
  std::string path;
  const auto entries = disk.list(kBackup);
  for (const auto& entry : *entries)
    if (entry.name.starts_with("consumers-")) path = kBackup + "/" + entry.name;
  ASSERT_FALSE(path.empty());
  expect_named(path, text_of_next_version(path), " has format 2; this program reads format 1", {restore_it});
}

}  // namespace
}  // namespace daybook::maintenance
