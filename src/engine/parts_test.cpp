// The engine's small parts by themselves.
#include <map>
#include <optional>
#include <set>

#include "daybook/memory_used.hpp"
#include "engine/deliveries.hpp"
#include "engine/schema_book.hpp"
#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

struct Item {
  std::string name;
  std::optional<std::vector<std::int64_t>> numbers;
};
struct Shelf {
  std::map<std::string, Item> items;
};
struct Knows {
  std::unique_ptr<int> hidden;
  std::size_t memory_used() const { return 12'345; }
};

TEST(MemoryUsed, counts_what_a_value_holds_elsewhere) {
  EXPECT_EQ(memory_beyond(bank::Account{}), 0u);
  EXPECT_EQ(memory_beyond(std::string("short")), 0u);
  EXPECT_GE(memory_beyond(std::string(100, 'x')), 100u);
  EXPECT_GE(memory_beyond(std::vector<std::int64_t>(100)), 800u);
  EXPECT_GE(memory_beyond(Shelf{{{"a", {std::string(50, 'x'), std::vector<std::int64_t>(10)}}}}), 50u + 80u);
  EXPECT_EQ(memory_beyond(Knows{}), 12'345u);
}

TEST(Deliveries, run_in_order_and_not_within_one_another) {
  Deliveries deliveries(this);
  std::string ran;
  deliveries.add(nullptr, [&] {
    EXPECT_TRUE(Within::in_completion(this));
    EXPECT_FALSE(Within::in_completion(&ran)) << "of another store";
    ran += 'a';
    deliveries.add(nullptr, [&] { ran += 'c'; });
    deliveries.run();  // does not run it within this one
    ran += 'b';
  });
  deliveries.run();
  EXPECT_EQ(ran, "abc");
  EXPECT_FALSE(Within::in_anything());
}

TEST(BoundaryStream, is_named_after_the_tags_that_every_alternative_asks_for) {
  EXPECT_EQ(daybook::detail::boundary_stream("Seat", {}), "Seat");
  EXPECT_EQ(daybook::detail::boundary_stream("Seat", {{{.tags = {"seat:1", "film:A"}}}}), "Seat-film:A,seat:1");
  EXPECT_EQ(daybook::detail::boundary_stream("Seat", {{{.tags = {"seat:1", "film:A"}}, {.tags = {"film:A"}}}}),
            "Seat-film:A");
}

TEST(BoundaryStream, is_named_after_a_hash_of_tags_that_are_too_long_for_a_name) {
  const auto name = [](std::size_t bytes, char last) {
    const auto film = "film:" + std::string(bytes, 'x'), seat = "seat:" + std::string(bytes, 'y') + last;
    return daybook::detail::boundary_stream("Seat", {{{.tags = {film, seat}}}});
  };
  EXPECT_EQ(name(122, '1').size(), std::string("Seat-").size() + 256);
  EXPECT_EQ(name(250, '1').size(), std::string("Seat-").size() + 36);
  EXPECT_EQ(name(250, '1'), name(250, '1'));
  EXPECT_NE(name(250, '1'), name(250, '2'));
}

TEST(SteppedLog, schemas_are_found_where_the_log_keeps_them_also_behind_a_cut) {
  SteppedBed bed;
  auto alice = bed.store->stream<bank::Account>("alice");
  alice.submit(bank::Open{"A"}, [](const Outcome&) {});
  bed.run();
  alice.submit(bank::Deposit{1}, [](const Outcome&) {});
  bed.run();
  const auto opened = bed.log->events()[1].schema, deposited = bed.log->events()[3].schema;
  const auto at_book = std::make_shared<SchemaBook>(*bed.log);
  auto& book = *at_book;
  ASSERT_TRUE(book.open());
  EXPECT_NE(book.find(opened).value()->find("Opened"), std::string::npos);
  EXPECT_EQ(book.find(12345).error().code, ErrorCode::NotFound);
  bed.log->cut_before({2});
  const auto at_behind = std::make_shared<SchemaBook>(*bed.log);
  auto& behind = *at_behind;
  ASSERT_TRUE(behind.open());
  EXPECT_EQ(behind.find(opened).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(behind.find(deposited));
}

}  // namespace
}  // namespace daybook::engine
