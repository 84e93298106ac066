#include "daybook/aggregate.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"
#include "shop.hpp"

namespace {

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

}  // namespace
