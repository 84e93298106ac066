#include "sim/cached_file.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/bytes.hpp"

namespace daybook::sim {
namespace {

std::string cached(const CachedFile& file) { return std::string(base::as_text(file.bytes())); }
void write(CachedFile& file, std::uint64_t offset, std::string_view text) { file.write(offset, base::as_bytes(text)); }

// What `prepare` makes of a file, after a power cut, under many seeds.
template <class Prepare>
std::set<std::string> outcomes(Prepare prepare, std::size_t sector = 512, std::uint64_t seeds = 400) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    CachedFile file;
    prepare(file, random);
    const auto booted = file.after_power_cut(random, sector);
    EXPECT_EQ(cached(*booted), booted->durable());
    found.insert(cached(*booted));
  }
  return found;
}

TEST(CachedFile, keeps_what_was_synced_and_what_came_before_it) {
  const auto found = outcomes([](CachedFile& file, Random&) {
    write(file, 0, "abcdef");
    write(file, 2, "XY");
    file.truncate(5);
    file.sync();
  });
  EXPECT_EQ(found, std::set<std::string>{"abXYe"});
}

TEST(CachedFile, an_unsynced_write_survives_or_does_not_or_leaves_only_its_size) {
  const auto found = outcomes([](CachedFile& file, Random&) { write(file, 0, "abc"); });
  EXPECT_TRUE(found.contains(""));
  EXPECT_TRUE(found.contains("abc"));
  EXPECT_TRUE(found.contains(std::string(3, '\0')));
  for (const auto& content : found)
    EXPECT_TRUE(content == "abc" || content == std::string(content.size(), '\0')) << content;
}

TEST(CachedFile, sectors_are_whole_and_arrive_in_any_order) {
  const std::string a(512, 'a'), b(512, 'b');
  const auto found = outcomes([&](CachedFile& file, Random&) {
    write(file, 0, std::string(1024, '.'));
    file.sync();
    write(file, 0, a + b);
  });
  const std::string none(512, '.');
  EXPECT_EQ(found, (std::set<std::string>{none + none, a + none, none + b, a + b}));
}

TEST(CachedFile, a_later_write_may_survive_an_earlier_one) {
  const auto found = outcomes([](CachedFile& file, Random&) {
    write(file, 0, std::string(1024, '.'));
    file.sync();
    write(file, 0, "first");
    write(file, 512, "second");
  });
  const std::string rest(507, '.'), tail(506, '.');
  EXPECT_TRUE(found.contains("....." + rest + "second" + tail));
  EXPECT_TRUE(found.contains("first" + rest + "......" + tail));
}

TEST(CachedFile, one_sector_never_goes_back_behind_what_it_had_when_it_arrived) {
  const auto found = outcomes([](CachedFile& file, Random&) {
    write(file, 0, "....");
    file.sync();
    write(file, 0, "A");
    write(file, 1, "B");
    write(file, 0, "C");
  });
  EXPECT_EQ(found, (std::set<std::string>{"....", "A...", "AB..", "CB.."}));
}

TEST(CachedFile, may_be_torn_anywhere_when_sectors_are_one_byte) {
  const auto found = outcomes(
      [](CachedFile& file, Random&) {
        write(file, 0, "....");
        file.sync();
        write(file, 0, "abcd");
      },
      1, 2000);
  EXPECT_EQ(found.size(), 16u);  // every byte by itself
}

TEST(CachedFile, an_unsynced_truncation_is_kept_or_lost) {
  const auto found = outcomes([](CachedFile& file, Random&) {
    write(file, 0, "abcdef");
    file.sync();
    file.truncate(2);
  });
  EXPECT_TRUE(found.contains("ab"));
  EXPECT_TRUE(found.contains("abcdef"));
  for (const auto& content : found) EXPECT_TRUE(content == "ab" || content == "abcdef") << content;
}

TEST(CachedFile, a_failed_sync_reads_back_what_no_later_sync_makes_durable) {
  bool lost = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    CachedFile file;
    write(file, 0, "....");
    file.sync();
    write(file, 0, "lost");
    file.fail_sync(random, 512);
    EXPECT_EQ(cached(file), "lost");
    const std::string medium = file.durable();
    file.sync();
    EXPECT_EQ(file.durable(), medium);
    EXPECT_EQ(cached(file), "lost");
    const auto booted = file.after_power_cut(random, 512);
    EXPECT_EQ(cached(*booted), medium);
    lost |= medium == "....";
    file.drop_clean_pages();
    EXPECT_EQ(cached(file), medium);
  }
  EXPECT_TRUE(lost);
}

TEST(CachedFile, a_write_takes_along_the_lost_bytes_of_its_page_and_of_no_other) {
  const std::string dots(2 * CachedFile::kPage, '.');
  int tried = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    CachedFile file(dots);
    write(file, 10, "near");
    write(file, CachedFile::kPage + 10, "far");
    file.fail_sync(random, 512);
    if (file.durable() != dots) continue;  // a part got through under this seed
    ++tried;
    write(file, 100, "x");
    file.sync();
    EXPECT_EQ(file.durable().substr(10, 4), "near");
    EXPECT_EQ(file.durable().substr(CachedFile::kPage + 10, 3), "...");
  }
  EXPECT_GT(tried, 0);
}

TEST(CachedFile, a_mapping_sees_later_writes_and_stays_where_it_is) {
  CachedFile file("abc");
  const auto mapped = file.mapped();
  const auto* at = mapped->data();
  write(file, 1, "X");
  write(file, 8u << 20, "far away");
  EXPECT_EQ(at, file.bytes().data());
  EXPECT_EQ(at[1], std::byte{'X'});
}

TEST(CachedFile, a_word_of_a_page_falls_back_to_some_value_that_it_had) {
  std::set<std::uint64_t> first, second;
  bool mixed = false;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    CachedFile file(std::string(4096, '\0'));
    file.store_word(0, 7);
    file.sync();
    for (std::uint64_t value = 8; value < 12; ++value) {
      file.store_word(0, value);
      file.store_word(9, value);
    }
    EXPECT_EQ(file.load_word(0), 11u);
    const auto booted = file.after_power_cut(random, 512);
    first.insert(booted->load_word(0));
    second.insert(booted->load_word(9));
    mixed |= booted->load_word(0) < booted->load_word(9);
  }
  EXPECT_EQ(first, (std::set<std::uint64_t>{7, 8, 9, 10, 11}));
  EXPECT_EQ(second, (std::set<std::uint64_t>{0, 8, 9, 10, 11}));
  EXPECT_TRUE(mixed);  // not the whole page as of one moment
}

TEST(CachedFile, a_long_history_of_a_word_stays_bounded_and_true) {
  std::set<std::uint64_t> found;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    CachedFile file(std::string(4096, '\0'));
    for (std::uint64_t value = 1; value <= 10'000; ++value) file.store_word(3, value);
    found.insert(file.after_power_cut(random, 512)->load_word(3));
  }
  EXPECT_TRUE(found.contains(10'000));
  EXPECT_LE(*found.rbegin(), 10'000u);
  EXPECT_GT(found.size(), 20u);
}

TEST(CachedFile, a_flipped_bit_is_on_the_medium_and_in_the_cache) {
  CachedFile file("abc");
  file.flip(1, 0);
  EXPECT_EQ(cached(file), "acc");
  EXPECT_EQ(file.durable(), "acc");
}

TEST(CachedFile, a_bad_sector_stays_bad_until_it_is_written) {
  CachedFile file(std::string(2048, '.'));
  file.set_unreadable(512, 512);
  EXPECT_TRUE(file.readable(0, 512));
  EXPECT_FALSE(file.readable(500, 13));
  EXPECT_FALSE(file.readable(600, 1));
  EXPECT_TRUE(file.readable(1024, 1024));
  Random random(1);
  EXPECT_FALSE(file.after_power_cut(random, 512)->readable(600, 1));
  write(file, 512, std::string(512, 'x'));
  EXPECT_TRUE(file.readable(600, 1));
}

}  // namespace
}  // namespace daybook::sim
