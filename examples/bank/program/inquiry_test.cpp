#include "program/inquiry.hpp"

#include <gtest/gtest.h>

#include "program/temporary_store.hpp"

namespace bank {
namespace {

TEST(AsOf, a_bare_date_is_the_end_of_that_day) {
  EXPECT_EQ(parse_as_of("1993-03-31"),
            (daybook::AsOf{*daybook::parse_time("1993-03-31T23:59:59.999999999Z"), daybook::by_occurred}));
  EXPECT_EQ(parse_as_of("1993-03-31T12:00:00Z"),
            (daybook::AsOf{*daybook::parse_time("1993-03-31T12:00:00Z"), daybook::by_occurred}));
  EXPECT_EQ(parse_as_of("2262-04-11"), (daybook::AsOf{daybook::Time::max(), daybook::by_occurred}))
      << "which ends behind the last time that there is";
  const auto none = parse_as_of("yesterday");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "'yesterday' is no time; 1993-03-31 or 1993-03-31T12:00:00Z was expected");
}

struct Books : testing::Test {
  TemporaryStore at;
  daybook::Store store = at.open();
  daybook::Stream<Account> alice = store.stream<Account>("alice");
  daybook::Stream<Account> bob = store.stream<Account>("bob");

  void SetUp() override {
    ASSERT_TRUE(alice.execute(Open{"Alice", 10_eur}));
    ASSERT_TRUE(bob.execute(Open{"Bob"}));
    ASSERT_TRUE(alice.execute(Deposit{50_eur, "wages"}, {.actor = "teller-7"}));
    ASSERT_TRUE(store.execute(Transfer{20_eur, "alice", "bob", "rent"}, {.actor = "alice"}, alice, bob));
  }
};

TEST_F(Books, tell_how_a_balance_came_about) {
  std::vector<AuditLine> lines;
  ASSERT_TRUE(audit(store, "alice", [&](const AuditLine& line) { lines.push_back(line); }));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].what, "Deposited");
  EXPECT_EQ(lines[1].who, "teller-7");
  EXPECT_EQ(lines[1].why, "wages");
  EXPECT_EQ(lines[1].balance, 50_eur);
  EXPECT_EQ(lines[2].what, "TransferredOut");
  EXPECT_EQ(lines[2].who, "alice");
  EXPECT_EQ(lines[2].why, "rent, to bob");
  EXPECT_EQ(lines[2].change, -20_eur);
  EXPECT_EQ(lines[2].balance, 30_eur);
  EXPECT_EQ(lines[2].recorded, lines[2].occurred);
}

TEST_F(Books, balance) {
  const auto trial = trial_balance(store);
  ASSERT_TRUE(trial);
  EXPECT_TRUE(trial->ok());
  EXPECT_EQ(trial->accounts, 2u);
  EXPECT_EQ(trial->balances, 50_eur);
  EXPECT_EQ(trial->total, (Turnover{50_eur, 0_eur, 20_eur, 20_eur, 0_eur}));
}

// Half a transfer, as no command would ever write it.
TEST_F(Books, are_found_out_if_money_came_from_nowhere) {
  ASSERT_TRUE(bob.append(TransferredIn{7_eur, "nobody", ""}));
  const auto trial = trial_balance(store);
  ASSERT_TRUE(trial);
  ASSERT_EQ(trial->wrong.size(), 2u);
  EXPECT_EQ(trial->wrong[0], "20.00 was transferred out of accounts, but 27.00 into accounts");
  EXPECT_EQ(trial->wrong[1], "all accounts hold 57.00, but what came in less what went out is 50.00");
}

TEST_F(Books, know_what_an_account_holds_on_the_last_day_of_all) {
  const auto account = account_at(store, "alice", *parse_as_of("2262-04-11"));
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->balance, 30_eur);
}

TEST_F(Books, do_not_know_an_account_that_nothing_happened_to) {
  const auto nobody = account_at(store, "nobody", daybook::Latest{});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().message, "there is no account 'nobody'");
}

TEST_F(Books, of_a_transfer_change_on_both_sides_or_on_neither) {
  const auto end = store.log().end();
  EXPECT_TRUE(store.execute(Transfer{100_eur, "alice", "bob", ""}, alice, bob).refused<InsufficientFunds>());
  EXPECT_EQ(store.log().end(), end);
}

}  // namespace
}  // namespace bank
