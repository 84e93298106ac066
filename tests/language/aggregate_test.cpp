#include "daybook/aggregate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bank.hpp"
#include "daybook/event_table.hpp"

namespace shop {
struct Closed {};
struct Sold {
  static constexpr std::string_view stored_as = "SoldOut";
  int price;
};
struct Shop {
  using Event = std::variant<Closed, Sold>;
  static constexpr int rules = 3;
  static constexpr std::string_view stored_as = "Laden";
  bool open = true;
};
inline void evolve(Shop& s, const Closed&) { s.open = false; }
inline void evolve(Shop&, const Sold&) {}
static_assert(daybook::Aggregate<Shop>);

// Takes two events of one name, from two domains.
struct Closings {
  using Reads = daybook::from<bank::Account, Shop>;
  using Event = std::variant<Closed, bank::Closed>;
  int shops = 0;
  int accounts = 0;
  daybook::Position last;
};
inline void evolve(Closings& c, const Closed&) { ++c.shops; }
inline void evolve(Closings& c, const bank::Closed&, const daybook::Envelope& at) {
  ++c.accounts, c.last = at.position;
}
static_assert(daybook::View<Closings>);
}  // namespace shop

namespace {

using daybook::EventTable;
using shop::Closings;
using shop::Shop;

TEST(Aggregate, is_a_state_whose_events_are_its_own) {
  static_assert(daybook::Aggregate<bank::Account> && !daybook::View<bank::Account>);
  static_assert(!daybook::Aggregate<bank::DailyTurnover> && daybook::View<bank::DailyTurnover>);
  static_assert(!daybook::Aggregate<int> && !daybook::Aggregate<bank::Money>);
  static_assert(daybook::rules_of<bank::Account>() == 0 && daybook::rules_of<Shop>() == 3);
  static_assert(daybook::category_name<bank::Account>() == "Account" && daybook::category_name<Shop>() == "Laden");
}

TEST(Evolve, takes_the_envelope_if_it_wants_it) {
  Closings closings;
  daybook::Envelope at;
  at.position = {7};
  daybook::evolve_with(closings, bank::Closed{}, at);
  daybook::evolve_with(closings, shop::Closed{}, at);
  EXPECT_EQ(closings.accounts + closings.shops, 2);
  EXPECT_EQ(closings.last, daybook::Position{7});
}

TEST(EventTable, finds_every_event_by_its_stored_name) {
  using Table = EventTable<bank::Account>;
  for (std::size_t i = 0; i < Table::kSize; ++i) {
    const std::string name(Table::names[i]);
    EXPECT_EQ(Table::find_own(name), i) << name;
    EXPECT_EQ(Table::find("Account", name), i) << name;
    EXPECT_EQ(Table::find("Laden", name), Table::kUnknown) << name;
    EXPECT_EQ(Table::find_own(name + "x"), Table::kUnknown) << name;
    EXPECT_EQ(Table::find_own(name.substr(1)), Table::kUnknown) << name;
  }
  EXPECT_EQ(Table::find_own(""), Table::kUnknown);
  EXPECT_EQ(EventTable<Shop>::find_own("SoldOut"), 1u);
  EXPECT_EQ(EventTable<Shop>::find_own("Sold"), EventTable<Shop>::kUnknown);
}

TEST(EventTable, tells_two_events_of_one_name_apart_by_category) {
  EXPECT_EQ(EventTable<Closings>::find("Laden", std::string("Closed")), 0u);
  EXPECT_EQ(EventTable<Closings>::find("Account", std::string("Closed")), 1u);
  EXPECT_EQ(EventTable<Closings>::find("Shop", "Closed"), EventTable<Closings>::kUnknown);
  EXPECT_EQ(EventTable<Closings>::find("Account", "Opened"), EventTable<Closings>::kUnknown);
}

TEST(EventTable, knows_the_version_and_the_type_of_each) {
  using Table = EventTable<bank::Account>;
  EXPECT_EQ(Table::versions[Table::find_own("Deposited")], 2);
  EXPECT_EQ(Table::versions[Table::find_own("Opened")], 1);
  for (std::size_t i = 0; i < Table::kSize; ++i)
    EXPECT_EQ(Table::with(i, []<class E>(std::type_identity<E>) { return daybook::event_name<E>(); }), Table::names[i]);
}

// The table is made by the compiler and used on names that it never saw: both must hash alike.
TEST(EventTable, hashes_the_same_while_compiling_and_while_running) {
  constexpr auto compiled = daybook::detail::name_hash("TransferredOutOfTheHouse", 17);
  std::string name = "TransferredOutOfTheHouse";
  EXPECT_EQ(daybook::detail::name_hash(name, 17), compiled);
}

}  // namespace
