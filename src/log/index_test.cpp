// The two indexes of a segment answer every question alike; what one of them was made from, the other says too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/bytes.hpp"
#include "log/active_index.hpp"
#include "log/sealed_index.hpp"
#include "log/test_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::log {
namespace {

constexpr std::uint64_t kSeed = 99;
const LogId kLog{Uuid{{7}}};

struct Added {
  std::string stream, type;
  std::vector<std::string> tags;
  std::string tag_bytes;
  Uuid id;
  Revision revision;
  std::uint32_t offset = 0;
};

class Indexes : public testing::Test {
 protected:
  // So many events, over few streams and tags and some that are there once.
  void fill(std::uint32_t events) {
    std::map<std::string, std::uint64_t> next{{"Account-1", 40}};  // had events before this segment
    sim::Random random(events);
    std::uint32_t offset = 4096;
    for (std::uint32_t i = 0; i < events; ++i) {
      if (i % 5 == 0) {
        active.begin_group(offset);
        groups.push_back({i, offset});
        offset += 88;
      }
      Added a;
      a.stream = random.one_in(4) ? "Order-" + std::to_string(i) : "Account-" + std::to_string(random.below(4));
      a.type = "T" + std::to_string(random.below(3));
      for (auto n = random.below(3); n > 0; --n) a.tags.push_back("t:" + std::to_string(random.below(6)));
      for (const auto& tag : a.tags) {
        a.tag_bytes += static_cast<char>(tag.size());
        a.tag_bytes += '\0';
        a.tag_bytes += tag;
      }
      base::store(a.id.bytes.data(), random.next());
      a.revision = {next[a.stream]++};
      a.offset = offset;
      offset += 100 + static_cast<std::uint32_t>(random.below(50));
      EventView e;
      e.stream = a.stream;
      e.type = a.type;
      e.tags = TagsView(a.tag_bytes, static_cast<std::uint16_t>(a.tags.size()));
      e.id = a.id;
      e.revision = a.revision;
      ASSERT_TRUE(active.continues(e));
      active.add(e, a.offset);
      all.push_back(std::move(a));
    }
    const SealedSegment segment{kLog, 3, Position{1000}, events, Chain{5}, {}};
    ASSERT_TRUE(disk.make_directory("log"));
    ASSERT_TRUE(SealedIndex::write(disk, "log/3.idx", segment, active));
    auto opened = SealedIndex::open(disk, "log/3.idx", kLog, 3, kSeed,
                                    [this](std::uint32_t ordinal, KeyKind kind, std::string_view name) -> Result<bool> {
                                      return has(all.at(ordinal), kind, name);
                                    });
    ASSERT_TRUE(opened) << opened.error().message;
    sealed = std::move(*opened);
    EXPECT_EQ(sealed->segment(), segment);
    EXPECT_TRUE(sealed->check_all());
  }
  static bool has(const Added& a, KeyKind kind, std::string_view name) {
    switch (kind) {
      case KeyKind::Stream: return a.stream == name;
      case KeyKind::Category: return category_of(a.stream) == name;
      case KeyKind::Type: return a.type == name;
      case KeyKind::Tag: return std::ranges::find(a.tags, name) != a.tags.end();
    }
    return false;
  }
  std::vector<std::uint32_t> expected(KeyKind kind, std::string_view name, std::uint32_t below) const {
    std::vector<std::uint32_t> ordinals;
    for (std::uint32_t i = 0; i < std::min<std::size_t>(below, all.size()); ++i)
      if (has(all[i], kind, name)) ordinals.push_back(i);
    return ordinals;
  }
  void compare(const SegmentIndex& index, KeyKind kind, const std::string& name, std::uint32_t below) {
    const auto ordinals = expected(kind, name, below);
    const auto key = index.find(kind, name, below);
    ASSERT_TRUE(key) << key.error().message;
    ASSERT_EQ(key->has_value(), !ordinals.empty()) << name << " below " << below;
    if (!*key) return;
    EXPECT_EQ((*key)->events, ordinals.size()) << name << " below " << below;
    if (kind == KeyKind::Stream) {
      EXPECT_EQ((*key)->first_revision, all[ordinals[0]].revision.value) << name;
    }
    for (std::uint32_t nth = 0; nth < ordinals.size(); ++nth)
      EXPECT_EQ(*index.ordinal_of(**key, nth), ordinals[nth]) << name << " number " << nth;
    for (std::uint32_t from = 0; from <= below + 1; ++from) {
      const auto found = index.postings(**key, from, below);
      ASSERT_TRUE(found);
      const auto first = std::ranges::lower_bound(ordinals, from);
      EXPECT_TRUE(std::ranges::equal(found->ordinals(), std::span(first, ordinals.end()))) << name << " from " << from;
    }
  }

  ActiveIndex active{kSeed};
  sim::FaultyDisk disk;
  std::unique_ptr<SealedIndex> sealed;
  std::vector<Added> all;
  std::vector<GroupPlace> groups;
};

TEST_F(Indexes, find_every_key_below_every_ordinal) {
  fill(60);
  std::set<std::pair<KeyKind, std::string>> keys{{KeyKind::Stream, "Nobody-1"}, {KeyKind::Tag, "t:99"}};
  for (const auto& a : all) {
    keys.emplace(KeyKind::Stream, a.stream);
    keys.emplace(KeyKind::Category, category_of(a.stream));
    keys.emplace(KeyKind::Type, a.type);
    for (const auto& tag : a.tags) keys.emplace(KeyKind::Tag, tag);
  }
  for (const auto& [kind, name] : keys)
    for (std::uint32_t below = 0; below <= 60; below += 3) {
      compare(active, kind, name, below);
      compare(*sealed, kind, name, below);
    }
}

TEST_F(Indexes, know_whether_any_event_has_a_key_of_each_set) {
  fill(120);
  using Names = std::vector<std::pair<KeyKind, std::string>>;
  const std::vector<std::vector<Names>> questions{
      {},
      {{{KeyKind::Tag, "t:1"}}},
      {{{KeyKind::Tag, "t:1"}}, {{KeyKind::Tag, "t:2"}}},
      {{{KeyKind::Tag, "t:0"}}, {{KeyKind::Type, "T0"}, {KeyKind::Type, "T2"}}},
      {{{KeyKind::Type, "T0"}, {KeyKind::Type, "T1"}, {KeyKind::Type, "T2"}}, {{KeyKind::Stream, "Account-1"}}},
      {{{KeyKind::Category, "Account"}, {KeyKind::Category, "Order"}},
       {{KeyKind::Type, "T0"}, {KeyKind::Type, "T1"}},
       {{KeyKind::Tag, "t:5"}}},
      {{{KeyKind::Stream, "Account-1"}}, {{KeyKind::Stream, "Account-2"}}},
  };
  std::size_t yes = 0, asked = 0;
  for (const SegmentIndex* index :
       {static_cast<const SegmentIndex*>(&active), static_cast<const SegmentIndex*>(sealed.get())})
    for (const auto& question : questions) {
      std::vector<AnyOf> sets;
      for (const auto& names : question) {
        auto& set = sets.emplace_back();
        for (const auto& [kind, name] : names) set.push_back(*index->find(kind, name, 120).value());
        std::ranges::sort(set, {}, &KeyRef::number);
      }
      for (std::uint32_t from = 0; from <= 120; from += 7)
        for (const std::uint32_t below : {from, from + 1, from + 5, std::max(120u, from)}) {
          bool expected = false;
          for (auto i = from; i < std::min(below, 120u); ++i)
            expected |= std::ranges::all_of(question, [&](const Names& names) {
              return std::ranges::any_of(names, [&](const auto& n) { return has(all[i], n.first, n.second); });
            });
          EXPECT_EQ(*index->any_with_all(sets, from, std::min(below, 120u)), expected) << from << " to " << below;
          yes += expected;
          ++asked;
        }
    }
  EXPECT_GT(yes, asked / 10);
  EXPECT_LT(yes, asked / 10 * 9);
}

TEST_F(Indexes, know_where_records_and_groups_stand) {
  fill(60);
  for (const SegmentIndex* index :
       {static_cast<const SegmentIndex*>(&active), static_cast<const SegmentIndex*>(sealed.get())})
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(index->place_of(i)->offset, all[i].offset);
      EXPECT_EQ(*index->group_of(i), groups[i / 5]);
    }
}

TEST_F(Indexes, find_ids_from_an_ordinal_on) {
  fill(200);
  for (const SegmentIndex* index :
       {static_cast<const SegmentIndex*>(&active), static_cast<const SegmentIndex*>(sealed.get())})
    for (std::uint32_t i = 0; i < all.size(); i += 7) {
      EXPECT_THAT(*index->with_id(all[i].id, 0), testing::Contains(i));
      EXPECT_THAT(*index->with_id(all[i].id, i + 1), testing::Not(testing::Contains(i)));
    }
}

TEST_F(Indexes, a_name_that_only_hashes_alike_is_compared_with_the_record) {
  fill(10);
  // As if every record's name were another than its hash says.
  auto opened = SealedIndex::open(disk, "log/3.idx", kLog, 3, kSeed,
                                  [](std::uint32_t, KeyKind, std::string_view) -> Result<bool> { return false; });
  ASSERT_TRUE(opened);
  EXPECT_EQ(*(*opened)->find(KeyKind::Stream, all[0].stream, 10), std::nullopt);
}

TEST_F(Indexes, a_copy_of_the_first_events_knows_no_others) {
  fill(60);
  const auto copy = active.first(31);
  EXPECT_EQ(copy->events(), 31u);
  for (const auto& a : all) {
    compare(*copy, KeyKind::Stream, a.stream, 31);
    for (const auto& tag : a.tags) compare(*copy, KeyKind::Tag, tag, 31);
  }
  EXPECT_TRUE(copy->with_id(all[31].id, 0)->empty());
  EXPECT_EQ(*copy->group_of(30), groups[6]);
}

TEST_F(Indexes, an_index_of_another_log_segment_or_version_is_refused) {
  fill(10);
  const auto open = [&](const LogId& log, std::uint64_t number) {
    return SealedIndex::open(disk, "log/3.idx", log, number, kSeed, nullptr).error().code;
  };
  EXPECT_EQ(open({Uuid{{8}}}, 3), ErrorCode::ForeignHistory);
  EXPECT_EQ(open(kLog, 4), ErrorCode::ForeignHistory);
  EXPECT_EQ(SealedIndex::open(disk, "log/4.idx", kLog, 4, kSeed, nullptr).error().code, ErrorCode::NotFound);
  const auto sound = *disk.cached("log/3.idx");
  disk.put("log/3.idx", of_next_version(sound, 248));
  const auto newer = SealedIndex::open(disk, "log/3.idx", kLog, 3, kSeed, nullptr);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::UnsupportedVersion);
  EXPECT_EQ(newer.error().message, "log/3.idx: has format version 2; this program reads version 1");
  disk.put("log/3.idx", sound);
  disk.cut_file("log/3.idx", 300);
  EXPECT_EQ(open(kLog, 3), ErrorCode::Damage);
}

}  // namespace
}  // namespace daybook::log
