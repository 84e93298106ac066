// An archive directory is one store's, and which one its file OWNER says.
#include "maintenance/archive_owner.hpp"

#include "maintenance/backup.hpp"
#include "maintenance/test_retention.hpp"
#include "maintenance/test_verify.hpp"

namespace daybook::maintenance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class OwnedArchive : public Retention {
 protected:
  // As `cp -r` does it.
  void copy_files(const std::string& from, const std::string& to) {
    ASSERT_TRUE(disk.make_directory(to));
    for (const auto& entry : entries_of(disk, from)) {
      const auto path = "/" + entry.name;
      if (entry.directory)
        copy_files(from + path, to + path);
      else
        disk.put(to + path, *disk.cached(from + path));
    }
  }
  // As `rm -r` does it.
  void remove_files(const std::string& of) {
    for (const auto& entry : entries_of(disk, of))
      entry.directory ? remove_files(of + "/" + entry.name) : disk.erase(of + "/" + entry.name);
  }
  void expect_refused(const Status& done, const std::string& says) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::ForeignHistory);
    EXPECT_THAT(done.error().message, HasSubstr(says));
  }
  static Status status(const Result<Archived>& done) { return done ? Status{} : std::unexpected(done.error()); }
};

TEST_F(OwnedArchive, the_store_itself_is_no_archive) {
  for (const auto& to : {kStore + "/log", kStore}) {
    for (int time = 0; time < 2; ++time) {
      const auto moved = archive(disk, kStore, to, {40}, {});
      ASSERT_FALSE(moved) << to;
      EXPECT_EQ(moved.error().code, ErrorCode::InvalidArgument) << moved.error().message;
    }
    EXPECT_EQ(everything(disk, kStore), before);
    EXPECT_FALSE(*disk.exists(owner_file_of(to)));
  }
}

TEST_F(OwnedArchive, another_store_is_no_archive) {
  open_store(disk, "/other").reset();
  for (const auto* to : {"/other", "/other/log"}) {
    const auto moved = archive(disk, kStore, to, {40}, {});
    ASSERT_FALSE(moved) << to;
    EXPECT_EQ(moved.error().code, ErrorCode::InvalidArgument) << moved.error().message;
    EXPECT_FALSE(*disk.exists(to + std::string("/archive.lock")));
  }
}

// An attempt to archive into log/ by another name was killed.
TEST_F(OwnedArchive, a_lock_that_was_left_in_the_log_is_in_nobodys_way) {
  disk.put(kStore + "/log/archive.lock", "");
  ASSERT_TRUE(move());
  EXPECT_FALSE(*disk.exists(kStore + "/log/archive.lock"));
  EXPECT_TRUE(sound());
}

TEST_F(OwnedArchive, an_archive_directory_is_one_stores_only_also_of_two_that_were_restored_from_one_backup) {
  ASSERT_TRUE(back_up(disk, kStore, "/backup", {}));
  ASSERT_TRUE(restore(disk, "/backup", "/restored", {}));
  ASSERT_TRUE(move());
  const auto moved = archive(disk, "/restored", kArchive, {40}, {});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::ForeignHistory);
  EXPECT_THAT(moved.error().message, testing::HasSubstr("it was last used by \"" + kStore + "\""));
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({20}), {}));
  EXPECT_EQ(everything(disk, "/restored"), before);
}

TEST_F(OwnedArchive, an_archive_directory_is_one_logs_only) {
  auto other = open_store(disk, "/other");
  fill(other->log(), 30);
  other.reset();
  ASSERT_TRUE(archive(disk, "/other", kArchive, {40}, {}));
  const auto moved = move();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::ForeignHistory);
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(OwnedArchive, an_archive_directory_is_one_pasts_only_of_stores_restored_from_one_backup) {
  ASSERT_TRUE(back_up(disk, kStore, "/backup", {}));
  ASSERT_TRUE(restore(disk, "/backup", "/other", {}));
  for (const auto& path : {kStore, std::string("/other")}) fill(open_store(disk, path)->log(), 10, path + "-");
  const auto others = everything(disk, "/other");
  ASSERT_TRUE(archive(disk, "/other", kArchive, {70}, {}));
  const auto moved = move({70});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::ForeignHistory);
  EXPECT_EQ(everything(disk, "/other"), others);
}

TEST_F(OwnedArchive, a_store_that_was_moved_goes_on_with_its_archive) {
  ASSERT_TRUE(move());
  copy_files(kStore, "/elsewhere");
  remove_files(kStore);
  const auto moved = archive(disk, "/elsewhere", kArchive, {50}, {});
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_GT(moved->segments, 0u);
  EXPECT_EQ(read_archive_owner(disk, kArchive)->store, "/elsewhere");
  EXPECT_TRUE(sound("/elsewhere"));
}

TEST_F(OwnedArchive, a_store_that_was_moved_is_known_by_its_new_place_once_it_has_deleted) {
  ASSERT_TRUE(move());
  copy_files(kStore, "/elsewhere");
  remove_files(kStore);
  ASSERT_TRUE(delete_archived(disk, "/elsewhere", *plan_deletion(disk, "/elsewhere", {20}, nullptr, nullptr), {}));
  EXPECT_EQ(read_archive_owner(disk, kArchive)->store, "/elsewhere");
  EXPECT_TRUE(sound("/elsewhere"));
}

TEST_F(OwnedArchive, a_copy_of_a_store_takes_nothing_from_the_archive_of_the_one_it_was_copied_from) {
  ASSERT_TRUE(move());
  copy_files(kStore, "/copy");
  EXPECT_EQ(everything(disk, "/copy"), before) << "it reads there";
  EXPECT_TRUE(sound("/copy"));
  const auto says = "\"/copy\" is a copy of \"" + kStore + "\", which is still there, or is that one by another path";
  expect_refused(status(archive(disk, "/copy", kArchive, {50}, {})), says);
  const auto planned = plan_deletion(disk, "/copy", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned && planned->segments > 0);
  expect_refused(delete_archived(disk, "/copy", *planned, {}), says);
  EXPECT_EQ(everything(disk, kStore), before);
  EXPECT_EQ(everything(disk, "/copy"), before);
}

TEST_F(OwnedArchive, whether_it_is_a_copy_can_not_be_told_where_the_other_can_not_be_read) {
  ASSERT_TRUE(move());
  copy_files(kStore, "/copy");
  disk.put(kStore + "/ARCHIVE", "?");
  const auto moved = archive(disk, "/copy", kArchive, {50}, {});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::Damage);
  EXPECT_THAT(moved.error().message, HasSubstr(owner_file_of(kArchive) + " names \"" + kStore + "\", which can not"));
}

// It deleted while the directory was away, and another one that was restored from its backup has come to have the place.
TEST_F(OwnedArchive, what_a_deletion_left_is_not_looked_for_in_what_has_become_anothers) {
  ASSERT_TRUE(back_up(disk, kStore, "/backup", {}));
  ASSERT_TRUE(restore(disk, "/backup", "/restored", {}));
  ASSERT_TRUE(move());
  disk.inject({.on = sim::Operation::Remove, .path = kArchive, .times = 1000});
  EXPECT_FALSE(delete_archived(disk, kStore, *plan({20}), {}));
  disk.clear_faults();
  for (const auto& entry : entries_of(disk, kArchive)) disk.erase(kArchive + "/" + entry.name);
  ASSERT_TRUE(archive(disk, "/restored", kArchive, {40}, {}));
  std::vector<std::string> notes;
  const ArchiveOptions noting{.note = [&](const std::string& text) { notes.push_back(text); }};
  ASSERT_TRUE(archive(disk, kStore, "/another", {50}, noting));
  EXPECT_THAT(notes, testing::Contains(HasSubstr(kArchive + " is the archive of another store")));
  EXPECT_FALSE(delete_archived(disk, kStore, {}, {}));
  EXPECT_EQ(everything(disk, "/restored"), before);
}

TEST_F(OwnedArchive, a_segment_that_was_put_back_stays_while_its_archive_is_anothers) {
  ASSERT_TRUE(move());
  const std::string segment = "/000000000001.seg";
  disk.put(kStore + "/log" + segment, *disk.cached(kArchive + segment));
  auto another = *read_archive_owner(disk, kArchive);
  another.id.bytes[3] ^= 1;
  disk.erase(owner_file_of(kArchive));
  ASSERT_TRUE(own_archive(disk, kArchive, another));
  expect_refused(status(archive(disk, kStore, "/another", {50}, {})), kArchive + " is the archive of another store");
  EXPECT_TRUE(*disk.exists(kStore + "/log" + segment));
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(OwnedArchive, the_owner_that_is_told_to_it_is_the_one_that_is_written) {
  ASSERT_TRUE(archive(disk, kStore, kArchive, {40}, {.store = "/srv/shop"}));
  EXPECT_EQ(read_archive_owner(disk, kArchive)->store, "/srv/shop");
  const auto refused = archive(disk, kStore, "/another", {50}, {.store = "/srv\n/shop"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
}

TEST_F(OwnedArchive, one_store_has_as_many_archives_as_it_likes) {
  ASSERT_TRUE(move({20}));
  ASSERT_TRUE(archive(disk, kStore, "/another", {40}, {}));
  EXPECT_EQ(read_archive_owner(disk, kArchive)->id, read_archive_owner(disk, "/another")->id);
  EXPECT_TRUE(sound());
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(OwnedArchive, a_missing_owner_is_made_again_and_a_damaged_one_is_named) {
  ASSERT_TRUE(move());
  const auto path = owner_file_of(kArchive), owner = *disk.cached(path);
  disk.erase(path);
  const auto looked = look(disk, kStore);
  EXPECT_THAT(looked.findings, IsEmpty());
  EXPECT_THAT(looked.notes, testing::Contains(HasSubstr(path + " is not there")));
  ASSERT_TRUE(move({50}));
  EXPECT_EQ(disk.cached(path), owner);
  disk.put(path, "log ");
  for (const auto& done : {status(move({54})), delete_archived(disk, kStore, *plan({20}), {})}) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Damage);
    EXPECT_THAT(done.error().message, HasSubstr(path + " is not what Daybook wrote there: it begins \"log \""));
  }
  EXPECT_EQ(disk.cached(path), "log ") << "it is not written over";
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(OwnedArchive, verify_finds_an_archive_that_another_store_has_taken) {
  ASSERT_TRUE(move());
  const auto owner = *read_archive_owner(disk, kArchive);
  disk.erase(owner_file_of(kArchive));
  auto another = owner;
  another.id.bytes[3] ^= 1;
  another.store = "/another";
  ASSERT_TRUE(own_archive(disk, kArchive, another));
  const auto looked = look(disk, kStore);
  ASSERT_EQ(looked.findings.size(), 1u);
  EXPECT_EQ(looked.findings[0].code, ErrorCode::ForeignHistory);
  EXPECT_EQ(looked.findings[0].file, owner_file_of(kArchive));
  EXPECT_THAT(looked.findings[0].what, HasSubstr("\"/another\""));
}

TEST_F(OwnedArchive, whoever_comes_while_another_becomes_the_owner_waits_outside) {
  const auto lock = disk.lock((disk.make_directory(kArchive), kArchive) + "/archive.lock", "another archiving");
  const auto moved = move();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::Locked);
  EXPECT_THAT(moved.error().message, HasSubstr("another archiving"));
  EXPECT_EQ(everything(disk, kStore), before);
}

}  // namespace
}  // namespace daybook::maintenance
