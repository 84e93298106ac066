#include <set>
#include <thread>

#include "sim/test_disk.hpp"

namespace daybook::sim {
namespace {

using io::Open;

TEST(FaultyDisk, has_one_root_for_absolute_and_relative_paths) {
  FaultyDisk disk;
  create(disk, "a", "hello");
  EXPECT_EQ(*io::read_whole(disk, "/a"), "hello");
  EXPECT_EQ(*io::read_whole(disk, "./x/../a"), "hello");
  EXPECT_EQ(names(disk, "."), names(disk, "/"));
  std::string warning = "old";
  EXPECT_TRUE(disk.check_file_system("w", warning));
  EXPECT_EQ(warning, "");
}

TEST(FaultyDisk, a_kill_keeps_every_byte_and_ends_every_handle) {
  FaultyDisk disk;
  auto file = *disk.open("a", Open::Create);
  ASSERT_TRUE(file->write_at(0, base::as_bytes("unsynced")));
  auto page = *disk.shared_page("page", true);
  page->store(4, 44);
  const auto mapping = *file->map();
  disk.process_kill();
  EXPECT_EQ(file->write_at(0, base::as_bytes("x")).error().code, ErrorCode::IoError);
  EXPECT_EQ(file->sync().error().code, ErrorCode::IoError);
  EXPECT_FALSE(file->size());
  EXPECT_FALSE(file->truncate(0));
  EXPECT_FALSE(file->map());
  EXPECT_FALSE(mapping->populate(0, 1));
  page->store(4, 99);
  EXPECT_EQ(*io::read_whole(disk, "a"), "unsynced");
  EXPECT_EQ((*disk.shared_page("page", false))->load(4), 44u);
}

TEST(FaultyDisk, the_memory_of_an_old_mapping_outlives_a_power_cut_and_the_disk) {
  auto disk = std::make_unique<FaultyDisk>();
  create(*disk, "a", "content");
  auto mapping = *(*disk->open("a", Open::Read))->map();
  disk->power_cut();
  disk.reset();
  EXPECT_EQ(base::as_text(mapping->bytes()), "content");
}

TEST(FaultyDisk, a_directory_whose_name_can_not_be_synced_is_not_left_behind) {
  FaultyDisk disk;
  disk.inject({.on = Operation::SyncDirectory});
  EXPECT_FALSE(disk.make_directory("new/below"));
  EXPECT_FALSE(*disk.exists("new"));
  ASSERT_TRUE(disk.make_directory("new/below"));
  disk.power_cut();
  EXPECT_TRUE(*disk.exists("new/below"));
}

TEST(FaultyDisk, a_file_renamed_over_another_without_a_sync_may_be_empty) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    FaultyDisk disk({.seed = seed});
    disk.put("d/a", "old");
    auto file = *disk.open("d/b", Open::Create);
    ASSERT_TRUE(file->write_at(0, base::as_bytes("new")));
    ASSERT_TRUE(disk.rename("d/b", "d/a"));
    ASSERT_TRUE(disk.sync_directory("d"));
    disk.power_cut();
    found.insert(*disk.cached("d/a"));
  }
  EXPECT_TRUE(found.contains(""));
  EXPECT_TRUE(found.contains("new"));
  EXPECT_FALSE(found.contains("old"));
}

TEST(FaultyDisk, replacing_a_file_leaves_the_old_or_the_new_wherever_the_power_goes) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t k = 0;; ++k) {
      FaultyDisk disk({.seed = seed});
      disk.put("d/a", "old");
      disk.crash_at(k);
      const bool done = io::replace_whole(disk, "d/a", "new").has_value();
      EXPECT_EQ(disk.dead(), !done);
      disk.power_cut();
      const auto content = *io::read_whole(disk, "d/a");
      found.insert(content);
      EXPECT_TRUE(content == "new" || (content == "old" && !done)) << content;
      if (done) break;
    }
  }
  EXPECT_EQ(found.size(), 2u);
}

TEST(FaultyDisk, dies_before_the_call_it_was_told_and_lives_again_when_rebooted) {
  FaultyDisk disk;
  disk.crash_at(2);
  auto file = *disk.open("a", Open::Create);
  ASSERT_TRUE(file->write_at(0, base::as_bytes("one")));
  EXPECT_FALSE(disk.dead());
  EXPECT_FALSE(file->write_at(0, base::as_bytes("two")));
  EXPECT_TRUE(disk.dead());
  EXPECT_EQ(disk.exists("a").error().code, ErrorCode::IoError);
  EXPECT_FALSE(disk.make_directory("d"));
  disk.reboot();
  EXPECT_FALSE(file->sync());
  EXPECT_EQ(*io::read_whole(disk, "a"), "one");
  EXPECT_EQ(disk.counts().operations, 2u);
}

TEST(FaultyDisk, one_process_dies_alone_and_a_power_cut_takes_all) {
  FaultyDisk disk;
  create(disk, "a", "x");
  const auto reader = disk.process();
  auto file = *reader->open("a", Open::Read);
  disk.process_kill();
  EXPECT_EQ(*file->size(), 1u);
  EXPECT_FALSE(reader->dead());
  ASSERT_TRUE(disk.sync_directory("."));
  disk.power_cut();
  EXPECT_FALSE(file->size());
  EXPECT_TRUE(reader->dead());
  EXPECT_FALSE(reader->open("a", Open::Read));
  EXPECT_TRUE(disk.open("a", Open::Read));
}

TEST(FaultyDisk, a_lock_has_one_holder_until_it_is_let_go_or_its_process_dies) {
  FaultyDisk disk;
  const auto other = disk.process(), third = disk.process();
  auto held = disk.lock("lock", "the first");
  ASSERT_TRUE(held);
  const auto refused = other->lock("lock", "the other");
  EXPECT_EQ(refused.error().code, ErrorCode::Locked);
  EXPECT_NE(refused.error().message.find("the first"), std::string::npos);
  EXPECT_EQ(disk.lock("lock", "again").error().code, ErrorCode::Locked);
  third->kill();
  EXPECT_EQ(other->lock("lock", "the other").error().code, ErrorCode::Locked);
  disk.process_kill();
  auto taken = other->lock("lock", "the other");
  ASSERT_TRUE(taken);
  held->reset();  // of a dead process: lets nothing go
  EXPECT_EQ(disk.lock("lock", "me").error().code, ErrorCode::Locked);
  taken->reset();
  auto mine = disk.lock("lock", "me");
  ASSERT_TRUE(mine);
  disk.power_cut();
  EXPECT_TRUE(disk.lock("lock", "me"));
}

TEST(FaultyDisk, a_page_is_shared_between_processes_and_wakes_them) {
  FaultyDisk disk;
  auto writer = *disk.shared_page("page", true);
  const auto process = disk.process();
  auto reader = *process->shared_page("page", false);
  std::thread waiting([&] {
    while (reader->load(5) == 0) reader->wait(5, 0, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  });
  writer->store(5, 1ull << 33 | 1);
  writer->wake(5);
  waiting.join();
  EXPECT_EQ(reader->load(5), 1ull << 33 | 1);
  reader->wait(5, 0, std::chrono::steady_clock::time_point::max());  // at once: the word is another
}

TEST(FaultyDisk, a_page_is_created_durable_and_a_short_one_is_damage_to_a_reader) {
  FaultyDisk disk;
  EXPECT_EQ(disk.shared_page("page", false).error().code, ErrorCode::NotFound);
  ASSERT_TRUE(disk.shared_page("page", true));
  disk.power_cut();
  EXPECT_EQ((*disk.shared_page("page", false))->load(0), 0u);
  disk.cut_file("page", 100);
  EXPECT_EQ(disk.shared_page("page", false).error().code, ErrorCode::Damage);
  EXPECT_TRUE(disk.shared_page("page", true));
}

TEST(FaultyDisk, a_write_that_fails_may_have_done_a_part) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultyDisk disk({.seed = seed});
    auto file = *disk.open("a", Open::Create);
    disk.inject({.on = Operation::Write, .skip = 1});
    ASSERT_TRUE(file->write_at(0, base::as_bytes("..")));
    EXPECT_EQ(file->write_at(0, base::as_bytes("abc")).error().code, ErrorCode::IoError);
    found.insert(*disk.cached("a"));
    EXPECT_TRUE(file->write_at(0, base::as_bytes("whole")));
  }
  EXPECT_EQ(found, (std::set<std::string>{"..", "a.", "ab"}));
}

TEST(FaultyDisk, a_full_disk_takes_what_fits_and_goes_on_when_there_is_room) {
  FaultyDisk disk({.capacity = 10});
  auto file = *disk.open("a", Open::Create);
  ASSERT_TRUE(file->write_at(0, base::as_bytes("12345678")));
  const auto full = file->write_at(6, base::as_bytes("abcdefgh"));
  EXPECT_EQ(full.error().code, ErrorCode::DiskFull);
  EXPECT_EQ(*disk.cached("a"), "123456abcd");
  EXPECT_TRUE(file->write_at(0, base::as_bytes("over")));  // needs no more room
  create(disk, "empty", "");
  EXPECT_EQ(disk.shared_page("page", true).error().code, ErrorCode::DiskFull);
  ASSERT_TRUE(disk.remove("a"));
  EXPECT_TRUE((*disk.open("b", Open::Create))->write_at(0, base::as_bytes("1234567890")));
  disk.set_capacity({});
  EXPECT_TRUE((*disk.open("b", Open::Write))->write_at(10, base::as_bytes("more")));
}

TEST(FaultyDisk, a_failed_sync_is_reported_once_and_loses_what_it_reads_back) {
  bool lost = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    FaultyDisk disk({.seed = seed});
    disk.put("a", "....");
    auto file = *disk.open("a", Open::Write);
    ASSERT_TRUE(file->write_at(0, base::as_bytes("lost")));
    disk.inject({.on = Operation::Sync});
    EXPECT_EQ(file->sync().error().code, ErrorCode::IoError);
    EXPECT_TRUE(file->sync());  // the kernel has told; the pages are clean
    disk.process_kill();
    EXPECT_EQ(*io::read_whole(disk, "a"), "lost");
    EXPECT_TRUE((*disk.open("a", Open::Write))->sync());
    const auto medium = *disk.medium("a");
    disk.power_cut();
    EXPECT_EQ(*io::read_whole(disk, "a"), medium);
    lost |= medium == "....";
  }
  EXPECT_TRUE(lost);
}

TEST(FaultyDisk, faults_come_by_path_and_number_and_code) {
  FaultyDisk disk;
  disk.put("log/1.seg", "abc");
  disk.put("other", "abc");
  disk.inject({.on = Operation::Read, .path = "log/", .times = 2});
  disk.inject({.on = Operation::Create, .path = "other", .code = ErrorCode::PermissionDenied});
  EXPECT_TRUE(io::read_whole(disk, "other"));
  EXPECT_FALSE(io::read_whole(disk, "log/1.seg"));
  const auto mapping = *(*disk.open("log/1.seg", Open::Read))->map();
  EXPECT_FALSE(mapping->populate(0, 1));
  EXPECT_TRUE(mapping->populate(0, 1));
  EXPECT_EQ(disk.open("other2", Open::Create).error().code, ErrorCode::PermissionDenied);
  disk.inject({.on = Operation::SyncDirectory, .times = UINT64_MAX});
  EXPECT_FALSE(disk.sync_directory("log"));
  EXPECT_FALSE(disk.sync_directory("log"));
  disk.clear_faults();
  EXPECT_TRUE(disk.sync_directory("log"));
}

TEST(FaultyDisk, fault_rates_hit_about_as_often_as_they_say) {
  FaultyDisk disk;
  disk.put("a", "abc");
  disk.set_fault_rate(Operation::Read, 0.25);
  auto file = *disk.open("a", Open::Read);
  int failed = 0;
  std::byte byte;
  for (int i = 0; i < 1000; ++i) failed += !file->read_at(0, {&byte, 1});
  EXPECT_GT(failed, 180);
  EXPECT_LT(failed, 320);
}

TEST(FaultyDisk, damage_at_rest_is_found_by_whoever_reads) {
  FaultyDisk disk;
  disk.put("d/a", "abc");
  disk.flip("d/a", 1, 0);
  EXPECT_EQ(*io::read_whole(disk, "d/a"), "acc");
  auto old = *disk.open("d/a", Open::Read);
  disk.put("d/a", "foreign");
  EXPECT_EQ(*old->size(), 3u);
  disk.cut_file("d/a", 2);
  disk.power_cut();
  EXPECT_EQ(*io::read_whole(disk, "d/a"), "fo");
  disk.make_unreadable("d/a", 1, 1);
  EXPECT_EQ(io::read_whole(disk, "d/a").error().code, ErrorCode::IoError);
  EXPECT_FALSE((*(*disk.open("d/a", Open::Read))->map())->populate(0, 2));
  disk.erase("d/a");
  disk.power_cut();
  EXPECT_FALSE(*disk.exists("d/a"));
  EXPECT_TRUE(*disk.exists("d"));
}

TEST(FaultyDisk, the_same_seed_is_the_same_run) {
  const auto run = [](std::uint64_t seed) {
    FaultyDisk disk({.seed = seed, .sector = 1});
    disk.set_fault_rate(Operation::Write, 0.1);
    disk.set_fault_rate(Operation::Sync, 0.1);
    std::string told;
    for (int i = 0; i < 50; ++i) {
      const std::string path = "f" + std::to_string(i % 7);
      auto file = disk.open(path, i < 7 ? Open::Create : Open::Write);
      if (!file) continue;
      told += (*file)->write_at(static_cast<std::uint64_t>(i), base::as_bytes("some bytes")) ? "w" : "-";
      if (i % 3 == 0) told += (*file)->sync() ? "s" : "x";
      if (i % 20 == 19) disk.power_cut();
    }
    disk.power_cut();
    const auto entries = disk.list(".");
    for (const auto& entry : *entries) told += entry.name + "=" + *disk.cached(entry.name) + ";";
    return told;
  };
  std::set<std::string> runs;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    runs.insert(run(seed));
    EXPECT_EQ(run(seed), run(seed));
  }
  EXPECT_GT(runs.size(), 10u);
}

TEST(FaultyDisk, is_used_by_many_threads_at_once) {
  FaultyDisk disk;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&disk, t] {
      const auto process = disk.process();
      const std::string path = "f" + std::to_string(t);
      auto file = *process->open(path, Open::Create);
      for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_TRUE(file->write_at(i, base::as_bytes("x")));
        EXPECT_TRUE(file->sync());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(disk.counts().syncs, 400u);
  for (int t = 0; t < 4; ++t) EXPECT_EQ(disk.medium("f" + std::to_string(t)), std::string(100, 'x'));
}

}  // namespace
}  // namespace daybook::sim
