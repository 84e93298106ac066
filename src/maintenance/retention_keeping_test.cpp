// What a deletion must not take: streams that a writer knows, other logs' segments, and the schemas of what stays.
#include "base/bytes.hpp"
#include "daybook/port/schemas.hpp"
#include "maintenance/backup.hpp"
#include "maintenance/test_retention.hpp"

namespace daybook::maintenance {
namespace {

TEST_F(Retention, a_running_writer_that_can_not_learn_what_was_deleted_begins_no_stream_again) {
  auto store = open_store(disk, "/two");
  ASSERT_TRUE(append(store->log(), {{.stream = "First-1", .type = "T", .data = "1"}}));
  while (store->details().catalog().segments()->size() < 80) fill(store->log(), 1);
  ASSERT_TRUE(archive(disk, "/two", kArchive, {40}, {}));
  store.reset();
  store = open_store(disk, "/two");
  all_of(store->log().read({.from = {40}}));  // of more segments than it keeps open
  const auto planned = plan_deletion(disk, "/two", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned);
  ASSERT_TRUE(delete_archived(disk, "/two", *planned, {}));
  disk.flip("/two/HEADS", 70, 1);
  const auto begin_again = [&] {
    return append(store->log(), {{.stream = "First-1", .type = "T", .data = "2"}}, {{"First-1", Expect::none()}});
  };
  for (int i = 0; i < 2; ++i) {
    const auto refused = begin_again();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Damage) << refused.error().message;
    EXPECT_THAT(refused.error().message, testing::HasSubstr("HEADS"));
  }
  disk.flip("/two/HEADS", 70, 1);
  EXPECT_EQ(begin_again().error().code, ErrorCode::Conflict);
  EXPECT_EQ(store->log().head("First-1").value()->revision, Revision{0});
}

TEST_F(Retention, what_an_interrupted_move_left_is_no_obstacle) {
  const auto first = *disk.cached(kStore + "/log/000000000001.seg");
  ASSERT_TRUE(disk.make_directory(kArchive));
  auto left = std::move(*disk.open(kArchive + "/000000000001.seg", io::Open::Create));
  ASSERT_TRUE(left->write_at(0, base::as_bytes(first)));
  ASSERT_TRUE(move());
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(Retention, an_archive_that_can_not_be_read_is_not_taken_for_another_logs) {
  disk.put(kArchive + "/000000000001.seg", *disk.cached(kStore + "/log/000000000001.seg"));
  disk.inject({.on = sim::Operation::Read, .path = kArchive});
  EXPECT_EQ(move().error().code, ErrorCode::IoError);
  EXPECT_TRUE(move());
}

TEST_F(Retention, what_a_deletion_could_not_remove_goes_with_the_next_move_or_deletion) {
  const auto first = kArchive + "/000000000001.seg", index = kArchive + "/000000000002.idx";
  for (const bool by_a_move : {true, false}) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk();
    SetUp();
    ASSERT_TRUE(move());
    const auto planned = plan({20});
    ASSERT_TRUE(planned);
    ASSERT_GT(planned->last_segment, 2u);
    disk.inject({.on = sim::Operation::Remove, .path = first});
    const auto deleted = delete_archived(disk, kStore, *planned, {});
    ASSERT_FALSE(deleted) << "not all of it is gone";
    EXPECT_EQ(deleted.error().code, ErrorCode::IoError);
    EXPECT_EQ(everything(disk, kStore).front().position, planned->until);
    ASSERT_TRUE(*disk.exists(first));
    disk.put(kStore + "/log/000000000001.seg", "of a move that was cut short");
    if (by_a_move)
      ASSERT_TRUE(move());
    else
      ASSERT_TRUE(delete_archived(disk, kStore, *plan({0}), {}));
    EXPECT_FALSE(*disk.exists(first));
    EXPECT_FALSE(*disk.exists(index));
    EXPECT_FALSE(*disk.exists(kStore + "/log/000000000001.seg"));
    EXPECT_TRUE(sound());
    const auto archive = disk.cached(kStore + "/ARCHIVE").value();
    EXPECT_THAT(archive, testing::HasSubstr("moved " + std::to_string(planned->last_segment + 1)));
  }
}

TEST_F(Retention, what_is_left_in_an_archive_that_is_not_there_disturbs_nobody_and_is_not_forgotten) {
  ASSERT_TRUE(move({20}));
  const auto archived = disk.list(kArchive);
  ASSERT_TRUE(archived);
  const auto planned = plan({20});
  disk.inject({.on = sim::Operation::Remove, .path = kArchive});
  EXPECT_FALSE(delete_archived(disk, kStore, *planned, {}));
  ASSERT_TRUE(disk.rename(kArchive, "/unmounted"));
  std::vector<std::string> notes;
  ArchiveOptions options;
  options.note = [&](const std::string& text) { notes.push_back(text); };
  ASSERT_TRUE(archive(disk, kStore, "/second", {40}, options));
  EXPECT_THAT(notes, testing::Contains(testing::HasSubstr(kArchive)));
  EXPECT_EQ(everything(disk, kStore).front().position, planned->until);
  EXPECT_TRUE(sound());
  ASSERT_TRUE(disk.rename("/unmounted", kArchive));
  ASSERT_TRUE(archive(disk, kStore, "/second", {40}, {}));
  EXPECT_FALSE(*disk.exists(kArchive + "/000000000001.seg"));
}

// A store that was killed before it forgot an archive directory looks there again, perhaps much later.
TEST_F(Retention, what_another_log_has_put_into_a_directory_that_is_still_named_is_not_removed) {
  ASSERT_TRUE(move());
  const auto planned = plan({20});
  disk.inject({.on = sim::Operation::SyncDirectory, .path = kArchive});
  EXPECT_FALSE(delete_archived(disk, kStore, *planned, {}));
  ASSERT_FALSE(*disk.exists(kArchive + "/000000000001.seg"));
  {
    auto other = open_store(disk, "/other");
    fill(other->log(), 30);
  }
  disk.put(kArchive + "/000000000001.seg", *disk.cached("/other/log/000000000001.seg"));
  disk.put(kArchive + "/000000000001.idx", *disk.cached("/other/log/000000000001.idx"));
  std::vector<std::string> notes;
  ArchiveOptions options;
  options.note = [&](const std::string& text) { notes.push_back(text); };
  ASSERT_TRUE(archive(disk, kStore, kArchive, {40}, options));
  EXPECT_THAT(notes, testing::Contains(testing::HasSubstr("it is another log's")));
  EXPECT_TRUE(*disk.exists(kArchive + "/000000000001.seg"));
  EXPECT_TRUE(*disk.exists(kArchive + "/000000000001.idx"));
  EXPECT_TRUE(sound());
}

TEST_F(Retention, a_leftover_that_can_not_be_shown_to_be_ours_stays_and_is_said_and_the_rest_goes) {
  ASSERT_TRUE(move());
  const auto planned = plan({20});
  disk.inject({.on = sim::Operation::Remove, .path = kArchive, .times = 1000});
  EXPECT_FALSE(delete_archived(disk, kStore, *planned, {}));
  disk.clear_faults();
  const auto damaged = kArchive + "/000000000001.seg", unread = kArchive + "/000000000002.seg";
  disk.flip(damaged, 20, 1);
  std::vector<std::string> notes;
  ArchiveOptions options;
  options.note = [&](const std::string& text) { notes.push_back(text); };
  disk.inject({.on = sim::Operation::Read, .path = unread});
  const auto cut_short = delete_archived(disk, kStore, *plan({0}), options);
  ASSERT_FALSE(cut_short);
  EXPECT_EQ(cut_short.error().code, ErrorCode::IoError);
  EXPECT_TRUE(*disk.exists(unread));
  EXPECT_FALSE(*disk.exists(kArchive + "/000000000003.seg"));
  EXPECT_TRUE(delete_archived(disk, kStore, *plan({0}), options));
  EXPECT_FALSE(*disk.exists(unread));
  EXPECT_TRUE(*disk.exists(damaged));
  EXPECT_THAT(notes, testing::Contains(testing::HasSubstr(damaged + " is left where it is: ")));
}

TEST_F(Retention, what_a_killed_deletion_removed_stays_removed_once_the_next_has_said_so) {
  for (std::uint64_t k = 0, killed = 1; killed; ++k) {
    SCOPED_TRACE(k);
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = k});
    SetUp();
    ASSERT_TRUE(move());
    const auto planned = plan({20});
    disk.crash_at(k);
    (void)delete_archived(disk, kStore, *planned, {});
    killed = disk.dead();
    disk.process_kill();
    const auto rest = plan({20});
    ASSERT_TRUE(rest);
    ASSERT_TRUE(delete_archived(disk, kStore, *rest, {}));
    disk.power_cut();
    for (auto number = planned->first_segment; number <= planned->last_segment; ++number)
      EXPECT_FALSE(*disk.exists(kArchive + "/" + journal::segment_name(number)));
    EXPECT_EQ(everything(disk, kStore).front().position, planned->until);
    ASSERT_LT(k, 1000u);
  }
}

// What one that was killed made is found there by the next.
TEST(RetentionCrash, a_move_into_a_directory_whose_maker_was_killed_outlives_a_power_cut) {
  constexpr std::uint64_t kSteps = 12, kSeeds = 8;  // the steps before anything is moved, and some; of power cuts
  for (std::uint64_t k = 0; k < kSteps * kSeeds; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k});
    {
      auto store = open_store(disk, kStore);
      fill(store->log(), 7);
    }
    const auto before = everything(disk, kStore);
    disk.crash_at(k / kSeeds);
    ASSERT_FALSE(archive(disk, kStore, "/above" + kArchive + "/", {8}, {}));
    disk.process_kill();
    const auto again = archive(disk, kStore, "/above" + kArchive + "/", {8}, {});
    ASSERT_TRUE(again) << again.error().message << " after a kill at " << k / kSeeds;
    disk.power_cut();
    ASSERT_EQ(everything(disk, kStore).size(), before.size()) << "killed at " << k / kSeeds;
  }
}

// The state of a stream may be left in a snapshot alone, in a directory whose maker was killed before its name was durable.
TEST_F(Retention, nothing_is_deleted_before_the_names_of_the_snapshots_directories_are_durable) {
  ASSERT_TRUE(move());
  ASSERT_TRUE(disk.make_directory(kStore + "/snapshots"));
  const auto planned = plan({20});
  ASSERT_TRUE(planned && planned->segments > 0);
  disk.inject({.on = sim::Operation::SyncDirectory, .path = "/snapshots"});
  EXPECT_FALSE(delete_archived(disk, kStore, *planned, {}));
  EXPECT_EQ(everything(disk, kStore), before);
  ASSERT_TRUE(delete_archived(disk, kStore, *planned, {}));
  EXPECT_EQ(everything(disk, kStore).front().position, planned->until);
}

TEST_F(Retention, a_deletion_is_not_said_to_have_failed_over_what_an_earlier_one_left) {
  ASSERT_TRUE(move({10}));
  disk.inject({.on = sim::Operation::Remove, .path = kArchive});
  EXPECT_FALSE(delete_archived(disk, kStore, *plan({10}), {}));
  ASSERT_TRUE(disk.rename(kArchive, "/unmounted"));
  ASSERT_TRUE(archive(disk, kStore, "/second", {40}, {}));
  std::vector<std::string> notes;
  ArchiveOptions options;
  options.note = [&](const std::string& text) { notes.push_back(text); };
  const auto planned = plan({30});
  ASSERT_GT(planned->segments, 0u);
  const auto deleted = delete_archived(disk, kStore, *planned, options);
  EXPECT_TRUE(deleted) << deleted.error().message;
  EXPECT_THAT(notes, testing::Contains(testing::HasSubstr(kArchive)));
  EXPECT_EQ(everything(disk, kStore).front().position, planned->until);
}

TEST_F(Retention, schemas_that_the_log_has_nowhere_else_are_not_deleted) {
  auto store = open_store(disk, "/typed");
  const auto schema = [&](const std::string& text) {
    return append(store->log(), {{.stream = kSchemaStream, .type = kSchemaType, .data = text}});
  };
  for (const auto* text : {"old", "both"}) ASSERT_TRUE(schema(text));
  fill(store->log(), 30);
  for (const auto* text : {"both", "new"}) ASSERT_TRUE(schema(text));
  ASSERT_TRUE(archive(disk, "/typed", kArchive, {40}, {}));
  auto planned = plan_deletion(disk, "/typed", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(planned->schemas, std::vector<std::string>{"old"});
  EXPECT_EQ(delete_archived(disk, "/typed", *planned, {}).error().code, ErrorCode::Conflict);
  ASSERT_TRUE(schema("old"));
  planned = plan_deletion(disk, "/typed", {20}, nullptr, nullptr);
  EXPECT_TRUE(planned->schemas.empty());
  EXPECT_TRUE(delete_archived(disk, "/typed", *planned, {}));
}

TEST_F(Retention, an_index_is_looked_for_and_written_where_its_segment_went) {
  const auto journal = journal::Directory::follow(disk, kStore);
  ASSERT_TRUE(journal);
  std::vector<std::byte> byte(1);
  ASSERT_TRUE((*journal)->read(1, 0, byte)) << "the file is open from now on";
  EXPECT_EQ((*journal)->index_path(1), kStore + "/log/000000000001.idx");
  ASSERT_TRUE(move());
  EXPECT_EQ((*journal)->index_path(1), kArchive + "/000000000001.idx");
  EXPECT_EQ((*journal)->index_path(29), kStore + "/log/000000000029.idx");
}

// What it has read of ARCHIVE for an older segment is no reason not to look at it again for the next.
TEST_F(Retention, a_journal_that_lags_is_told_of_what_was_deleted_also_when_it_knows_where_history_begins) {
  auto store = open_store(disk, "/two");
  fill(store->log(), 1);
  const auto lags = journal::Directory::follow(disk, "/two");
  ASSERT_TRUE(lags);
  fill(store->log(), 30);
  ASSERT_TRUE(archive(disk, "/two", kArchive, {40}, {}));
  ASSERT_TRUE(delete_archived(disk, "/two", *plan_deletion(disk, "/two", {20}, nullptr, nullptr), {}));
  (void)(*lags)->index_path(1);
  const auto looked = (*lags)->refresh();
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, ErrorCode::HistoryCut);
}

TEST_F(Retention, a_reader_that_lags_behind_what_is_archived_goes_on_there_and_is_told_of_what_was_deleted) {
  auto store = open_store(disk, "/two");
  ASSERT_TRUE(append(store->log(), {{.stream = "First-1", .type = "T", .data = "1"}}));
  auto lags = runtime::DiskLog::follow(disk, "/two", {}), lags_too = runtime::DiskLog::follow(disk, "/two", {});
  ASSERT_TRUE(lags && lags_too);
  EXPECT_EQ((*lags_too)->log().end(), Position{1});
  fill(store->log(), 30);
  ASSERT_TRUE(archive(disk, "/two", kArchive, {40}, {}));
  EXPECT_EQ((*lags)->log().end(), Position{61});
  EXPECT_EQ(all_of((*lags)->log().read({})).size(), 61u);
  const auto planned = plan_deletion(disk, "/two", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned);
  ASSERT_TRUE(delete_archived(disk, "/two", *planned, {}));
  auto journal = journal::Directory::follow(disk, "/two");
  ASSERT_TRUE(journal);
  const auto cursor = (*lags_too)->log().read({});
  const auto first = cursor ? (*cursor)->next() : std::unexpected(cursor.error());
  const auto second = first ? (*cursor)->next() : first;
  ASSERT_FALSE(second) << "an end that is none";
  EXPECT_EQ(second.error().code, ErrorCode::HistoryCut) << second.error().message;
}

}  // namespace
}  // namespace daybook::maintenance
