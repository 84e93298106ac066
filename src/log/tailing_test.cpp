// What following a log costs: an idle or growing tail looks only at what has come since.
#include <gtest/gtest.h>

#include "log/cursor.hpp"
#include "log/test_log.hpp"

namespace daybook::log {
namespace {

// Passes everything on and counts the ordinals it hands out.
class CountingIndex final : public SegmentIndex {
 public:
  explicit CountingIndex(std::shared_ptr<const SegmentIndex> inner) : inner_(std::move(inner)) {}
  mutable std::size_t handed_out = 0;

  std::uint32_t events() const override { return inner_->events(); }
  Result<std::optional<KeyRef>> find(KeyKind kind, std::string_view name, std::uint32_t below) const override {
    return inner_->find(kind, name, below);
  }
  Result<std::uint32_t> ordinal_of(const KeyRef& key, std::uint32_t nth) const override {
    ++handed_out;
    return inner_->ordinal_of(key, nth);
  }
  Result<Postings> postings(const KeyRef& key, std::uint32_t from, std::uint32_t below) const override {
    auto list = inner_->postings(key, from, below);
    if (list) handed_out += list->ordinals().size();
    return list;
  }
  Result<RecordPlace> place_of(std::uint32_t ordinal) const override { return inner_->place_of(ordinal); }
  Result<GroupPlace> group_of(std::uint32_t ordinal) const override { return inner_->group_of(ordinal); }
  Result<std::vector<std::uint32_t>> with_id(const Uuid& id, std::uint32_t from) const override {
    return inner_->with_id(id, from);
  }
  std::size_t memory_bytes() const override { return inner_->memory_bytes(); }
  std::size_t mapped_bytes() const override { return inner_->mapped_bytes(); }

 private:
  std::shared_ptr<const SegmentIndex> inner_;
};

class Tailing : public MemoryLogTest {
 protected:
  static constexpr std::size_t kEvents = 500;

  Tailing() : MemoryLogTest(1u << 20) {
    const auto segment = log->catalog().segments()->back();
    index = std::make_shared<CountingIndex>(segment.index);
    catalog.add({segment.place, index});
  }
  AskEnd end() const {
    return [this] { return ReadableEnd{log->end(), {}}; };
  }
  // Adds one event at a time, and reads it at once.
  void follow(Result<std::unique_ptr<Cursor>> cursor) {
    ASSERT_TRUE(cursor) << cursor.error().message;
    for (std::size_t i = 0; i < kEvents; ++i) {
      ASSERT_TRUE(add("Account-1", "Paid", {}, {"owner:1"}));
      const auto event = (*cursor)->next();
      ASSERT_TRUE(event) << event.error().message;
      ASSERT_TRUE(*event);
      EXPECT_EQ((*event)->revision, Revision{i});
      EXPECT_EQ(*(*cursor)->next(), nullptr);
    }
  }

  std::shared_ptr<CountingIndex> index;
  Catalog catalog{journal};
};

TEST_F(Tailing, a_filtered_tail_is_handed_each_event_once_for_each_term) {
  follow(make_log_cursor(catalog, end(), {.filter = {{{.categories = {"Account"}, .tags = {"owner:1"}}}}}));
  EXPECT_EQ(index->handed_out, 2 * kEvents);
}

TEST_F(Tailing, a_tail_of_a_stream_is_handed_each_event_once) {
  follow(make_stream_cursor(catalog, end(), "Account-1", {}));
  EXPECT_EQ(index->handed_out, kEvents);
}

TEST_F(Tailing, a_stream_followed_from_a_revision_to_come_leaves_out_those_before_it) {
  auto cursor = make_stream_cursor(catalog, end(), "Account-1", {.from = Revision{3}});
  ASSERT_TRUE(cursor);
  for (std::uint64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(add("Account-1", "Paid"));
    const auto event = (*cursor)->next();
    ASSERT_TRUE(event) << event.error().message;
    ASSERT_EQ(*event != nullptr, i >= 3);
    if (*event) {
      EXPECT_EQ((*event)->revision, Revision{i});
    }
  }
}

}  // namespace
}  // namespace daybook::log
