#include "ledger.hpp"

#include <gtest/gtest.h>

#include "daybook/given.hpp"

namespace bank {
namespace {

TEST(Turnovers, come_to_the_balance_of_the_account) {
  const auto events = [](auto given) {
    return given(Deposited{50_eur, ""}, Withdrawn{20_eur, ""}, TransferredIn{7_eur, "bob", ""},
                 TransferredOut{3_eur, "bob", ""}, BalanceCorrected{-10_cents, "rounding"});
  };
  const auto turnover = events([](const auto&... e) { return daybook::given<Turnover>(e...).state(); });
  const auto account = events([](const auto&... e) { return daybook::given<Account>(e...).state(); });
  EXPECT_EQ(balance_of(turnover), account.balance);
  EXPECT_EQ(turnover, (Turnover{50_eur, 20_eur, 7_eur, 3_eur, -10_cents}));
}

TEST(Turnovers, of_several_accounts_are_summed_by_kind) {
  Turnover sum{1_eur, 2_eur, 3_eur, 4_eur, 5_eur};
  sum += Turnover{10_eur, 20_eur, 30_eur, 40_eur, 50_eur};
  EXPECT_EQ(sum, (Turnover{11_eur, 22_eur, 33_eur, 44_eur, 55_eur}));
}

// Each event's change is said twice, by evolve and by change(): they must agree.
TEST(Changes, are_what_evolve_makes_of_the_event) {
  const auto agrees = [](const auto& event) {
    const Account before{.open = true, .owner = "alice", .balance = 100_eur, .overdraft_limit = {}};
    auto after = before;
    evolve(after, event);
    return after.balance - before.balance == change(event);
  };
  EXPECT_TRUE(agrees(Opened{"alice", 5_eur}));
  EXPECT_TRUE(agrees(Deposited{1_eur, ""}));
  EXPECT_TRUE(agrees(Withdrawn{1_eur, ""}));
  EXPECT_TRUE(agrees(TransferredIn{1_eur, "bob", ""}));
  EXPECT_TRUE(agrees(TransferredOut{1_eur, "bob", ""}));
  EXPECT_TRUE(agrees(OverdraftLimitSet{1_eur}));
  EXPECT_TRUE(agrees(BalanceCorrected{-1_eur, ""}));
  EXPECT_TRUE(agrees(Closed{}));
}

}  // namespace
}  // namespace bank
