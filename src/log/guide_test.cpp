// A guide says which of its children have a key, as the children themselves do; and what is not one is not believed.
#include "log/guide.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/bytes.hpp"
#include "log/candidates.hpp"
#include "log/test_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::log {
namespace {

const LogId kLog{Uuid{{7}}};
constexpr std::uint64_t kNoChild = ~0xffffull;  // an entry holds so much of a hash

using Keys = std::set<std::uint64_t>;

Hashes hashes(const Keys& keys) {
  auto all = std::make_shared<std::vector<std::uint64_t>>(keys.begin(), keys.end());
  return {all->size(), [all](std::uint64_t n) { return Result<std::uint64_t>((*all)[n]); }};
}

class Guides : public testing::Test {
 protected:
  Guides() { EXPECT_TRUE(disk.make_directory("log")); }

  static GuidePlace place(std::uint64_t last, std::uint32_t level) {
    return {kLog, level, last, Position{last * 100}, Chain{last}};
  }
  static std::string path(std::uint64_t last, std::uint32_t level) { return "log/" + Guide::name(last, level); }
  std::shared_ptr<const Guide> open(std::uint64_t last, std::uint32_t level) {
    auto opened = Guide::open(disk, path(last, level), place(last, level));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  std::shared_ptr<const Guide> make(std::uint64_t last, std::uint32_t level, std::vector<Hashes> children) {
    auto making = GuideMaking::begin(disk, path(last, level), place(last, level), std::move(children));
    EXPECT_TRUE(making);
    for (slices = 1;; ++slices) {
      const auto done = (*making)->some();
      EXPECT_TRUE(done);
      if (!done || *done) break;
    }
    return open(last, level);
  }
  // Sixteen children, each with so many keys, some of which others have too.
  std::vector<Hashes> fill(std::size_t each) {
    all.assign(Guide::kChildren, {});
    std::vector<Hashes> out;
    out.reserve(all.size());
    for (auto& keys : all) {
      while (keys.size() < each) {
        const auto key = random.next();
        keys.insert(key);
        if (random.one_in(3)) all[random.below(all.size())].insert(key);
      }
    }
    for (const auto& keys : all) out.push_back(hashes(keys));
    return out;
  }
  std::uint32_t children_with(std::uint64_t key) const {
    std::uint32_t children = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (const auto at = all[i].lower_bound(key & kNoChild);
          at != all[i].end() && (*at & kNoChild) == (key & kNoChild))
        children |= 1u << i;
    return children;
  }
  void expect_all(const Guide& guide, std::uint64_t every = 1) {
    std::uint64_t n = 0;
    for (const auto& keys : all)
      for (const auto key : keys)
        if (n++ % every == 0) {
          ASSERT_EQ(guide.children_with(key), children_with(key)) << key;
        }
    for (int i = 0; i < 1000; ++i) {
      const auto key = random.next();
      ASSERT_EQ(guide.children_with(key), children_with(key)) << key;
    }
  }

  sim::FaultyDisk disk;
  sim::Random random{1};
  std::vector<Keys> all;
  std::size_t slices = 0;
};

TEST_F(Guides, say_of_every_key_which_children_have_it) {
  const auto children = fill(300);
  const auto guide = make(16, 1, children);
  expect_all(*guide);
  EXPECT_TRUE(guide->check(children));
  EXPECT_FALSE(guide->damage());
}

TEST_F(Guides, know_hashes_at_the_ends_and_hashes_that_are_nearly_alike) {
  all = {{0, 1}, {0xffff}, {0x10000, 0x1ffff}, {~0ull}, {~0ull - 1, ~0ull}};
  all.resize(Guide::kChildren);
  std::vector<Hashes> children;
  children.reserve(all.size());
  for (const auto& keys : all) children.push_back(hashes(keys));
  const auto guide = make(16, 1, children);
  expect_all(*guide);
  EXPECT_EQ(guide->children_with(0), 0b11u);
  EXPECT_EQ(guide->children_with(0x12345), 0b100u);
  EXPECT_EQ(guide->children_with(~0ull), 0b11000u);
  EXPECT_EQ(guide->children_with(0x20000), 0u);
}

TEST_F(Guides, may_be_over_nothing_at_all) {
  const auto guide = make(16, 1, std::vector<Hashes>(Guide::kChildren, hashes({})));
  EXPECT_EQ(guide->children_with(5), 0u);
}

TEST_F(Guides, are_made_in_slices) {
  const auto children = fill(42'000);
  const auto guide = make(16, 1, children);
  EXPECT_EQ(slices, 2u);
  expect_all(*guide, 97);
  EXPECT_TRUE(guide->check(children));
}

TEST_F(Guides, over_guides_say_which_of_those_have_it) {
  std::vector<Hashes> lower;
  std::vector<Keys> of_each;
  for (std::uint32_t i = 1; i <= Guide::kChildren; ++i) {
    const auto guide = make(16 * i, 1, fill(20));
    auto& keys = of_each.emplace_back();
    for (const auto& some : all) keys.insert(some.begin(), some.end());
    lower.push_back(Guide::hashes_of(guide));
  }
  all = of_each;
  const auto guide = make(256, 2, lower);
  expect_all(*guide);
  EXPECT_TRUE(guide->check(lower));
}

TEST_F(Guides, that_are_given_up_leave_nothing_behind) {
  (void)disk.open(path(16, 1) + ".new", io::Open::Create);  // as a kill would leave it
  auto making = GuideMaking::begin(disk, path(16, 1), place(16, 1), fill(42'000));
  ASSERT_TRUE(making);
  EXPECT_FALSE(*(*making)->some());
  making->reset();
  EXPECT_TRUE(disk.list("log")->empty());
}

TEST_F(Guides, of_another_place_or_another_history_are_refused) {
  make(16, 1, fill(10));
  const auto refused = [&](const GuidePlace& wanted) { return Guide::open(disk, path(16, 1), wanted).error().code; };
  auto other = place(16, 1);
  other.chain_after = Chain{99};
  EXPECT_EQ(refused(other), ErrorCode::ForeignHistory);
  EXPECT_EQ(refused(place(32, 1)), ErrorCode::ForeignHistory);
  EXPECT_EQ(refused(place(16, 2)), ErrorCode::ForeignHistory);
  other = place(16, 1);
  other.log = LogId{Uuid{{8}}};
  EXPECT_EQ(refused(other), ErrorCode::ForeignHistory);
  EXPECT_EQ(Guide::open(disk, path(32, 1), place(32, 1)).error().code, ErrorCode::NotFound);
}

TEST_F(Guides, of_a_newer_format_are_named_as_such) {
  make(16, 1, fill(10));
  disk.put(path(16, 1), of_next_version(*disk.cached(path(16, 1)), 120));
  const auto newer = Guide::open(disk, path(16, 1), place(16, 1));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::UnsupportedVersion);
  EXPECT_EQ(newer.error().message, path(16, 1) + ": has format version 2; this program reads version 1");
}

TEST_F(Guides, that_are_cut_or_flipped_anywhere_are_refused_or_send_to_every_child) {
  const auto children = fill(3);
  make(16, 1, children);
  const auto sound = *disk.cached(path(16, 1));
  for (std::size_t size = 0; size < sound.size(); size += 8) {
    disk.put(path(16, 1), sound.substr(0, size));
    EXPECT_EQ(Guide::open(disk, path(16, 1), place(16, 1)).error().code, ErrorCode::Damage) << size;
  }
  std::size_t met = 0;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    auto flipped = sound;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    disk.put(path(16, 1), flipped);
    const auto guide = Guide::open(disk, path(16, 1), place(16, 1));
    if (!guide) continue;
    ++met;
    EXPECT_FALSE((*guide)->damage());
    for (const auto& keys : all)
      for (const auto key : keys) EXPECT_EQ((*guide)->children_with(key), 0xffffu) << at;
    ASSERT_TRUE((*guide)->damage()) << at;
    EXPECT_NE((*guide)->damage()->message.find("guide1"), std::string::npos);
  }
  EXPECT_GT(met, 100u) << "the header is checked when it is opened, what it is over when it is asked";
}

TEST_F(Guides, that_say_other_than_the_indexes_do_not_pass_their_check) {
  auto children = fill(10);
  const auto guide = make(16, 1, children);
  all[3].insert(random.next());
  children[3] = hashes(all[3]);
  EXPECT_EQ(guide->check(children).error().code, ErrorCode::Damage);
  all[3].clear();
  children[3] = hashes(all[3]);
  EXPECT_EQ(guide->check(children).error().code, ErrorCode::Damage);
}

TEST(GuideNames, name_their_last_segment) {
  EXPECT_EQ(Guide::name(32, 1), "000000000032.guide1");
  EXPECT_EQ(Guide::last_in("000000000032.guide1"), 32u);
  for (const auto* other :
       {"000000000032.guide1.new", "000000000032.idx", "00000000003x.guide1", "000000000032.guide9", "guide1", ""})
    EXPECT_EQ(Guide::last_in(other), 0u) << other;
}

// ---- who asks them --------------------------------------------------------------------------------------------------

class Nothing final : public SegmentIndex {
 public:
  std::uint32_t events() const override { return 0; }
  Result<std::optional<KeyRef>> find(KeyKind, std::string_view, std::uint32_t) const override { return std::nullopt; }
  Result<std::uint32_t> ordinal_of(const KeyRef&, std::uint32_t) const override { return 0; }
  Result<Postings> postings(const KeyRef&, std::uint32_t, std::uint32_t) const override { return Postings(); }
  Result<bool> any_with_all(std::span<const AnyOf>, std::uint32_t, std::uint32_t) const override { return false; }
  Result<RecordPlace> place_of(std::uint32_t) const override { return RecordPlace{}; }
  Result<GroupPlace> group_of(std::uint32_t) const override { return GroupPlace{}; }
  Result<std::vector<std::uint32_t>> with_id(const Uuid&, std::uint32_t) const override {
    return std::vector<std::uint32_t>{};
  }
  std::size_t memory_bytes() const override { return 0; }
  std::size_t mapped_bytes() const override { return 0; }
};

// Segments from `front` on, with guides over those that end before the last; which of them have a key is said by `has`.
class Asked : public Guides {
 protected:
  static constexpr std::uint64_t kSeed = 5;
  static constexpr std::uint64_t kSegments = 600;

  void begin(std::uint64_t front) {
    list.clear();
    for (auto number = front; number <= kSegments; ++number)
      list.push_back({{number, Position{number * 10}, {}, {}}, std::make_shared<Nothing>()});
  }
  using Has = std::function<bool(std::uint64_t segment, const std::string& name)>;
  // Guides are made over all segments, also those that are not there any more; but only some of them.
  void guide(const std::vector<std::pair<KeyKind, std::string>>& names, const Has& has, std::uint64_t leave_out) {
    const auto front = list.front().place.number;
    std::vector<Hashes> below;
    for (std::uint64_t number = 1; number <= kSegments; ++number) {
      Keys keys;
      for (const auto& [kind, name] : names)
        if (has(number, name)) keys.insert(key_hash(kind, name, kSeed));
      below.push_back(hashes(keys));
    }
    for (std::uint32_t level = 1; below.size() >= Guide::kChildren; ++level) {
      std::vector<Hashes> made;
      for (std::size_t i = 0; i + Guide::kChildren <= below.size(); i += Guide::kChildren) {
        const auto last = (made.size() + 1) * Guide::segments(level);
        const auto from = below.begin() + static_cast<std::ptrdiff_t>(i);
        auto guide = make(last, level, {from, from + Guide::kChildren});
        made.push_back(Guide::hashes_of(guide));
        if (last < front || last >= kSegments || (leave_out && random.one_in(leave_out))) continue;
        auto& guides = list[last - front].guides;
        guides.resize(std::max<std::size_t>(guides.size(), level));
        guides[level - 1] = std::move(guide);
      }
      below = std::move(made);
    }
  }
  // The segments that are asked, from the newest back and from the oldest on.
  void expect_asked(const Candidates& candidates, const std::function<bool(std::uint64_t)>& has, bool only) {
    std::vector<bool> back(list.size()), on(list.size());
    for (auto i = list.size(); (i = candidates.newest(list, i)) > 0;) back[--i] = true;
    for (std::size_t i = 0; (i = candidates.oldest(list, i)) < list.size(); ++i) on[i] = true;
    std::size_t asked = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto number = list[i].place.number;
      EXPECT_EQ(back[i], on[i]) << number;
      if (has(number)) {
        ASSERT_TRUE(back[i]) << number;
      }
      const bool guided = number <= kSegments / Guide::kChildren * Guide::kChildren && number < kSegments;
      if (only && guided && !has(number)) {
        ASSERT_FALSE(back[i]) << number;
      }
      asked += back[i];
    }
    if (!only) {
      EXPECT_LT(asked, list.size() * 3 / 4);
    }
  }

  SegmentList list;
};

TEST_F(Asked, are_only_segments_that_have_the_stream_and_those_without_a_guide) {
  for (const std::uint64_t front : {1, 5, 17, 300}) {
    begin(front);
    std::vector<std::pair<KeyKind, std::string>> streams{{KeyKind::Stream, "Nobody"}};
    for (int i = 0; i < 8; ++i) streams.emplace_back(KeyKind::Stream, "S-" + std::to_string(i));
    const Has has = [](std::uint64_t segment, const std::string& name) {
      switch (name.back()) {
        case '0': return segment == 1;
        case '1': return segment == 16 || segment == 17;
        case '2': return segment == 256;
        case '3': return segment % 97 == 0;
        case '4': return segment > 590;
        case '5': return segment % 2 == 0;
        case '6': return true;
        case '7': return segment * 2654435761u % 64 == 0;
        default: return false;
      }
    };
    for (const std::uint64_t leave_out : {0, 4}) {
      begin(front);
      guide(streams, has, leave_out);
      for (const auto& [kind, name] : streams) {
        if (leave_out && (name == "S-5" || name == "S-6")) continue;
        expect_asked(Candidates::of_stream(name, kSeed), [&](std::uint64_t n) { return has(n, name); }, !leave_out);
      }
    }
  }
}

TEST_F(Asked, are_only_segments_that_have_a_key_of_each_kind_a_query_names) {
  begin(1);
  const Has has = [](std::uint64_t segment, const std::string& name) {
    if (name == "a") return segment % 5 == 0;
    if (name == "b") return segment % 7 == 0;
    if (name == "T") return segment > 100;
    if (name == "U") return segment < 50;
    return segment == 33;  // Other
  };
  guide(
      {{KeyKind::Tag, "a"}, {KeyKind::Tag, "b"}, {KeyKind::Type, "T"}, {KeyKind::Type, "U"}, {KeyKind::Category, "C"}},
      has, 0);
  const Query query{{{.types = {"T", "U"}, .tags = {"a", "b"}}, {.categories = {"C"}}, {.tags = {"never"}}}};
  expect_asked(
      Candidates::of(query, kSeed), [](std::uint64_t n) { return (n % 35 == 0 && (n > 100 || n < 50)) || n == 33; },
      true);
  expect_asked(Candidates::of(Query{}, kSeed), [](std::uint64_t) { return true; }, true);
  expect_asked(Candidates::of(Query{{{}}}, kSeed), [](std::uint64_t) { return true; }, true);
}

TEST_F(Asked, are_all_segments_of_a_damaged_guide) {
  begin(1);
  const Has has = [](std::uint64_t segment, const std::string&) { return segment == 3 || segment == 40; };
  guide({{KeyKind::Stream, "S"}}, has, 0);
  for (const auto& [last, level] : {std::pair(16u, 1u), std::pair(256u, 2u)}) {
    disk.flip(path(last, level), 130, 2);
    list[last - 1].guides[level - 1] = open(last, level);
  }
  std::set<std::uint64_t> asked;
  for (auto i = list.size(); (i = Candidates::of_stream("S", kSeed).newest(list, i)) > 0; --i) asked.insert(i);
  std::set<std::uint64_t> expected{40, 593, 594, 595, 596, 597, 598, 599, 600};  // the last have no guide
  for (std::uint64_t i = 1; i <= 16; ++i) expected.insert(i);
  EXPECT_EQ(asked, expected);
  EXPECT_TRUE(list[15].guide(1)->damage());
  EXPECT_TRUE(list[255].guide(2)->damage());
}

}  // namespace
}  // namespace daybook::log
