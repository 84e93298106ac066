// Indexes of sealed segments while the log is in use: found damaged, made anew, taken over from the writer.
#include <gtest/gtest.h>

#include "log/test_followed.hpp"

namespace daybook::log {
namespace {

class Sealing : public WrittenAndFollowed {
 protected:
  void append(std::uint64_t events) {
    for (; events > 0; --events) {
      const auto stream = "Account-" + std::to_string(appended % 3);
      const std::string data(300, 'x');
      const NewEvent event{.stream = stream, .type = "Paid", .data = data};
      ASSERT_TRUE(append_now(*writer, {.events = {&event, 1}}));
      ++appended;
    }
  }
  void seal_all() {
    while (*writer->seal_some()) continue;
  }
  // Whether every stream is found whole.
  void expect_all(const Log& log) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      const auto head = log.head("Account-" + std::to_string(i));
      ASSERT_TRUE(head) << head.error().message;
      ASSERT_TRUE(*head);
      const auto events = (appended + 2 - i) / 3;
      EXPECT_EQ((*head)->revision, Revision{events - 1});
      EXPECT_EQ(rest(log.read_stream("Account-" + std::to_string(i), {})).size(), events);
    }
  }
};

const std::string kFirstIndex = "store/log/000000000001.idx";

TEST_F(Sealing, a_damaged_index_is_made_anew_by_the_writer_that_meets_it) {
  append(40);
  seal_all();
  open_writer();
  const auto sound = disk.cached(kFirstIndex);
  ASSERT_TRUE(sound);
  disk.flip(kFirstIndex, 700, 3);
  expect_all(*writer);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, ErrorCode::Damage);
  EXPECT_NE(warnings[0].message.find("000000000001.idx"), std::string::npos) << warnings[0].message;
  EXPECT_EQ(disk.cached(kFirstIndex), sound);
  append(3);
  expect_all(*writer);
  EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(Sealing, an_index_of_a_newer_format_is_made_anew_and_said) {
  append(40);
  seal_all();
  const auto sound = *disk.cached(kFirstIndex);
  const auto newer = of_next_version(sound, 248);
  disk.put(kFirstIndex, newer);
  open_reader();
  expect_all(*reader);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, ErrorCode::UnsupportedVersion);
  EXPECT_NE(warnings[0].message.find("000000000001.idx: has format version 2"), std::string::npos)
      << warnings[0].message;
  EXPECT_EQ(disk.cached(kFirstIndex), newer) << "a reader writes nothing";
  open_writer();
  EXPECT_EQ(warnings.size(), 2u);
  EXPECT_EQ(disk.cached(kFirstIndex), sound);
  expect_all(*writer);
}

TEST_F(Sealing, a_damaged_index_is_made_anew_in_the_memory_of_a_reader) {
  append(40);
  seal_all();
  disk.flip(kFirstIndex, 700, 3);
  const auto damaged = disk.cached(kFirstIndex);
  open_reader();
  expect_all(*reader);
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_EQ(disk.cached(kFirstIndex), damaged);
}

TEST_F(Sealing, an_index_that_can_not_be_written_again_stays_in_memory) {
  append(40);
  seal_all();
  open_writer();
  disk.flip(kFirstIndex, 700, 3);
  disk.inject({.on = sim::Operation::Create, .path = kFirstIndex, .times = 100});
  expect_all(*writer);
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].code, ErrorCode::Damage);
  EXPECT_EQ(warnings[1].code, ErrorCode::IoError) << "why it stays there";
}

TEST_F(Sealing, a_damaged_index_of_a_damaged_segment_is_damage) {
  append(40);
  seal_all();
  open_writer();
  disk.flip(kFirstIndex, 700, 3);
  disk.flip("store/log/000000000001.seg", 4'300, 3);
  for (int i = 0; i < 2; ++i) {
    const auto events = rest(writer->read_stream("Account-0", {}));
    ASSERT_FALSE(events.empty());
    EXPECT_NE(events.back().find("000000000001.seg"), std::string::npos) << events.back();
  }
  EXPECT_EQ(warnings.size(), 1u) << "it is tried once";
}

// What a reader has followed may be far more than what it would have found sealed.
TEST_F(Sealing, a_reader_gives_up_its_own_index_of_a_segment_once_there_is_one_on_disk) {
  open_reader();
  const auto in_memory = [&] {
    std::size_t count = 0;
    const auto list = reader->catalog().segments();
    for (const auto& segment : *list) count += segment.index->mapped_bytes() == 0;
    return count;
  };
  const auto segments = 4u;  // the last of which has just begun
  while (journal->segments().size() < segments) {
    append(1);
    ASSERT_EQ(reader->end(), Position{appended});
  }
  EXPECT_EQ(in_memory(), segments) << "the writer has made none yet";
  seal_all();
  auto cursor = reader->read({});
  ASSERT_TRUE(*(*cursor)->next());
  append(1);
  ASSERT_EQ(reader->end(), Position{appended});
  EXPECT_EQ(in_memory(), 1u);
  expect_all(*reader);
  EXPECT_EQ(rest(std::move(cursor)).size(), appended - 1) << "of who was reading then";

  while (journal->segments().size() == segments) append(1);
  seal_all();
  ASSERT_EQ(reader->end(), Position{appended});
  EXPECT_EQ(in_memory(), 1u) << "the index was there first";
  open_reader();
  EXPECT_EQ(in_memory(), 1u);
}

TEST_F(Sealing, a_reader_gives_up_an_index_that_it_had_to_make_when_it_opened) {
  append(40);
  open_reader();
  const auto own = reader->memory().anonymous;
  ASSERT_GT(journal->segments().size(), 3u);
  seal_all();
  append(1);
  ASSERT_EQ(reader->end(), Position{appended});
  EXPECT_LT(reader->memory().anonymous, own / 2);
  expect_all(*reader);
}

}  // namespace
}  // namespace daybook::log
