// What every io::Files must do while nothing goes wrong, as tests: the real file system and the simulated one are held
// to the same answers, so that what passes on the one can be believed of the other. Include this in one .cpp and enrol:
//
//     INSTANTIATE_TEST_SUITE_P(FaultyDisk, FilesContract, testing::Values(&make_bed));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "base/bytes.hpp"
#include "io/file.hpp"

namespace daybook::contract {

class FilesBed {
 public:
  virtual ~FilesBed() = default;
  virtual io::Files& files() = 0;
  // An empty directory of the bed's own.
  virtual std::string directory() const = 0;
};

using MakeFilesBed = std::unique_ptr<FilesBed> (*)();

class FilesContract : public testing::TestWithParam<MakeFilesBed> {
 protected:
  std::unique_ptr<io::File> create(const std::string& name, std::string_view content = "") {
    auto file = files.open(dir + name, io::Open::Create);
    EXPECT_TRUE(file) << file.error().message;
    EXPECT_TRUE((*file)->write_at(0, base::as_bytes(content)));
    EXPECT_TRUE((*file)->sync());
    return std::move(*file);
  }
  std::string content(const std::string& name) {
    const auto read = io::read_whole(files, dir + name);
    return read ? *read : read.error().message;
  }
  std::string names(const std::string& name = "") {
    std::string all;
    const auto entries = files.list(dir + name);
    if (!entries) return entries.error().message;
    for (const auto& entry : *entries) all += entry.name + (entry.directory ? "/ " : " ");
    return all;
  }
  static ErrorCode code(const auto& result) { return result ? ErrorCode{} : result.error().code; }

  std::unique_ptr<FilesBed> bed = GetParam()();
  io::Files& files = bed->files();
  std::string dir = bed->directory() + "/";
};

TEST_P(FilesContract, bytes_are_where_they_were_written_and_zeros_between) {
  auto file = create("a");
  ASSERT_TRUE(file->write_at(3, base::as_bytes("hello")));
  EXPECT_EQ(*file->size(), 8u);
  std::string got(10, 'x');
  EXPECT_EQ(*file->read_at(2, std::as_writable_bytes(std::span(got))), 6u);
  EXPECT_EQ(got, std::string("\0helloxxxx", 10));
  EXPECT_EQ(*file->read_at(8, std::as_writable_bytes(std::span(got))), 0u);
  EXPECT_EQ(*file->read_at(1000, std::as_writable_bytes(std::span(got))), 0u);
  ASSERT_TRUE(file->write_at(4, {}));
  ASSERT_TRUE(file->write_at(4, base::as_bytes("E")));
  EXPECT_EQ(content("a"), std::string("\0\0\0hEllo", 8));
}

TEST_P(FilesContract, truncating_shortens_and_lengthens_with_zeros) {
  auto file = create("a", "abcdef");
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(content("a"), "abc");
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(content("a"), std::string("abc\0\0", 5));
}

TEST_P(FilesContract, an_existing_file_is_never_created_over) {
  create("a", "old");
  EXPECT_EQ(code(files.open(dir + "a", io::Open::Create)), ErrorCode::IoError);
  EXPECT_EQ(content("a"), "old");
}

TEST_P(FilesContract, what_is_not_there_is_not_found) {
  for (const auto how : {io::Open::Read, io::Open::Write})
    EXPECT_EQ(code(files.open(dir + "none", how)), ErrorCode::NotFound);
  EXPECT_EQ(code(files.open(dir + "none/a", io::Open::Create)), ErrorCode::NotFound);
  EXPECT_EQ(code(files.list(dir + "none")), ErrorCode::NotFound);
  EXPECT_EQ(code(files.remove(dir + "none")), ErrorCode::NotFound);
  EXPECT_EQ(code(files.rename(dir + "none", dir + "b")), ErrorCode::NotFound);
  EXPECT_EQ(code(files.sync_directory(dir + "none")), ErrorCode::NotFound);
  EXPECT_EQ(code(files.lock(dir + "none/lock", "me")), ErrorCode::NotFound);
  EXPECT_EQ(code(files.shared_page(dir + "none", false)), ErrorCode::NotFound);
  EXPECT_EQ(code(files.shared_page(dir + "none/page", true)), ErrorCode::NotFound);
  EXPECT_THAT(files.remove(dir + "none").error().message, testing::HasSubstr(dir + "none"));
  EXPECT_FALSE(*files.exists(dir + "none"));
  create("a");
  EXPECT_FALSE(*files.exists(dir + "a/b"));
}

TEST_P(FilesContract, a_directory_is_no_file) {
  ASSERT_TRUE(files.make_directory(dir + "d"));
  EXPECT_EQ(code(files.open(dir + "d", io::Open::Read)), ErrorCode::InvalidArgument);
  EXPECT_FALSE(files.open(dir + "d", io::Open::Write));
  EXPECT_FALSE(files.open(dir + "d", io::Open::Create));
  EXPECT_FALSE(files.remove(dir + "d"));
  create("a");
  EXPECT_FALSE(files.rename(dir + "a", dir + "d"));
  EXPECT_FALSE(files.rename(dir + "d", dir + "a"));
  EXPECT_FALSE(files.rename(dir + "d", dir + "d/e"));
  EXPECT_FALSE(files.list(dir + "a"));
  EXPECT_EQ(names(), "a d/ ");
}

TEST_P(FilesContract, directories_are_made_with_their_parents_once_or_twice) {
  ASSERT_TRUE(files.make_directory(dir + "x/y/z"));
  ASSERT_TRUE(files.make_directory(dir + "x/y/z"));
  EXPECT_EQ(names("x"), "y/ ");
  EXPECT_EQ(names("x/y"), "z/ ");
  EXPECT_TRUE(files.sync_directory(dir + "x/y/z"));
  ASSERT_TRUE(files.rename(dir + "x", dir + "w"));
  EXPECT_TRUE(*files.exists(dir + "w/y/z"));
  EXPECT_FALSE(*files.exists(dir + "x"));
}

TEST_P(FilesContract, a_listing_is_sorted_and_has_sizes) {
  create("b", "12345");
  create("a10");
  create("a2");
  ASSERT_TRUE(files.make_directory(dir + "a3"));
  EXPECT_EQ(names(), "a10 a2 a3/ b ");
  EXPECT_EQ(files.list(dir)->at(3).size, 5u);
}

TEST_P(FilesContract, a_rename_replaces_and_open_files_stay_what_they_were) {
  auto old = create("a", "old");
  auto renamed = create("b", "new");
  ASSERT_TRUE(files.rename(dir + "b", dir + "a"));
  EXPECT_EQ(names(), "a ");
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(*old->size(), 3u);
  ASSERT_TRUE(renamed->write_at(0, base::as_bytes("NEW")));
  EXPECT_EQ(content("a"), "NEW");
  ASSERT_TRUE(files.remove(dir + "a"));
  EXPECT_TRUE(renamed->write_at(0, base::as_bytes("still")));
  EXPECT_EQ(names(), "");
}

TEST_P(FilesContract, what_is_open_for_reading_is_not_written) {
  create("a", "abc");
  auto file = *files.open(dir + "a", io::Open::Read);
  EXPECT_FALSE(file->write_at(0, base::as_bytes("x")));
  EXPECT_FALSE(file->truncate(0));
  EXPECT_EQ(content("a"), "abc");
}

TEST_P(FilesContract, a_mapping_shows_the_file_and_what_is_written_to_it_later) {
  auto file = create("a", "abc");
  EXPECT_EQ((*(*files.open(dir + "a", io::Open::Read))->map())->bytes().size(), 3u);
  const auto mapping = *file->map();
  ASSERT_TRUE(file->write_at(1, base::as_bytes("XYZ")));
  EXPECT_EQ(base::as_text(mapping->bytes()), "aXY");
  EXPECT_TRUE(mapping->populate(0, 3));
  EXPECT_TRUE(mapping->populate(2, 1));
  file.reset();
  ASSERT_TRUE(files.remove(dir + "a"));
  EXPECT_EQ(base::as_text(mapping->bytes()), "aXY");
  EXPECT_TRUE((*create("empty")->map())->bytes().empty());
}

TEST_P(FilesContract, replacing_leaves_the_new_content_and_no_other_file) {
  ASSERT_TRUE(io::replace_whole(files, dir + "a", "one"));
  create("a.new", "left by a crash");
  ASSERT_TRUE(io::replace_whole(files, dir + "a", "two"));
  EXPECT_EQ(content("a"), "two");
  EXPECT_EQ(names(), "a ");
  EXPECT_EQ(code(io::read_whole(files, dir + "a", 2)), ErrorCode::Damage);
}

TEST_P(FilesContract, a_lock_has_one_holder_who_is_named_to_the_others) {
  auto held = files.lock(dir + "lock", "pid 7 on host h");
  ASSERT_TRUE(held);
  const auto second = files.lock(dir + "lock", "pid 8");
  EXPECT_EQ(code(second), ErrorCode::Locked);
  EXPECT_THAT(second.error().message, testing::HasSubstr("pid 7 on host h"));
  held->reset();
  held = files.lock(dir + "lock", "pid 9");
  ASSERT_TRUE(held);
  EXPECT_EQ(content("lock"), "pid 9");
}

TEST_P(FilesContract, a_shared_page_is_one_for_all_and_wakes_who_waits) {
  auto writer = *files.shared_page(dir + "page", true);
  auto reader = *files.shared_page(dir + "page", false);
  EXPECT_EQ(reader->load(511), 0u);
  std::thread waiting([&] {
    while (reader->load(5) == 0) reader->wait(5, 0, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  });
  writer->store(5, 1ull << 33 | 1);
  writer->wake(5);
  waiting.join();
  EXPECT_EQ(reader->load(5), 1ull << 33 | 1);
  reader->wait(5, 1ull << 33 | 1, std::chrono::steady_clock::now());  // comes back at its deadline
  EXPECT_EQ(base::load<std::uint64_t>(content("page").data() + 40), 1ull << 33 | 1);
  writer.reset();
  EXPECT_EQ((*files.shared_page(dir + "page", true))->load(5), 1ull << 33 | 1);
}

TEST_P(FilesContract, a_short_page_is_damage_to_a_reader_and_made_whole_by_a_writer) {
  create("page", "short");
  EXPECT_EQ(code(files.shared_page(dir + "page", false)), ErrorCode::Damage);
  ASSERT_TRUE(files.shared_page(dir + "page", true));
  EXPECT_TRUE(files.shared_page(dir + "page", false));
  EXPECT_EQ(content("page").substr(0, 6), std::string("short\0", 6));
}

TEST_P(FilesContract, many_threads_write_one_file_each_at_its_place) {
  auto file = create("a");
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&file, t] {
      for (std::uint64_t i = 0; i < 50; ++i) EXPECT_TRUE(file->write_at(t * 50 + i, base::as_bytes("x")));
      EXPECT_TRUE(file->sync());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(content("a"), std::string(200, 'x'));
}

}  // namespace daybook::contract
