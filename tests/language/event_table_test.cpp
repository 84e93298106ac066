#include "daybook/event_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bank.hpp"
#include "shop.hpp"

namespace {

using daybook::EventTable;
using shop::Closings;
using shop::Shop;

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

TEST(EventTable, is_not_taken_in_by_a_name_with_one_bit_changed) {
  for (const std::string_view name : EventTable<bank::Account>::names)
    for (std::size_t bit = 0; bit < name.size() * 8; ++bit) {
      std::string other(name);
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_EQ(EventTable<bank::Account>::find_own(other), EventTable<bank::Account>::kUnknown) << other;
    }
}

// The table is made by the compiler and used on names that it never saw: both must hash alike.
TEST(EventTable, hashes_the_same_while_compiling_and_while_running) {
  constexpr auto compiled = daybook::detail::name_hash("TransferredOutOfTheHouse", 17);
  std::string name = "TransferredOutOfTheHouse";
  EXPECT_EQ(daybook::detail::name_hash(name, 17), compiled);
}

}  // namespace
