#include "maintenance/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "journal/archive.hpp"
#include "journal/format.hpp"
#include "maintenance/backup.hpp"
#include "maintenance/repair.hpp"
#include "maintenance/test_retention.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::maintenance {
namespace {

using testing::SizeIs;

TEST_F(Retention, readers_go_on_unasked_from_the_archive) {
  const auto moved = move();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_GT(moved->segments, 0u);
  EXPECT_LE(moved->until, Position{40});
  EXPECT_FALSE(*disk.exists(kStore + "/log/000000000001.seg"));
  EXPECT_TRUE(*disk.exists(kArchive + "/000000000001.seg"));
  EXPECT_EQ(everything(disk, kStore), before);
  EXPECT_TRUE(sound());
  auto store = open_store(disk, kStore);
  EXPECT_EQ(all_of(store->log().read_stream("All-1", {})).size(), 30u);
}

TEST_F(Retention, what_is_archived_stays_so_and_more_can_follow) {
  ASSERT_TRUE(move({20}));
  const auto again = move({20});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->segments, 0u);
  const auto more = archive(disk, kStore, "/second", {40}, {});
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_GT(more->segments, 0u);
  EXPECT_EQ(everything(disk, kStore), before);
  EXPECT_TRUE(sound());
}

TEST_F(Retention, a_writer_and_a_reader_that_have_it_open_are_not_disturbed) {
  auto store = open_store(disk, kStore);
  auto reader = runtime::DiskLog::follow(disk, kStore, {});
  ASSERT_TRUE(reader);
  ASSERT_TRUE(move());
  fill(store->log(), 5);
  EXPECT_EQ(all_of(store->log().read({})).size(), 70u);
  EXPECT_EQ(all_of((*reader)->log().read({})).size(), 70u);
}

TEST_F(Retention, a_segment_that_a_reader_has_not_opened_before_it_is_moved_is_found_where_it_went) {
  auto followed = journal::Directory::follow(disk, kStore, {.open_segments = 1});
  ASSERT_TRUE(followed);
  ASSERT_TRUE(move());
  std::vector<std::byte> byte(1);
  for (int round = 0; round < 2; ++round)
    for (const auto& segment : (*followed)->segments()) {
      const auto got = (*followed)->read(segment.number, 0, byte);
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(*got, 1u);
    }
}

TEST_F(Retention, the_newest_segments_stay) {
  const auto moved = move({1'000'000});
  ASSERT_TRUE(moved) << moved.error().message;
  const auto left = disk.list(kStore + "/log");
  std::size_t segments = 0;
  for (const auto& entry : *left) segments += entry.name.ends_with(".seg");
  EXPECT_EQ(segments, 2u);
  EXPECT_EQ(everything(disk, kStore), before);
  auto store = open_store(disk, kStore);
  fill(store->log(), 1);
}

TEST_F(Retention, a_missing_archive_is_an_error_and_not_a_cut) {
  ASSERT_TRUE(move());
  disk.erase(kArchive + "/000000000001.seg");
  const auto open = runtime::DiskLog::follow(disk, kStore, {});
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::Damage);
  EXPECT_THAT(open.error().message, testing::HasSubstr("000000000001.seg is missing"));
}

TEST_F(Retention, a_deletion_is_planned_first_and_names_who_needs_it) {
  ASSERT_TRUE(move());
  auto store = open_store(disk, kStore);
  const auto id = store->log().id();
  snapshot::DirectorySnapshots snapshots(disk, kStore + "/snapshots");
  snapshot::DirectoryCheckpoints checkpoints(disk, kStore + "/consumers");
  ASSERT_TRUE(snapshots.save(
      {.key = "All-1", .mark = {id, {60}, *store->log().chain_at({60})}, .revision = Revision{29}}, "x"));
  // Of a stream that has been idle since, and of another history: neither could be believed afterwards.
  ASSERT_TRUE(
      snapshots.save({.key = "S-0", .mark = {id, {12}, *store->log().chain_at({12})}, .revision = Revision{1}}, "x"));
  ASSERT_TRUE(snapshots.save({.key = "S-1", .mark = {id, {50}, Chain{1}}, .revision = Revision{1}}, "x"));
  ASSERT_TRUE(checkpoints.save("slow", {{id, {3}, *store->log().chain_at({3})}, {}}));
  ASSERT_TRUE(checkpoints.save("quick", {{id, {60}, *store->log().chain_at({60})}, {}}));
  ASSERT_TRUE(checkpoints.save("parked", {{id, {60}, *store->log().chain_at({60})}, {{2}}}));
  const auto planned = plan_deletion(disk, kStore, {20}, &snapshots, &checkpoints);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_GT(planned->segments, 0u);
  EXPECT_EQ(planned->events, planned->until.value);
  ASSERT_THAT(planned->streams, SizeIs(6));
  EXPECT_EQ(planned->streams[0].name, "All-1");
  EXPECT_TRUE(planned->streams[0].goes_on);
  EXPECT_EQ(planned->streams[0].snapshot, Position{60});
  EXPECT_EQ(planned->streams[1].name, "S-0");
  EXPECT_EQ(planned->streams[1].snapshot, std::nullopt);
  EXPECT_EQ(planned->streams[2].snapshot, std::nullopt);
  ASSERT_THAT(planned->consumers, SizeIs(2));
  EXPECT_EQ(planned->consumers[0].name, "parked");
  EXPECT_EQ(planned->consumers[0].at, Position{2});
  EXPECT_EQ(planned->consumers[1].name, "slow");
  EXPECT_EQ(everything(disk, kStore), before) << "a plan deletes nothing";
}

TEST_F(Retention, below_what_is_left_the_answer_is_history_cut) {
  ASSERT_TRUE(move());
  const auto planned = plan({20});
  ASSERT_TRUE(planned);
  ASSERT_TRUE(delete_archived(disk, kStore, *planned, {}));
  const auto cut = planned->until;
  EXPECT_FALSE(*disk.exists(kArchive + "/000000000001.seg"));
  auto store = open_store(disk, kStore);
  auto& log = store->log();
  EXPECT_EQ(log.begin(), cut);
  const auto code_of = [](Result<std::unique_ptr<Cursor>> cursor) {
    if (!cursor) return std::pair(cursor.error().code, cursor.error().position);
    const auto event = (*cursor)->next();
    return event ? std::pair(ErrorCode::NotFound, std::optional<Position>())
                 : std::pair(event.error().code, event.error().position);
  };
  const auto history_cut = std::pair(ErrorCode::HistoryCut, std::optional(cut));
  EXPECT_EQ(code_of(log.read({.from = {0}})), history_cut);
  EXPECT_EQ(code_of(log.read({.from = {cut.value - 1}})), history_cut);
  EXPECT_EQ(code_of(log.read_stream("All-1", {})), history_cut);
  EXPECT_EQ(log.chain_at({1}).error().code, ErrorCode::HistoryCut);
  auto rest = before;
  rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(cut.value));
  EXPECT_EQ(all_of(log.read({.from = cut})), rest);
  EXPECT_EQ(all_of(log.read_stream("All-1", {.from = {cut.value / 2}})).size(), rest.size() / 2);
  EXPECT_TRUE(sound());
}

TEST_F(Retention, a_writer_and_a_reader_that_have_it_open_learn_of_a_deletion_when_they_come_to_it) {
  const std::string gone = "Gone-1";
  {
    auto store = open_store(disk, "/two");
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(store->log(), {{.stream = gone, .type = "T", .data = "1"}}));
    fill(store->log(), 30);
  }
  auto store = open_store(disk, "/two");
  auto reader = runtime::DiskLog::follow(disk, "/two", {});
  ASSERT_TRUE(reader);
  ASSERT_TRUE(archive(disk, "/two", "/two-archive", {40}, {}));
  const auto planned = plan_deletion(disk, "/two", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned);
  ASSERT_TRUE(delete_archived(disk, "/two", *planned, {}));
  for (auto* has_it : {&store->log(), &(*reader)->log()}) {
    EXPECT_EQ(all_of(has_it->read({.from = planned->until})).size(), 63 - planned->until.value);
    const auto read = has_it->read({});
    const auto first = read ? (*read)->next() : std::unexpected(read.error());
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, ErrorCode::HistoryCut) << first.error().message;
    const auto head = has_it->head(gone);
    ASSERT_TRUE(head) << head.error().message;
    ASSERT_TRUE(*head);
    EXPECT_EQ((*head)->revision, Revision{2});
    const auto stream = has_it->read_stream(gone, {});
    ASSERT_FALSE(stream) << "never an empty stream";
    EXPECT_EQ(stream.error().code, ErrorCode::HistoryCut) << stream.error().message;
    EXPECT_EQ(has_it->begin(), planned->until);
    EXPECT_EQ(all_of(has_it->read_stream("Never-1", {})).size(), 0u);
  }
  auto& written = store->log();
  EXPECT_EQ(append(written, {{.stream = gone, .type = "T", .data = "1"}}, {{gone, Expect::none()}}).error().code,
            ErrorCode::Conflict);
  EXPECT_TRUE(append(written, {{.stream = gone, .type = "T", .data = "1"}}, {{gone, Expect::exactly({2})}}));
}

TEST_F(Retention, guides_stay_true_while_segments_are_archived_and_deleted) {
  const std::string gone = "Gone-1";
  auto store = open_store(disk, "/two");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(store->log(), {{.stream = gone, .type = "T", .data = "1"}}));
  fill_until_guided(*store, 3);
  auto reader = runtime::DiskLog::follow(disk, "/two", {});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->details().memory().guides, 3u);
  const auto list = store->details().catalog().segments();
  const auto first_of = [&](std::size_t number) { return (*list)[number - 1].place.first; };
  const auto all = everything(disk, "/two");
  ASSERT_TRUE(archive(disk, "/two", "/two-archive", first_of(40), {}));
  EXPECT_EQ(everything(disk, "/two"), all);
  EXPECT_TRUE(sound("/two"));
  // The second guide is then over segments of which some are gone.
  const auto planned = plan_deletion(disk, "/two", first_of(21), nullptr, nullptr);
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->last_segment, 20u);
  ASSERT_TRUE(delete_archived(disk, "/two", *planned, {}));
  EXPECT_FALSE(*disk.exists("/two/log/000000000016.guide1"));
  EXPECT_TRUE(*disk.exists("/two/log/000000000032.guide1"));
  auto again = runtime::DiskLog::follow(disk, "/two", {});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->details().memory().guides, 2u);
  for (auto* has_it : {&store->log(), &(*reader)->log(), &(*again)->log()}) {
    const auto head = has_it->head(gone);
    ASSERT_TRUE(head && *head);
    EXPECT_EQ((*head)->revision, Revision{2});
    EXPECT_EQ(has_it->read_stream(gone, {}).error().code, ErrorCode::HistoryCut);
    EXPECT_EQ(all_of(has_it->read_stream("Never-1", {})).size(), 0u);
    EXPECT_FALSE(*has_it->head("Never-1"));
    EXPECT_EQ(all_of(has_it->read({.from = planned->until})).size(), all.size() - planned->until.value);
    EXPECT_EQ((*has_it->head("All-1"))->position, all.back().position);
  }
  ASSERT_TRUE(append(store->log(), {{.stream = gone, .type = "T", .data = "1"}}, {{gone, Expect::exactly({2})}}));
  store.reset();
  EXPECT_TRUE(sound("/two"));
}

TEST_F(Retention, a_stream_whose_events_are_all_gone_goes_on_where_it_was) {
  const std::string gone = "Gone-1";
  {
    auto store = open_store(disk, "/two");
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(store->log(), {{.stream = gone, .type = "T", .data = "1"}}));
    fill(store->log(), 30);
  }
  ASSERT_TRUE(archive(disk, "/two", "/two-archive", {40}, {}));
  const auto planned = plan_deletion(disk, "/two", {20}, nullptr, nullptr);
  ASSERT_TRUE(planned);
  ASSERT_TRUE(delete_archived(disk, "/two", *planned, {}));
  auto store = open_store(disk, "/two");
  auto& log = store->log();
  const auto head = log.head(gone);
  ASSERT_TRUE(head && *head);
  EXPECT_EQ((*head)->revision, Revision{2});
  const auto read = log.read_stream(gone, {});
  ASSERT_FALSE(read) << "never an empty stream";
  EXPECT_EQ(read.error().code, ErrorCode::HistoryCut);
  EXPECT_EQ(append(log, {{.stream = gone, .type = "T", .data = "1"}}, {{gone, Expect::none()}}).error().code,
            ErrorCode::Conflict);
  EXPECT_TRUE(append(log, {{.stream = gone, .type = "T", .data = "1"}}, {{gone, Expect::exactly({2})}}));
  const auto rest = all_of(log.read_stream(gone, {.from = {3}}));
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].revision, Revision{3});
  EXPECT_EQ(all_of(log.read_stream("Never-1", {})).size(), 0u);
}

TEST_F(Retention, whether_something_deleted_matched_is_not_known) {
  ASSERT_TRUE(move());
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({20}), {}));
  auto store = open_store(disk, kStore);
  const Query none{{{.types = {"Never"}}}};
  const std::vector<NewEvent> events{{.stream = "X-1", .type = "T", .data = "1"}};
  const auto ask = [&](Position from) {
    std::optional<ErrorCode> code;
    std::atomic<bool> done = false;
    store->log().append({.events = events, .none_matching = {&none, from}}, [&](Result<Appended> appended) {
      if (!appended) code = appended.error().code;
      done = true;
      done.notify_all();
    });
    done.wait(false);
    return code;
  };
  EXPECT_EQ(ask({0}), ErrorCode::HistoryCut);
  EXPECT_EQ(ask(store->log().begin()), std::nullopt);
}

TEST_F(Retention, without_heads_a_cut_log_does_not_open) {
  ASSERT_TRUE(move());
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({20}), {}));
  disk.flip(kStore + "/HEADS", 70, 1);
  EXPECT_EQ(runtime::DiskLog::follow(disk, kStore, {}).error().code, ErrorCode::Damage);
  disk.erase(kStore + "/HEADS");
  EXPECT_EQ(runtime::DiskLog::follow(disk, kStore, {}).error().code, ErrorCode::Damage);
}

TEST_F(Retention, two_deletions_remember_both) {
  ASSERT_TRUE(move());
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({10}), {}));
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({30}), {}));
  EXPECT_TRUE(sound());
  EXPECT_GT(everything(disk, kStore).front().position, Position{20});
}

TEST_F(Retention, how_far_a_deletion_has_come_is_told) {
  ASSERT_TRUE(move());
  const auto planned = plan({20});
  std::vector<std::uint64_t> bytes;
  ArchiveOptions options;
  options.progress = [&](std::uint64_t done, std::uint64_t of, std::uint64_t events) {
    bytes.push_back(done);
    EXPECT_EQ(of, planned->bytes);
    EXPECT_LE(events, planned->events);
  };
  ASSERT_TRUE(delete_archived(disk, kStore, *planned, options));
  ASSERT_THAT(bytes, SizeIs(planned->segments));
  EXPECT_TRUE(std::ranges::is_sorted(bytes));
  EXPECT_EQ(bytes.back(), planned->bytes);
}

TEST_F(Retention, a_plan_that_is_out_of_date_is_refused) {
  ASSERT_TRUE(move());
  const auto first = plan({10}), second = plan({20});
  ASSERT_TRUE(delete_archived(disk, kStore, *first, {}));
  const auto refused = delete_archived(disk, kStore, *second, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("history was to begin with segment 1, "));
  EXPECT_THAT(refused.error().message,
              testing::HasSubstr("it begins with segment " + std::to_string(first->last_segment + 1)));
}

TEST_F(Retention, a_cut_log_is_backed_up_restored_and_repaired) {
  ASSERT_TRUE(move());
  ASSERT_TRUE(delete_archived(disk, kStore, *plan({20}), {}));
  const auto rest = everything(disk, kStore);
  ASSERT_TRUE(back_up(disk, kStore, "/backup", {}));
  const auto restored = restore(disk, "/backup", "/restored", {});
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(everything(disk, "/restored"), rest);
  EXPECT_TRUE(sound("/restored"));
  const auto repaired = repair(disk, kStore, "/repaired", {});
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(everything(disk, "/repaired"), rest);
  EXPECT_TRUE(sound("/repaired"));
}

// At whatever step the power goes, before it or in the middle, every event is found again.
TEST(RetentionCrash, a_move_can_be_cut_short_anywhere) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k + 1});
    {
      auto store = open_store(disk, kStore);
      fill(store->log(), 7);
    }
    const auto before = everything(disk, kStore);
    disk.crash_at(k);
    const bool done = archive(disk, kStore, kArchive, {8}, {}).has_value();
    disk.power_cut();
    ASSERT_EQ(everything(disk, kStore), before) << "cut at " << k;
    const auto again = archive(disk, kStore, kArchive, {8}, {});
    ASSERT_TRUE(again) << again.error().message << " after a cut at " << k;
    ASSERT_EQ(everything(disk, kStore), before);
    if (done) break;
  }
}

TEST(RetentionCrash, a_deletion_can_be_cut_short_anywhere) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk(sim::FaultyDisk::Options{.seed = k + 1});
    {
      auto store = open_store(disk, kStore);
      ASSERT_TRUE(append(store->log(), {{.stream = "Gone-1", .type = "T", .data = "1"}}));
      fill(store->log(), 7);
    }
    const auto before = everything(disk, kStore);
    ASSERT_TRUE(archive(disk, kStore, kArchive, {8}, {}));
    const auto planned = plan_deletion(disk, kStore, {5}, nullptr, nullptr);
    ASSERT_TRUE(planned && planned->segments > 0);
    disk.crash_at(k);
    const bool done = delete_archived(disk, kStore, *planned, {}).has_value();
    disk.power_cut();
    const auto after = everything(disk, kStore);
    ASSERT_FALSE(after.empty());
    const auto begin = after.front().position;
    ASSERT_TRUE(begin == Position{0} || begin == planned->until) << "cut at " << k;
    ASSERT_EQ(after, std::vector(before.begin() + static_cast<std::ptrdiff_t>(begin.value), before.end()));
    auto store = open_store(disk, kStore);
    const auto head = store->log().head("Gone-1");
    ASSERT_TRUE(head && *head) << "cut at " << k;
    if (begin == planned->until) {
      ASSERT_TRUE(delete_archived(disk, kStore, {}, {}));
      const auto left = disk.list(kArchive);
      for (const auto& entry : *left)
        ASSERT_TRUE(entry.name == "OWNER" || entry.name == "archive.lock" || entry.name.ends_with(".new") ||
                    std::stoull(entry.name) > planned->last_segment)
            << entry.name << ", cut at " << k;
    }
    if (done) break;
  }
}

}  // namespace
}  // namespace daybook::maintenance
