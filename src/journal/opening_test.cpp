// Opening a directory: whose it is, what is in it, and what may go wrong at each step.
#include <gtest/gtest.h>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/checksum.hpp"
#include "io/posix_file.hpp"
#include "journal/identity.hpp"
#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

class Opening : public StoreTest {
 protected:
  // Not a byte more than is there now.
  void fill_the_disk() {
    std::uint64_t bytes = 0;
    for (const auto* in : {"store", "store/log", "store/cut"}) {
      const auto entries = disk.list(in);
      for (const auto& entry : *entries) bytes += entry.size;
    }
    disk.set_capacity(bytes);
  }
  std::string text_of(const Error& error) { return std::string(name_of(error.code)) + ": " + error.message; }
};

TEST_F(Opening, a_second_writer_is_refused_and_told_who_holds_the_store) {
  open();
  const auto other = disk.process();
  const auto second = Directory::open(*other, "store", {.holder = "another"}, true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Locked);
  EXPECT_NE(second.error().message.find("this test"), std::string::npos) << second.error().message;
  append();
}

TEST_F(Opening, a_standby_takes_the_lock_over_when_the_writer_is_gone) {
  open();
  append();
  const auto epoch = directory->epoch();
  const auto other = disk.process();
  close_files();
  disk.kill();
  const auto second = Directory::open(*other, "store", {.holder = "another"}, true);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->tail().end, Position{1});
  EXPECT_EQ((*second)->epoch(), epoch + 1);
}

TEST_F(Opening, a_reader_that_found_no_mark_goes_by_the_one_that_a_writer_makes_later) {
  fill();
  disk.erase("store/mark");
  const auto following = Directory::follow(disk, "store");
  ASSERT_TRUE(following) << following.error().message;
  ASSERT_EQ((*following)->recovery().warnings.size(), 1u);
  EXPECT_EQ((*following)->recovery().warnings[0].code, ErrorCode::NotFound) << "and nothing is damaged";
  open();
  append();
  ASSERT_TRUE((*following)->refresh());
  EXPECT_EQ((*following)->durable(), directory->durable());
}

// While the first has made its segment and not yet its STORE, the second looks.
TEST_F(Opening, of_two_that_make_a_store_at_once_one_makes_it_whole) {
  std::uint64_t operations = 0;
  {
    sim::FaultyDisk whole;
    ASSERT_TRUE(Directory::open(whole, "store", {}, true));
    operations = whole.counts().operations;
  }
  for (std::uint64_t k = 0; k < operations; ++k) {
    sim::FaultyDisk machine;
    // The first one's calls up to k, its lock held on.
    const auto first = machine.process();
    struct Pausing final : Forwarding {
      std::uint64_t left;
      std::function<void()> then;
      Pausing(io::Files& f, std::uint64_t k, std::function<void()> t) : Forwarding(f), left(k), then(std::move(t)) {}
      void step() {
        if (left-- == 0) then();
      }
      Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override {
        step();
        return inner_.open(p, how);
      }
      Status make_directory(const std::string& p) override {
        step();
        return inner_.make_directory(p);
      }
      Status rename(const std::string& from, const std::string& to) override {
        step();
        return inner_.rename(from, to);
      }
      Status sync_directory(const std::string& p) override {
        step();
        return inner_.sync_directory(p);
      }
      Result<std::unique_ptr<io::Lock>> lock(const std::string& p, std::string_view h) override {
        step();
        return inner_.lock(p, h);
      }
    };
    std::unique_ptr<Directory> theirs;
    const auto second = machine.process();
    Pausing files(*first, k, [&] {
      auto opened = Directory::open(*second, "store", {.holder = "the second"}, true);
      if (opened) theirs = std::move(*opened);
    });
    auto mine = Directory::open(files, "store", {.holder = "the first"}, true);
    EXPECT_NE(mine.has_value(), theirs != nullptr) << "step " << k;
    if (mine) mine->reset();
    theirs.reset();
    const auto again = Directory::open(*second, "store", {}, false);
    ASSERT_TRUE(again) << "step " << k << ": " << again.error().message;
    EXPECT_FALSE((*again)->recovery().damage) << "step " << k;
  }
}

TEST_F(Opening, whoever_finds_a_store_finds_its_mark) {
  for (std::uint64_t k = 0;; ++k) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = k});
    disk.crash_at(k);
    const bool opened = try_open().has_value() && !disk.dead();
    k % 2 ? disk.power_cut() : disk.process_kill();
    if (disk.cached("store/STORE")) {
      EXPECT_TRUE(disk.cached("store/mark")) << "step " << k;
    }
    if (opened) break;
  }
}

TEST_F(Opening, a_directory_with_something_else_in_it_is_left_alone) {
  disk.put("store/precious.txt", "mine");
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(opened.error().message.find("precious.txt"), std::string::npos) << opened.error().message;
  EXPECT_EQ(disk.cached("store/lock"), std::nullopt);
}

TEST_F(Opening, a_store_that_is_not_there_is_not_found_unless_it_may_be_made) {
  EXPECT_EQ(Directory::open(disk, "store", {}, false).error().code, ErrorCode::NotFound);
  EXPECT_EQ(Directory::follow(disk, "store").error().code, ErrorCode::NotFound);
}

TEST_F(Opening, a_log_without_its_STORE_is_damage_and_not_a_place_for_a_new_one) {
  fill();
  disk.erase("store/STORE");
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Damage);
  EXPECT_NE(opened.error().message.find("STORE is missing"), std::string::npos) << opened.error().message;
  EXPECT_TRUE(disk.cached(segment(3)));
}

TEST_F(Opening, a_STORE_of_a_newer_format_is_named_as_such) {
  fill();
  auto text = bytes_of("store/STORE");
  disk.put("store/STORE", text.replace(text.find("format 1"), 8, "format 2"));
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::UnsupportedVersion) << opened.error().message;
}

TEST_F(Opening, a_segment_of_a_newer_format_is_named_as_such) {
  fill();
  auto bytes = bytes_of(segment(2));
  base::store(bytes.data() + 8, std::uint32_t{2});
  base::store(bytes.data() + 96, base::checksum(std::string_view(bytes).substr(0, 96)));
  disk.put(segment(2), bytes);
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::UnsupportedVersion);
  EXPECT_NE(opened.error().message.find("000000000002.seg"), std::string::npos) << opened.error().message;
}

TEST_F(Opening, a_missing_segment_is_damage_that_names_it) {
  fill();
  disk.erase(segment(2));
  expect_damage(Position{2}, "log/000000000002.seg is missing");
}

TEST_F(Opening, a_missing_last_segment_is_damage_by_the_mark) {
  fill();
  disk.erase(segment(3));
  expect_damage(Position{3}, "durable up to position 4");
}

TEST_F(Opening, a_store_without_any_segment_can_not_be_opened) {
  fill();
  for (std::uint64_t n = 1; n <= 3; ++n) disk.erase(segment(n));
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Damage) << opened.error().message;
}

TEST_F(Opening, a_segment_of_another_log_is_foreign) {
  fill();
  sim::FaultyDisk other({.seed = 9});
  {
    auto opened = Directory::open(other, "store", {}, true);
    ASSERT_TRUE(opened);
    contract::GroupWriter w(**opened, (*opened)->tail());
    ASSERT_TRUE(w.append({2}));
    ASSERT_TRUE(w.begin_segment());
  }
  disk.put(segment(2), *other.cached(segment(2)));
  expect_damage(Position{2}, "log/000000000002.seg belongs to log ");
  EXPECT_EQ(recovery().damage->code, ErrorCode::ForeignHistory);
}

TEST_F(Opening, segments_that_changed_places_are_damage) {
  fill();
  const auto two = bytes_of(segment(2)), three = bytes_of(segment(3));
  disk.put(segment(2), three);
  disk.put(segment(3), two);
  expect_damage(Position{2}, "log/000000000002.seg says that it is number 3");
}

TEST_F(Opening, files_that_are_no_segments_are_passed_over) {
  fill();
  disk.put("store/log/000000000002.seg.bak", "x");
  disk.put("store/log/notes", "x");
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(directory->tail().end, Position{4});
}

TEST_F(Opening, a_crash_at_any_step_loses_nothing_that_was_acknowledged) {
  // The same life again and again, each time ended one step later, by a kill or by a power cut.
  for (const bool power : {false, true}) {
    for (std::uint64_t k = 0;; ++k) {
      disk.~FaultyDisk();
      new (&disk) sim::FaultyDisk({.seed = 100 + k});
      disk.crash_at(k);
      std::uint64_t acknowledged = 0;
      bool finished = false;
      for (int life = 0; life < 2 && !disk.dead(); ++life) {
        auto opened = try_open();
        if (!opened) break;
        directory = std::move(*opened);
        writer.emplace(*directory, directory->tail());
        const auto tries = [&] { return writer->append({2, 1}) && (acknowledged = writer->tail().end.value, true); };
        finished = tries() && tries() && directory->prepare_some(8192) && writer->begin_segment() && tries() &&
                   writer->begin_segment() && tries() && (life == 0 || writer->close());
        close_files();
      }
      if (finished && !disk.dead()) {
        EXPECT_GT(k, 60u);
        break;
      }
      power ? disk.power_cut() : disk.process_kill();
      for (int again = 0; again < 2; ++again) {
        open();
        ASSERT_FALSE(recovery().damage) << "step " << k << ": " << recovery().damage->message;
        ASSERT_GE(directory->tail().end.value, acknowledged) << "step " << k;
        append();
        acknowledged = writer->tail().end.value;
        power_cut();
      }
    }
  }
}

TEST_F(Opening, a_crash_while_a_tail_is_rewritten_leaves_it_to_the_next_opening) {
  for (std::uint64_t k = 0;; ++k) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk({.seed = 500 + k});
    open();
    append();
    ASSERT_TRUE(writer->write(writer->group({2, 1})));
    kill();
    disk.crash_at(k);
    const bool opened = try_open().has_value() && !disk.dead();
    k % 2 ? disk.power_cut() : disk.process_kill();
    open();
    ASSERT_FALSE(recovery().damage) << "step " << k << ": " << recovery().damage->message;
    // After a power cut what no sync covered may be gone.
    ASSERT_TRUE(directory->tail().end == Position{4} || (k % 2 && directory->tail().end == Position{1}))
        << "step " << k;
    close_files();
    if (opened) break;
  }
}

TEST_F(Opening, a_full_disk_refuses_loses_nothing_and_then_goes_on) {
  open();
  append();
  disk.set_capacity(0);
  const auto at = writer->tail().offset;
  EXPECT_EQ(writer->write(writer->group({3})).error().code, ErrorCode::DiskFull);
  directory->unwrite(at);
  EXPECT_FALSE(writer->begin_segment());
  disk.set_capacity({});
  append();
  ASSERT_TRUE(writer->begin_segment());
  append();
  kill();
  open();
  EXPECT_EQ(directory->tail().end, Position{3});
}

TEST_F(Opening, the_room_of_a_prepared_segment_is_given_to_events_when_the_disk_is_full) {
  open();
  append();
  ASSERT_FALSE(*directory->prepare_some(1u << 20)) << "all of it";
  fill_the_disk();
  append({1}, std::string(500'000, 'x'));
  EXPECT_FALSE(disk.cached("store/log/spare.new"));
  EXPECT_EQ(directory->prepare_some(1u << 20), false) << "not taken away again";
  ASSERT_TRUE(writer->begin_segment());
  append();
  EXPECT_EQ(directory->prepare_some(4096), true) << "the next segment may find room";
  kill();
  disk.set_capacity({});
  open();
  EXPECT_EQ(directory->tail().end, Position{3});
}

TEST_F(Opening, a_prepared_segment_that_can_not_be_named_gives_its_room_too) {
  open();
  append();
  ASSERT_FALSE(*directory->prepare_some(1u << 20)) << "all of it";
  fill_the_disk();
  disk.inject({.on = sim::Operation::Rename, .path = "spare.new", .code = ErrorCode::DiskFull});
  const auto begun = writer->begin_segment();
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_FALSE(disk.cached("store/log/spare.new"));
  append();
}

TEST_F(Opening, a_segment_is_begun_in_the_room_of_one_that_is_half_prepared) {
  open();
  append();
  ASSERT_TRUE(*directory->prepare_some(500'000)) << "half of it";
  fill_the_disk();
  const auto begun = writer->begin_segment();
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_FALSE(disk.cached("store/log/spare.new"));
  append();
}

TEST_F(Opening, a_reader_never_sees_less_than_before_while_a_writer_opens) {
  open();
  append();
  append();
  const auto other = disk.process();
  auto follower = Directory::follow(*other, "store");
  ASSERT_TRUE(follower);
  append();
  EXPECT_EQ((*follower)->durable(), Position{3});
  for (std::uint64_t k = 0; k < 40; ++k) {
    close_files();
    disk.crash_at(k);
    (void)try_open();
    EXPECT_EQ((*follower)->durable(), Position{3}) << "step " << k;
    disk.process_kill();
  }
}

// To root a directory without permission is no obstacle: the child gives up what makes it so, which nobody needs leave
// for.
bool give_up_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &head, none.data()) == 0;
}

TEST(OpeningForReal, a_directory_without_permission_is_a_clear_error) {
  std::string name = (std::filesystem::temp_directory_path() / "daybook-denied-XXXXXX").string();
  const std::string dir = ::mkdtemp(name.data());
  ::chmod(dir.c_str(), 0500);
  const auto child = ::fork();
  if (child == 0) {
    if (!give_up_capabilities()) ::_exit(2);
    const auto opened = Directory::open(io::posix_files(), dir + "/store", {}, true);
    const bool clear = !opened && opened.error().code == ErrorCode::PermissionDenied &&
                       opened.error().message.find(dir) != std::string::npos;
    ::_exit(clear ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  std::filesystem::remove_all(dir);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_NE(WEXITSTATUS(status), 2) << "it could not give up its capabilities";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace daybook::journal
