// What every Journal must do, as tests: include this in one .cpp of an implementation's tests and enrol it:
//
//     INSTANTIATE_TEST_SUITE_P(Memory, JournalContract, testing::Values(&make_bed));
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "contract/journal_groups.hpp"

namespace daybook::contract {

class JournalBed {
 public:
  virtual ~JournalBed() = default;
  virtual Journal& journal() = 0;
  virtual journal::Tail tail() = 0;
  // What is left when the process ends without a word, opened again.
  virtual void crash() = 0;
};

using MakeJournalBed = std::unique_ptr<JournalBed> (*)();

class JournalContract : public testing::TestWithParam<MakeJournalBed> {
 protected:
  Journal& journal() { return bed->journal(); }
  GroupWriter writer() { return {journal(), bed->tail()}; }
  std::string read(std::uint64_t segment, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const auto got = journal().read(segment, offset, std::as_writable_bytes(std::span(bytes)));
    EXPECT_TRUE(got) << got.error().message;
    bytes.resize(got.value_or(0));
    return bytes;
  }

  std::unique_ptr<JournalBed> bed = GetParam()();
};

TEST_P(JournalContract, a_new_one_has_one_empty_segment_and_a_writer) {
  const auto segments = journal().segments();
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0], Journal::Segment{});
  EXPECT_EQ(journal().durable(), Position{0});
  EXPECT_GE(journal().epoch(), 1u);
  EXPECT_FALSE(journal().log().uuid.is_nil());
}

TEST_P(JournalContract, what_was_written_reads_back_and_is_durable_once_published) {
  auto w = writer();
  const auto at = w.tail().offset;
  const auto group = w.group({2, 1});
  ASSERT_TRUE(w.write(group));
  EXPECT_EQ(journal().durable(), Position{0});
  ASSERT_TRUE(w.commit());
  EXPECT_EQ(journal().durable(), Position{3});
  EXPECT_EQ(read(1, at, group.size()), group);
}

TEST_P(JournalContract, reading_past_the_end_gives_what_there_is) {
  auto w = writer();
  ASSERT_TRUE(w.append({1}));
  EXPECT_EQ(read(1, w.tail().offset - 5, 100).size(), 5u);
  EXPECT_EQ(read(1, w.tail().offset + 100, 100).size(), 0u);
}

TEST_P(JournalContract, a_segment_that_is_not_there_is_not_found) {
  std::byte byte{};
  EXPECT_EQ(journal().read(7, 0, {&byte, 1}).error().code, ErrorCode::NotFound);
}

TEST_P(JournalContract, segments_follow_one_another_and_keep_what_they_hold) {
  auto w = writer();
  const auto group = w.group({3});
  ASSERT_TRUE(w.write(group));
  ASSERT_TRUE(w.commit());
  const auto before = w.tail();
  ASSERT_TRUE(w.begin_segment());
  ASSERT_TRUE(w.append({1}));
  const auto segments = journal().segments();
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1], (Journal::Segment{2, before.end, before.chain, before.recorded}));
  EXPECT_EQ(read(1, journal::kSegmentHeaderBytes, group.size()), group);
  EXPECT_EQ(journal().durable(), Position{4});
}

TEST_P(JournalContract, a_full_segment_ends_with_a_seal) {
  auto w = writer();
  ASSERT_TRUE(w.append({1}));
  const auto at = w.tail().offset;
  ASSERT_TRUE(w.begin_segment());
  const auto bytes = read(1, at, 2 * journal::kGroupHeaderBytes);
  ASSERT_EQ(bytes.size(), journal::kGroupHeaderBytes);
  const auto seal = journal::decode_group_header(base::as_bytes(bytes), journal::group_seed(journal().secret()));
  ASSERT_TRUE(seal);
  EXPECT_EQ(seal->kind, journal::GroupKind::Seal);
  EXPECT_EQ(seal->first, Position{1});
  EXPECT_EQ(seal->durable, Position{1});
}

TEST_P(JournalContract, each_segment_says_whose_it_is_and_what_it_continues) {
  auto w = writer();
  std::uint64_t before_bytes = 0;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto bytes = read(number, 0, journal::kSegmentHeaderBytes);
    const auto header = journal::decode_segment_header(base::as_bytes(bytes), "this one");
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->log, journal().log());
    EXPECT_EQ(header->secret, journal().secret()) << number;
    EXPECT_LE(header->epoch, journal().epoch());
    const auto segment = journal().segments().back();
    EXPECT_EQ(header->number, segment.number);
    EXPECT_EQ(header->first, segment.first);
    EXPECT_EQ(header->chain_before, segment.chain_before);
    EXPECT_EQ(header->recorded_floor, segment.recorded_floor);
    EXPECT_EQ(header->previous_bytes, before_bytes);
    ASSERT_TRUE(w.append({2}));
    before_bytes = w.tail().offset + journal::kGroupHeaderBytes;  // its seal
    ASSERT_TRUE(w.begin_segment());
  }
}

TEST_P(JournalContract, what_was_unwritten_is_written_anew) {
  auto w = writer();
  ASSERT_TRUE(w.append({1}));
  const auto at = w.tail().offset;
  ASSERT_TRUE(w.write(w.group({5}, "it could not be written")));
  journal().unwrite(at);
  const auto group = w.group({1}, "instead");
  ASSERT_TRUE(w.write(group));
  ASSERT_TRUE(w.commit());
  EXPECT_EQ(read(1, at, 10'000), group);
  bed->crash();
  EXPECT_EQ(bed->tail().end, Position{2});
}

TEST_P(JournalContract, what_was_synced_survives_a_crash) {
  const auto id = journal().log();
  auto w = writer();
  ASSERT_TRUE(w.append({2}));
  ASSERT_TRUE(w.begin_segment());
  const auto group = w.group({1});
  ASSERT_TRUE(w.write(group));
  ASSERT_TRUE(w.commit());
  const auto before = w.tail();
  const auto epoch = journal().epoch();
  bed->crash();
  EXPECT_EQ(journal().log(), id);
  EXPECT_EQ(journal().epoch(), epoch + 1);
  EXPECT_EQ(journal().durable(), Position{3});
  EXPECT_GE(journal().segments().size(), 2u);
  EXPECT_EQ(bed->tail().end, before.end);
  EXPECT_EQ(bed->tail().chain, before.chain);
  EXPECT_EQ(bed->tail().recorded, before.recorded);
  // What was written last may have been written anew, into the next segment.
  EXPECT_TRUE(read(journal().segments().back().number, journal::kSegmentHeaderBytes, group.size()) == group);
  auto next = writer();
  EXPECT_TRUE(next.append({1}));
  EXPECT_EQ(journal().durable(), Position{4});
}

TEST_P(JournalContract, after_a_close_it_takes_no_more_and_opens_where_it_ended) {
  auto w = writer();
  ASSERT_TRUE(w.append({2}));
  ASSERT_TRUE(w.close());
  EXPECT_EQ(w.begin_segment().error().code, ErrorCode::ReadOnly);
  bed->crash();
  EXPECT_EQ(bed->tail().end, Position{2});
  auto next = writer();
  EXPECT_TRUE(next.append({1}));
  bed->crash();
  EXPECT_EQ(bed->tail().end, Position{3});
}

TEST_P(JournalContract, who_waits_is_woken_by_what_is_published) {
  auto w = writer();
  std::jthread writing([&] { EXPECT_TRUE(w.append({1})); });
  while (journal().durable() == Position{0})
    journal().wait_past({0}, std::chrono::steady_clock::now() + std::chrono::minutes(5));
  EXPECT_EQ(journal().durable(), Position{1});
  journal().wait_past({0}, std::chrono::steady_clock::now() + std::chrono::minutes(5));  // nothing to wait for
  journal().wait_past({1}, std::chrono::steady_clock::now());                            // no time to wait
}

}  // namespace daybook::contract
