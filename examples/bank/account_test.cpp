// The rules of an account, each said as what was, what is asked, and what comes of it. No store, no disk.
#include "account.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "daybook/given.hpp"

namespace bank {
namespace {

using daybook::first;
using daybook::given;
using daybook::second;

constexpr Money kMost{std::numeric_limits<std::int64_t>::max()};
constexpr Money kLeast{std::numeric_limits<std::int64_t>::min()};

TEST(Opening, gives_an_account_to_its_owner) {
  given<Account>().when(Open{"alice"}).then(Opened{"alice", 0_eur});
  given<Account>().when(Open{"alice", 500_eur}).then(Opened{"alice", 500_eur});
}
TEST(Opening, is_refused_while_the_account_is_open) {
  given<Account>(Opened{"alice", {}}).when(Open{"bob"}).refused(AlreadyOpen{"alice"});
}
TEST(Opening, may_follow_a_closing) {
  given<Account>(Opened{"alice", {}}, Closed{}).when(Open{"bob"}).then(Opened{"bob", 0_eur});
}
TEST(Opening, is_refused_with_a_negative_limit) {
  given<Account>().when(Open{"alice", -1_eur}).refused(LimitNegative{-1_eur});
}

TEST(Deposits, are_recorded_with_their_reason) {
  given<Account>(Opened{"alice", {}}).when(Deposit{50_eur, "wages"}).then(Deposited{50_eur, "wages"});
}
TEST(Deposits, are_refused_where_no_account_is_open) {
  given<Account>().when(Deposit{50_eur}).refused(NotOpen{});
  given<Account>(Opened{"alice", {}}, Closed{}).when(Deposit{50_eur}).refused(NotOpen{});
}
TEST(Deposits, of_nothing_or_less_are_refused) {
  given<Account>(Opened{"alice", {}}).when(Deposit{0_eur}).refused(AmountNotPositive{0_eur});
  given<Account>(Opened{"alice", {}}).when(Deposit{-5_eur}).refused(AmountNotPositive{-5_eur});
}
TEST(Deposits, are_refused_when_the_sum_is_more_than_an_account_can_hold) {
  given<Account>(Opened{"alice", {}}, Deposited{kMost, ""})
      .when(Deposit{1_cents})
      .refused(BalanceTooLarge{kMost, 1_cents});
}

TEST(Withdrawals, take_what_is_there_and_not_a_cent_more) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""}).when(Withdraw{50_eur}).then(Withdrawn{50_eur, ""});
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .when(Withdraw{50_eur + 1_cents})
      .refused(InsufficientFunds{50_eur, 0_eur});
}
TEST(Withdrawals, may_go_down_to_the_overdraft_limit) {
  given<Account>(Opened{"alice", 100_eur}, Deposited{50_eur, ""}).when(Withdraw{150_eur}).then(Withdrawn{150_eur, ""});
  given<Account>(Opened{"alice", 100_eur}, Deposited{50_eur, ""})
      .when(Withdraw{150_eur + 1_cents})
      .refused(InsufficientFunds{50_eur, 100_eur});
}
TEST(Withdrawals, of_nothing_or_less_are_refused) {
  given<Account>(Opened{"alice", {}}).when(Withdraw{0_eur}).refused(AmountNotPositive{0_eur});
  given<Account>(Opened{"alice", {}}).when(Withdraw{kLeast}).refused(AmountNotPositive{kLeast});
}
TEST(Withdrawals, do_not_wrap_round) {
  given<Account>(Opened{"alice", kMost}, Withdrawn{kMost, ""})
      .when(Withdraw{kMost})
      .refused(InsufficientFunds{-kMost, kMost});
}

TEST(Transfers, change_both_accounts_or_neither) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .and_given<Account>(Opened{"bob", {}})
      .when(Transfer{20_eur, "alice", "bob", "rent"})
      .then(first(TransferredOut{20_eur, "bob", "rent"}), second(TransferredIn{20_eur, "alice", "rent"}));
}
TEST(Transfers, are_refused_when_the_payer_has_too_little) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .and_given<Account>(Opened{"bob", {}}, Deposited{1000_eur, ""})
      .when(Transfer{80_eur, "alice", "bob"})
      .refused(InsufficientFunds{50_eur, 0_eur});
}
TEST(Transfers, are_refused_unless_both_accounts_are_open) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .and_given<Account>()
      .when(Transfer{20_eur, "alice", "bob"})
      .refused(NotOpen{});
  given<Account>().and_given<Account>(Opened{"bob", {}}).when(Transfer{20_eur, "alice", "bob"}).refused(NotOpen{});
}
TEST(Transfers, to_oneself_are_refused) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .and_given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .when(Transfer{20_eur, "alice", "alice"})
      .refused(SameAccount{"alice"});
}
TEST(Transfers, of_nothing_or_less_are_refused) {
  given<Account>(Opened{"alice", {}})
      .and_given<Account>(Opened{"bob", {}}, Deposited{50_eur, ""})
      .when(Transfer{-20_eur, "alice", "bob"})
      .refused(AmountNotPositive{-20_eur});
}
TEST(Transfers, are_refused_when_the_payee_could_not_hold_the_sum) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .and_given<Account>(Opened{"bob", {}}, Deposited{kMost, ""})
      .when(Transfer{20_eur, "alice", "bob"})
      .refused(BalanceTooLarge{kMost, 20_eur});
}

TEST(OverdraftLimits, are_set_and_count_at_once) {
  given<Account>(Opened{"alice", {}}).when(SetOverdraftLimit{100_eur}).then(OverdraftLimitSet{100_eur});
  given<Account>(Opened{"alice", {}}, OverdraftLimitSet{100_eur}).when(Withdraw{100_eur}).then(Withdrawn{100_eur, ""});
}
TEST(OverdraftLimits, set_to_what_they_are_change_nothing) {
  given<Account>(Opened{"alice", 100_eur}).when(SetOverdraftLimit{100_eur}).then();
}
TEST(OverdraftLimits, do_not_fall_below_what_is_owed) {
  given<Account>(Opened{"alice", 100_eur}, Withdrawn{80_eur, ""})
      .when(SetOverdraftLimit{50_eur})
      .refused(Overdrawn{-80_eur});
}
TEST(OverdraftLimits, are_not_negative) {
  given<Account>(Opened{"alice", {}}).when(SetOverdraftLimit{-1_eur}).refused(LimitNegative{-1_eur});
}

TEST(Closing, pays_out_what_is_left) {
  given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""})
      .when(Close{})
      .then(Withdrawn{50_eur, "paid out on closing"}, Closed{});
  given<Account>(Opened{"alice", {}}).when(Close{}).then(Closed{});
}
TEST(Closing, twice_is_harmless) { given<Account>(Opened{"alice", {}}, Closed{}).when(Close{}).then(); }
TEST(Closing, is_refused_while_something_is_owed) {
  given<Account>(Opened{"alice", 100_eur}, Withdrawn{30_eur, ""}).when(Close{}).refused(Overdrawn{-30_eur});
}

TEST(Corrections, count_in_the_balance_and_leave_what_they_correct) {
  const auto account =
      given<Account>(Opened{"alice", {}}, Deposited{50_eur, ""}, BalanceCorrected{-10_cents, "the bank rounded"})
          .state();
  EXPECT_EQ(account.balance, 50_eur - 10_cents);
}

TEST(Amounts, that_would_overflow_are_not_summed) {
  EXPECT_EQ(checked_sum(kMost, 1_cents), std::nullopt);
  EXPECT_EQ(checked_difference(kLeast, 1_cents), std::nullopt);
  EXPECT_EQ(checked_sum(kMost, kLeast), -1_cents);
}

}  // namespace
}  // namespace bank
