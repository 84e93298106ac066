// What opening makes of the end of a log: a torn tail is not damage, and damage is not a torn tail.
#include <gtest/gtest.h>

#include <set>

#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

class Recovering : public StoreTest {
 protected:
  // As if the power had gone while the mark's page had never been written back.
  void lose_the_mark() { disk.erase("store/mark"); }
  // Writes a group that no sync covers, as much of it as `kept`, and is killed.
  void die_writing(std::size_t kept, const std::vector<std::uint32_t>& batches = {2, 1}) {
    const auto at = writer->tail().offset;
    const auto group = writer->group(batches);
    ASSERT_TRUE(writer->write(group));
    close_files();
    disk.process_kill();
    disk.cut_file(segment(1), at + std::min(kept, group.size()));
  }
};

TEST_F(Recovering, a_clean_close_leaves_nothing_to_mend) {
  open();
  append({2, 1});
  ASSERT_TRUE(writer->close());
  open();
  EXPECT_TRUE(recovery().clean);
  EXPECT_EQ(recovery().rewritten_events, 0u);
  EXPECT_EQ(recovery().cut_bytes, 0u);
  EXPECT_EQ(directory->tail().end, Position{3});
}

TEST_F(Recovering, a_kill_after_a_sync_loses_nothing_and_rewrites_nothing) {
  open();
  append({2, 1});
  append();
  kill();
  open();
  EXPECT_FALSE(recovery().clean);
  EXPECT_EQ(recovery().rewritten_events, 0u);
  EXPECT_EQ(directory->tail().end, Position{4});
}

TEST_F(Recovering, how_long_the_last_segment_is_is_known_before_anything_is_written) {
  open();
  append({2, 1});
  const auto whole = writer->tail().offset;
  EXPECT_EQ(directory->current_bytes(), whole);
  kill();
  open();
  EXPECT_EQ(directory->current_bytes(), whole) << "who closes it now seals a long one all the same";
  ASSERT_TRUE(writer->begin_segment());
  EXPECT_EQ(directory->current_bytes(), kSegmentHeaderBytes);
  const auto group = writer->group({1});
  ASSERT_TRUE(writer->write(group));
  disk.erase("store/mark");
  kill();
  open();
  EXPECT_EQ(recovery().rewritten_events, 1u);
  EXPECT_EQ(directory->current_bytes(), kSegmentHeaderBytes + group.size());
}

TEST_F(Recovering, a_torn_tail_is_cut_back_to_the_last_whole_batch) {
  open();
  append();
  const auto whole = writer->tail().offset;
  const auto group = writer->group({2, 1});
  die_writing(group.size() - 3);  // zeros at its end would be taken for a prepared file's
  const auto torn = bytes_of(segment(1)).substr(whole);
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(directory->tail().end, Position{1});
  EXPECT_EQ(bytes_of(segment(1)).size(), whole);
  EXPECT_EQ(recovery().cut_bytes, torn.size());
  EXPECT_EQ(bytes_of(recovery().cut_file), torn) << "what is cut is kept";
  append();
  open();
  EXPECT_EQ(directory->tail().end, Position{2});
}

TEST_F(Recovering, a_tail_torn_anywhere_is_cut_and_kept) {
  open();
  append();
  const auto size = writer->group({2, 1}).size();
  for (std::size_t kept = 1; kept < size; kept += 7) {
    die_writing(kept);
    open();
    ASSERT_FALSE(recovery().damage) << kept << ": " << recovery().damage->message;
    ASSERT_EQ(directory->tail().end, Position{1}) << kept;
    ASSERT_EQ(bytes_of(recovery().cut_file).size(), recovery().cut_bytes) << kept;
  }
}

TEST_F(Recovering, what_is_cut_twice_at_one_place_is_kept_twice) {
  open();
  append();
  ASSERT_TRUE(writer->close());
  open();
  const auto at = writer->tail().offset;
  std::set<std::string> kept;
  for (int i = 0; i < 3; ++i) {
    die_writing(100 + static_cast<std::size_t>(i));
    lose_the_mark();  // and the epoch that stands in it
    open();
    EXPECT_EQ(writer->tail().offset, at);
    kept.insert(recovery().cut_file);
  }
  EXPECT_EQ(kept.size(), 3u);
}

TEST_F(Recovering, a_whole_group_that_was_never_acknowledged_is_written_again_into_a_new_segment) {
  open();
  append();
  ASSERT_TRUE(writer->write(writer->group({2, 1})));
  kill();
  open();
  EXPECT_EQ(recovery().rewritten_events, 3u);
  EXPECT_EQ(directory->tail().end, Position{4});
  EXPECT_EQ(directory->segments().size(), 2u);
  EXPECT_EQ(directory->durable(), Position{4});
  power_cut();
  open();
  EXPECT_EQ(directory->tail().end, Position{4}) << "it was synced before it was served";
}

TEST_F(Recovering, a_group_of_a_kind_of_a_later_version_is_named_as_such_and_not_cut) {
  open();
  append();
  GroupHeader later;
  later.kind = GroupKind{3};
  later.first = later.durable = Position{1};
  later.chain_before = later.chain_after = writer->tail().chain;
  const auto bytes = encode(later, {}, group_seed(directory->secret()));
  ASSERT_TRUE(directory->write(writer->tail().offset, bytes));
  kill();
  lose_the_mark();
  const auto before = bytes_of(segment(1));
  for (const auto& opened : {try_open(), Directory::follow(disk, "store")}) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::UnsupportedVersion);
    EXPECT_NE(opened.error().message.find("log/000000000001.seg: the group at byte"), std::string::npos)
        << opened.error().message;
  }
  EXPECT_EQ(bytes_of(segment(1)), before);
}

TEST_F(Recovering, a_group_of_a_later_version_behind_a_torn_one_keeps_it_from_being_cut) {
  open();
  append();
  const auto at = writer->tail().offset;
  GroupHeader later;
  later.kind = GroupKind{3};
  ASSERT_TRUE(directory->write(at, encode(later, {}, group_seed(directory->secret()))));
  kill();
  lose_the_mark();
  disk.put(segment(1), bytes_of(segment(1)).insert(at, "torn"));
  expect_damage(Position{1}, "position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, no_epoch_comes_twice_when_the_mark_is_lost) {
  for (int i = 0; i < 5; ++i) open();
  append();
  const auto epoch = directory->epoch();
  kill();
  lose_the_mark();
  open();
  EXPECT_GT(directory->epoch(), epoch);
}

TEST_F(Recovering, an_epoch_behind_which_there_is_none_is_a_clear_error) {
  open();
  append();
  kill();
  auto mark = bytes_of("store/mark");
  base::store(mark.data() + 4 * 8, UINT64_MAX);
  disk.put("store/mark", mark);
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Damage);
  EXPECT_NE(opened.error().message.find("epoch 18446744073709551615"), std::string::npos) << opened.error().message;
}

TEST_F(Recovering, zeros_of_a_prepared_file_are_no_damage) {
  open();
  append();
  ASSERT_TRUE(directory->prepare_current());
  append();
  kill();
  open();
  EXPECT_FALSE(recovery().damage);
  EXPECT_EQ(recovery().cut_bytes, 0u);
  EXPECT_EQ(directory->tail().end, Position{2});
  append();
  EXPECT_EQ(directory->durable(), Position{3});
}

TEST_F(Recovering, zeros_of_a_prepared_file_are_given_back_by_a_clean_close) {
  open();
  append();
  ASSERT_TRUE(directory->prepare_current());
  append();
  const auto other = disk.process();
  const auto reader = Directory::follow(*other, "store");
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE(writer->close());
  const auto closed = writer->tail().offset + kGroupHeaderBytes;
  EXPECT_EQ(bytes_of(segment(1)).size(), closed) << "the next opening would read all that stands behind";
  open();
  EXPECT_TRUE(recovery().clean);
  EXPECT_EQ(directory->tail().offset, closed);
  append();
  EXPECT_EQ((*reader)->durable(), Position{3});
  std::vector<std::byte> header(kGroupHeaderBytes);
  EXPECT_EQ(*(*reader)->read(1, closed, header), header.size()) << "who has the file open sees what comes behind";
}

TEST_F(Recovering, a_few_torn_bytes_in_a_long_prepared_file_are_kept_without_a_copy_of_all_of_it) {
  struct Small final : Forwarding {
    using Forwarding::Forwarding;
    std::size_t most = 0;
    Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override {
      auto file = inner_.open(p, how);
      if (!file) return file;
      return std::make_unique<ReadFile>(std::move(*file), [this](std::size_t bytes) { most = std::max(most, bytes); });
    }
  };
  open();
  append();
  const auto at = writer->tail().offset;
  const auto torn = writer->group({1}, std::string(2'000'000, 'x')).substr(0, 1'500'000);
  kill();
  disk.put(segment(1), bytes_of(segment(1)).substr(0, at) + torn + std::string(8'000'000, '\0'));
  Small files(disk);
  const auto opened = Directory::open(files, "store", {}, false);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->recovery().cut_bytes, torn.size());
  EXPECT_EQ(bytes_of((*opened)->recovery().cut_file), torn);
  EXPECT_LE(files.most, 2u << 20) << "in parts";
}

TEST_F(Recovering, a_last_segment_longer_than_any_is_damage_and_what_it_holds_is_served) {
  struct Long final : Forwarding {
    using Forwarding::Forwarding;
    Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override {
      struct Sparse final : io::File {
        explicit Sparse(std::unique_ptr<io::File> of) : inner(std::move(of)) {}
        std::unique_ptr<io::File> inner;
        Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
          EXPECT_LT(offset + into.size(), (1ull << 32) + (1u << 20)) << "a look at all of it would take an hour";
          if (offset + into.size() >= 1u << 20) std::ranges::fill(into, std::byte{});
          return offset + into.size() < 1u << 20 ? inner->read_at(offset, into) : into.size();
        }
        Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
          return inner->write_at(offset, bytes);
        }
        Status sync() override { return inner->sync(); }
        Result<std::uint64_t> size() const override { return 1ull << 40; }
        Status truncate(std::uint64_t size) override { return inner->truncate(size); }
        Result<std::unique_ptr<io::Mapping>> map() const override { return inner->map(); }
      };
      auto file = inner_.open(p, how);
      if (!file || !p.ends_with(".seg")) return file;
      return std::make_unique<Sparse>(std::move(*file));
    }
  };
  open();
  append();
  kill();
  disk.put(segment(1), bytes_of(segment(1)) + std::string(2u << 20, '\0'));
  Long files(disk);
  const auto opened = Directory::open(files, "store", {}, false);
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE((*opened)->recovery().damage);
  EXPECT_TRUE((*opened)->recovery().damage->message.contains("has 1099511627776 bytes"))
      << (*opened)->recovery().damage->message;
  EXPECT_EQ((*opened)->durable(), Position{1});
}

TEST_F(Recovering, damage_below_the_mark_opens_read_only_and_cuts_nothing) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  disk.flip(segment(1), at + 100, 3);
  expect_damage(Position{1}, "log/000000000001.seg: position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, an_invalid_group_followed_by_a_valid_one_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  append();
  kill();
  lose_the_mark();
  disk.flip(segment(1), at + 100, 3);
  expect_damage(Position{1}, "position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, an_invalid_close_followed_by_a_valid_group_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  ASSERT_TRUE(writer->close());
  open();
  append();
  kill();
  lose_the_mark();
  disk.flip(segment(1), at + 20, 0);
  expect_damage(Position{1}, "position 1 can not be read at byte " + std::to_string(at));
}

TEST_F(Recovering, a_group_cut_off_below_the_mark_is_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  disk.cut_file(segment(1), at + 50);
  expect_damage(Position{1}, "though the log was durable up to position 2");
}

TEST_F(Recovering, zeros_below_the_mark_are_damage) {
  open();
  append();
  const auto at = writer->tail().offset;
  append();
  kill();
  auto bytes = bytes_of(segment(1));
  disk.put(segment(1), bytes.replace(at, bytes.size() - at, bytes.size() - at, '\0'));
  expect_damage(Position{1}, "though the log was durable up to position 2");
}

TEST_F(Recovering, bytes_of_a_payload_that_look_like_a_group_prove_nothing) {
  open();
  append();
  const auto group = writer->group({1});
  ASSERT_TRUE(writer->append({1}, group));  // a payload that is the group before it, byte for byte
  const auto at = writer->tail().offset;
  const auto holding = writer->group({1}, bytes_of(segment(1)));
  ASSERT_TRUE(writer->write(holding));
  kill();
  disk.cut_file(segment(1), at + holding.size() - 3);
  open();
  EXPECT_FALSE(recovery().damage) << recovery().damage->message;
  EXPECT_EQ(directory->tail().end, Position{2});
}

}  // namespace
}  // namespace daybook::journal
