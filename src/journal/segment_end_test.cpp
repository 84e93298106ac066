// Where sealed segments end: the next one says where, and behind what. A segment that does not end there is damage, or
// of another past.
#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

class SegmentEnds : public StoreTest {};

TEST_F(SegmentEnds, a_sealed_segment_that_was_cut_short_is_damage_that_names_it) {
  fill();
  disk.cut_file(segment(1), bytes_of(segment(1)).size() - 1);
  expect_damage(Position{2}, "log/000000000001.seg has ");
}

TEST_F(SegmentEnds, of_the_last_but_one_the_seal_may_be_missing_and_no_more) {
  fill();
  const auto whole = bytes_of(segment(2));
  disk.cut_file(segment(2), whole.size() - kGroupHeaderBytes);
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(directory->tail().end, Position{4});
  close_files();
  EXPECT_EQ(bytes_of(segment(2)).size(), whole.size()) << "it is made again";
  disk.cut_file(segment(2), whole.size() - kGroupHeaderBytes - 1);
  expect_damage(Position{2}, "log/000000000002.seg has ");
}

// Files are prepared, so an older copy has its full length, of zeros.
TEST_F(SegmentEnds, a_last_but_one_of_an_older_copy_is_damage) {
  open();
  append();
  ASSERT_TRUE(directory->prepare_current());
  const auto older = bytes_of(segment(1));
  append({2});
  ASSERT_TRUE(writer->begin_segment());
  append();
  ASSERT_TRUE(writer->close());
  close_files();
  disk.put(segment(1), older);
  expect_damage(Position{1}, "log/000000000001.seg: position 1 can not be read at byte");
}

TEST_F(SegmentEnds, a_last_but_one_with_a_zeroed_tail_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  ASSERT_TRUE(writer->begin_segment());
  append();
  ASSERT_TRUE(writer->close());
  close_files();
  auto bytes = bytes_of(segment(1));
  disk.put(segment(1), bytes.replace(at, bytes.size() - at, bytes.size() - at, '\0'));
  expect_damage(Position{1}, "log/000000000001.seg: position 1 can not be read at byte " + std::to_string(at));
}

// The same store twice, from one copy: they part in segment 1, the second's with longer records or with equal ones.
TEST_F(SegmentEnds, a_segment_of_another_past_is_foreign_whatever_its_size) {
  for (const auto* payload : {"PAYLOAD", "a longer payload, so that other groups stand where the seal would be"}) {
    disk.~FaultyDisk();
    new (&disk) sim::FaultyDisk;
    open();
    append();
    close_files();
    auto other = copy_of_the_store();
    const auto go_on = [](Journal& journal, const Tail& tail, const std::string& fill) {
      contract::GroupWriter w(journal, tail);
      for (int i = 0; i < 9; ++i) ASSERT_TRUE(w.append({1}, fill));
      ASSERT_TRUE(w.begin_segment());
      ASSERT_TRUE(w.append({1}));
      ASSERT_TRUE(w.begin_segment());
      ASSERT_TRUE(w.append({1}));
      ASSERT_TRUE(w.close());
    };
    open();
    go_on(*directory, directory->tail(), "payload");
    close_files();
    {
      auto opened = Directory::open(*other, "store", {.segment_bytes = 1u << 20}, false);
      ASSERT_TRUE(opened);
      go_on(**opened, (*opened)->tail(), payload);
    }
    disk.put(segment(1), *other->cached(segment(1)));
    expect_damage(Position{0}, "log/000000000001.seg is of another past");
    EXPECT_EQ(recovery().damage->code, ErrorCode::ForeignHistory);
    disk.erase(segment(3));  // now it is the last but one
    expect_damage(Position{0}, "log/000000000001.seg is of another past");
  }
}

TEST_F(SegmentEnds, a_damaged_seal_with_all_its_groups_before_it_costs_a_look_and_a_warning) {
  fill();
  disk.flip(segment(1), bytes_of(segment(1)).size() - 10, 3);
  open();
  EXPECT_FALSE(recovery().damage);
  ASSERT_EQ(recovery().warnings.size(), 1u);
  EXPECT_NE(recovery().warnings[0].message.find("the seal of log/000000000001.seg"), std::string::npos);
  EXPECT_EQ(directory->tail().end, Position{4});
}

TEST_F(SegmentEnds, a_segment_that_claims_an_impossible_length_of_the_one_before_it_is_damage) {
  fill();
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{87}, std::uint64_t{kFirst + kGroupHeaderBytes - 1}}) {
    auto header = bytes_of(segment(3));
    base::store(header.data() + 64, bytes);
    base::store(header.data() + 96, base::checksum(std::string_view(header).substr(0, 96)));
    disk.put(segment(3), header);
    expect_damage(Position{3}, "log/000000000003.seg says that the segment before it has " + std::to_string(bytes));
  }
}

}  // namespace
}  // namespace daybook::journal
