#include "io/posix_file.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/bytes.hpp"

namespace daybook::io {
namespace {

class PosixFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-io-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(name.data()));
    dir = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir); }

  std::string dir;
  Files& files = posix_files();
};

TEST_F(PosixFiles, reads_what_was_written_where_it_was_written) {
  auto file = *files.open(dir + "/a", Open::Create);
  ASSERT_TRUE(file->write_at(3, base::as_bytes("hello")));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(*file->size(), 8u);
  std::string got(10, 'x');
  EXPECT_EQ(*file->read_at(2, std::as_writable_bytes(std::span(got))), 6u);
  EXPECT_EQ(got.substr(0, 6), std::string("\0hello", 6));
  EXPECT_EQ(base::as_text((*file->map())->bytes()), std::string_view("\0\0\0hello", 8));
  ASSERT_TRUE((*file->map())->populate(1, 7));
}

TEST_F(PosixFiles, an_existing_file_is_never_created_over) {
  ASSERT_TRUE(files.open(dir + "/a", Open::Create));
  EXPECT_FALSE(files.open(dir + "/a", Open::Create));
  EXPECT_EQ(files.open(dir + "/b", Open::Read).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files.open(dir, Open::Read).error().code, ErrorCode::InvalidArgument);
}

TEST_F(PosixFiles, replacing_leaves_the_new_content_and_no_other_file) {
  ASSERT_TRUE(replace_whole(files, dir + "/a", "one"));
  ASSERT_TRUE(files.open(dir + "/a.new", Open::Create));  // as a crash would leave it
  ASSERT_TRUE(replace_whole(files, dir + "/a", "two"));
  EXPECT_EQ(*read_whole(files, dir + "/a"), "two");
  EXPECT_EQ(files.list(dir)->size(), 1u);
  EXPECT_EQ(read_whole(files, dir + "/a", 2).error().code, ErrorCode::Damage);
}

// As /home may be, in which one's own directory is.
TEST_F(PosixFiles, a_directory_is_made_below_one_that_may_not_be_listed) {
  ASSERT_TRUE(files.make_directory(dir + "/closed/mine"));
  ::chmod((dir + "/closed").c_str(), 0311);
  const auto child = ::fork();
  if (child == 0) {
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, 2> none{};  // root, too, may then not list it
    if (::syscall(SYS_capset, &head, none.data()) != 0) ::_exit(2);
    if (files.list(dir + "/closed")) ::_exit(3);
    ::_exit(files.make_directory(dir + "/closed/mine/new") ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::chmod((dir + "/closed").c_str(), 0755);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(*files.exists(dir + "/closed/mine/new"));
}

TEST(ParentOf, is_what_a_path_is_in_however_it_is_written) {
  for (const auto& [path, parent] : std::vector<std::pair<std::string, std::string>>{{"a/b/c", "a/b"},
                                                                                     {"a/b/c/", "a/b"},
                                                                                     {"a//b//", "a"},
                                                                                     {"a", "."},
                                                                                     {"a/", "."},
                                                                                     {"/a", "/"},
                                                                                     {"/a/", "/"},
                                                                                     {"//a", "/"},
                                                                                     {"/", "/"},
                                                                                     {"", "."}})
    EXPECT_EQ(parent_of(path), parent) << path;
}

TEST_F(PosixFiles, a_listing_leaves_out_what_is_gone_and_names_what_can_not_be_looked_at) {
  ASSERT_TRUE(files.open(dir + "/a", Open::Create));
  std::filesystem::create_symlink("none", dir + "/gone");  // to stat, as one that is removed after readdir
  ASSERT_TRUE(files.list(dir));
  EXPECT_EQ(files.list(dir)->size(), 1u);
  std::filesystem::create_symlink("loop", dir + "/loop");
  const auto list = files.list(dir);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::IoError);
  EXPECT_NE(list.error().message.find(dir + "/loop"), std::string::npos) << list.error().message;
}

TEST_F(PosixFiles, a_lock_has_one_holder_who_is_named_to_the_others) {
  auto lock = files.lock(dir + "/lock", "pid 7 on host h");
  ASSERT_TRUE(lock);
  const auto second = files.lock(dir + "/lock", "pid 8");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Locked);
  EXPECT_NE(second.error().message.find("pid 7 on host h"), std::string::npos);
  lock->reset();
  EXPECT_TRUE(files.lock(dir + "/lock", "pid 8"));
}

TEST_F(PosixFiles, a_lock_ends_with_its_process_however_it_ends) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = files.lock(dir + "/lock", "the child");
    (void)!::write(ready[1], lock ? "y" : "n", 1);
    ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(files.lock(dir + "/lock", "me").error().code, ErrorCode::Locked);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(files.lock(dir + "/lock", "me"));
}

TEST_F(PosixFiles, a_shared_page_wakes_a_reader_that_may_not_write_it) {
  auto writer = *files.shared_page(dir + "/page", true);
  ::chmod((dir + "/page").c_str(), 0444);
  auto reader = *files.shared_page(dir + "/page", false);
  std::thread waiting([&] {
    while (reader->load(5) == 0) reader->wait(5, 0, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  });
  writer->store(5, 1ull << 33 | 1);
  writer->wake(5);
  waiting.join();
  EXPECT_EQ(reader->load(5), 1ull << 33 | 1);
  writer.reset();
  EXPECT_EQ((*files.shared_page(dir + "/page", true))->load(5), 1ull << 33 | 1);
}

TEST_F(PosixFiles, errors_name_the_path_and_their_kind) {
  EXPECT_EQ(files.list(dir + "/none").error().code, ErrorCode::NotFound);
  const auto error = files.remove(dir + "/none").error();
  EXPECT_NE(error.message.find(dir + "/none"), std::string::npos);
  ASSERT_TRUE(files.make_directory(dir + "/x/y/z"));
  ASSERT_TRUE(files.make_directory(dir + "/x/y/z"));
  EXPECT_TRUE(files.list(dir + "/x/y")->at(0).directory);
  if (::geteuid() != 0) {
    ::chmod((dir + "/x").c_str(), 0555);
    EXPECT_EQ(files.open(dir + "/x/f", Open::Create).error().code, ErrorCode::PermissionDenied);
  }
}

}  // namespace
}  // namespace daybook::io
