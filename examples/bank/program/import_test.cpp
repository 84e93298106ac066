// Imports: of a few rows made up here, and of the bank's real ones where they are at hand.
#include "program/import.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "program/inquiry.hpp"
#include "program/report.hpp"
#include "program/temporary_store.hpp"

namespace bank {
namespace {

constexpr const char* kHead = "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account\n";

berka::Table table_of(const std::string& text) {
  auto sheet = Sheet::parse("table", text);
  if (!sheet) throw std::runtime_error(sheet.error().message);
  auto table = berka::read(*sheet);
  if (!table) throw std::runtime_error(table.error().message);
  return std::move(*table);
}
berka::Table transactions(const std::string& rows) { return table_of(kHead + rows); }

Imported imported(const daybook::Store& store, const std::vector<berka::Table>& tables) {
  auto told = import_tables(store, tables);
  if (!told) throw std::runtime_error(told.error().message);
  return std::move(*told);
}
Money balance(const daybook::Store& store, const char* account, const daybook::Moment& moment = daybook::Latest{}) {
  const auto state = account_at(store, account, moment);
  if (!state) throw std::runtime_error(state.error().message);
  return state->balance;
}

constexpr const char* kThreeRows =
    "1,7,1993-01-05,PRIJEM,VKLAD,100.00,100.00,,,\n"
    "2,7,1993-01-05,VYDAJ,VYBER,30.00,70.00,,,\n"
    "3,7,1993-01-31,PRIJEM,,0.35,70.30,UROK,,\n";

TEST(Importing, records_what_happened_when_it_happened) {
  const TemporaryStore at;
  const auto store = at.open();
  const auto told = imported(store, {transactions(kThreeRows)});
  EXPECT_EQ(told.rows, 3u);
  EXPECT_EQ(told.known, 0u);
  EXPECT_EQ(told.matched, 2u);
  EXPECT_EQ(told.adjusted, 1u);
  EXPECT_EQ(told.accounts.size(), 1u);

  EXPECT_EQ(balance(store, "7"), Money{7030});
  EXPECT_EQ(balance(store, "7", daybook::Revision{1}), 100_eur);
  EXPECT_EQ(balance(store, "7", daybook::Revision{2}), 70_eur);
  EXPECT_EQ(balance(store, "7", *parse_as_of("1993-01-04")), 0_eur);
  EXPECT_EQ(balance(store, "7", *parse_as_of("1993-01-05")), 70_eur);
  EXPECT_EQ(balance(store, "7", *parse_as_of("1993-01-31")), Money{7030});
}

TEST(Importing, takes_the_first_and_the_last_day_that_a_time_can_tell) {
  const TemporaryStore at;
  const auto store = at.open();
  const std::vector<berka::Table> tables{
      transactions("1,7,1677-09-22,PRIJEM,VKLAD,100.00,100.00,,,\n"
                   "2,7,2262-04-10,VYDAJ,VYBER,30.00,70.00,,,\n")};
  imported(store, tables);
  const auto checked = check_tables(store, tables);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->days, 2u);
  EXPECT_TRUE(checked->ok()) << checked->first_difference;
}

TEST(Importing, says_in_the_audit_trail_what_was_corrected_and_why) {
  const TemporaryStore at;
  const auto store = at.open();
  imported(store, {transactions(kThreeRows)});
  std::vector<AuditLine> lines;
  ASSERT_TRUE(audit(store, "7", [&](const AuditLine& line) { lines.push_back(line); }));
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[3].what, "Deposited");
  EXPECT_EQ(lines[3].change, 35_cents);
  EXPECT_EQ(lines[3].why, "interest");
  EXPECT_EQ(lines[3].who, "import");
  EXPECT_EQ(lines[3].cause, "transaction 3");
  EXPECT_EQ(lines[4].what, "BalanceCorrected");
  EXPECT_EQ(lines[4].change, -5_cents);
  EXPECT_EQ(lines[4].balance, Money{7030});
  EXPECT_EQ(lines[4].why, "the bank's own balance is 70.30, the entries came to 70.35");
  EXPECT_EQ(to_text(lines[4].occurred), "1993-01-31");
  EXPECT_GT(lines[4].recorded, lines[4].occurred);
}

TEST(Importing, counts_an_account_once_over_all_its_tables) {
  const TemporaryStore at;
  const auto store = at.open();
  const auto told = imported(
      store, {transactions(std::string(kThreeRows).substr(0, 45)),
              transactions(std::string(kThreeRows).substr(45) + "4,8,1993-02-01,PRIJEM,VKLAD,1.00,1.00,,,\n")});
  EXPECT_EQ(told.rows, 4u);
  EXPECT_EQ(told.accounts.size(), 2u);
}

TEST(Importing, a_table_goes_on_from_the_balance_that_the_one_before_it_came_to) {
  const TemporaryStore at;
  const auto store = at.open();
  const auto first = transactions(std::string(kThreeRows).substr(0, 45));
  const auto second = transactions(std::string(kThreeRows).substr(45));
  imported(store, {first});
  ASSERT_TRUE(store.stream<Account>("7").execute(Deposit{5_eur, "since"}, {.causation_id = "transaction 99"}));
  const auto told = imported(store, {second});
  EXPECT_EQ(told.matched, 1u);
  EXPECT_EQ(told.adjusted, 1u);
  EXPECT_EQ(balance(store, "7"), Money{7530});
  const auto again = imported(store, {first, second});
  EXPECT_EQ(again.known, 3u);
  EXPECT_EQ(again.matched, 2u);
  EXPECT_EQ(balance(store, "7"), Money{7530});
}

TEST(Importing, again_changes_nothing) {
  const TemporaryStore at;
  {
    const auto store = at.open();
    imported(store, {transactions(kThreeRows)});
  }
  const auto store = at.open();
  const auto end = store.log().end();
  const auto told = imported(store, {transactions(kThreeRows)});
  EXPECT_EQ(store.log().end(), end);
  EXPECT_EQ(told.known, 3u);
  EXPECT_EQ(told.matched, 2u);
  EXPECT_EQ(told.adjusted, 1u);
}

TEST(Importing, goes_on_where_it_was_left_even_if_the_account_was_used_since) {
  const TemporaryStore at;
  const auto store = at.open();
  imported(store, {transactions(std::string(kThreeRows).substr(0, 45))});
  ASSERT_TRUE(store.stream<Account>("7").execute(Deposit{5_eur, "since"}));
  const auto told = imported(store, {transactions(kThreeRows)});
  EXPECT_EQ(told.known, 1u);
  EXPECT_EQ(told.matched, 2u);
  EXPECT_EQ(balance(store, "7"), Money{7530});
}

TEST(Importing, refuses_a_row_that_was_imported_as_another) {
  const TemporaryStore at;
  const auto store = at.open();
  imported(store, {transactions("1,7,1993-01-05,PRIJEM,VKLAD,100.00,100.00,,,\n")});
  const auto again = import_tables(store, {transactions("1,7,1993-01-05,PRIJEM,VKLAD,200.00,200.00,,,\n")});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, daybook::ErrorCode::IdConflict);
  EXPECT_EQ(again.error().message,
            "table:2: transaction 1 is 200.00 on 1993-01-05 here; it was imported as 100.00 on 1993-01-05");
}

TEST(Importing, refuses_a_transaction_that_stands_there_twice) {
  const TemporaryStore at;
  const auto store = at.open();
  const auto twice = import_tables(store, {transactions("1,7,1993-01-05,PRIJEM,VKLAD,1.00,1.00,,,\n"
                                                        "1,7,1993-01-05,PRIJEM,VKLAD,1.00,2.00,,,\n")});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "table:3: trans_id 1 stands there twice");
}

TEST(Importing, leaves_an_account_alone_that_was_opened_here) {
  const TemporaryStore at;
  const auto store = at.open();
  ASSERT_TRUE(store.stream<Account>("7").execute(Open{"alice"}));
  const auto refused = import_tables(store, {transactions(kThreeRows)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, daybook::ErrorCode::Conflict);
  EXPECT_EQ(store.stream<Account>("7").state()->balance, 0_eur);
}

TEST(Importing, finds_what_is_on_record_about_an_account) {
  const TemporaryStore at;
  const auto store = at.open();
  imported(store, {table_of("loan_id;account_id;date;amount;duration;payments;status\n9;7;930705;96396;12;8033.00;B\n"),
                   table_of("account_id;district_id;frequency;date\n7;55;POPLATEK TYDNE;930101\n"),
                   table_of("disp_id;client_id;account_id;type\n4;2;7;OWNER\n5;2;8;OWNER\n")});
  const auto found = on_record(store, "7");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].stream, "Contract-7");
  EXPECT_EQ((*found)[1].stream, "Disposition-4");
  EXPECT_EQ((*found)[2].stream, "Loan-9");
  EXPECT_TRUE(store.stream<Account>("7").state()->open);
}

TEST(Checking, names_the_first_balance_that_differs) {
  const TemporaryStore at;
  const auto store = at.open();
  imported(store, {transactions(kThreeRows)});
  const auto other = check_tables(store, {transactions("1,7,1993-01-05,PRIJEM,VKLAD,100.00,100.00,,,\n"
                                                       "2,7,1993-01-06,VYDAJ,VYBER,30.00,71.00,,,\n"
                                                       "9,7,1993-01-07,VYDAJ,VYBER,30.00,41.00,,,\n")});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->rows, 3u);
  EXPECT_EQ(other->rows_equal, 1u);
  EXPECT_FALSE(other->ok());
  EXPECT_EQ(other->first_difference,
            "account 7 holds 70.00 as of the end of 1993-01-05; the bank says 100.00 after "
            "transaction 1");
}

// The real thing: 49,102 transactions of 1,229 accounts, each with the bank's own balance beside it, which nobody here
// made.
TEST(TheBerkaTransactions, give_the_banks_own_balance_after_every_row_and_every_day) {
  const auto* named = std::getenv("DAYBOOK_SHARED_DATA");
  const std::filesystem::path data = named ? named : DAYBOOK_SOURCE_DIR "/../shared/data";
  const auto file = data / "bank" / "berka_trans_1993-01_1994-03.csv.zst";
  if (!named && !std::filesystem::exists(file))
    GTEST_SKIP() << file << " is not here; DAYBOOK_SHARED_DATA says where the folder is that holds bank/";
  const auto sheet = Sheet::read(file);
  ASSERT_TRUE(sheet) << sheet.error().message;
  auto table = berka::read(*sheet);
  ASSERT_TRUE(table) << table.error().message;
  const std::vector<berka::Table> tables{std::move(*table)};

  const TemporaryStore at;
  const auto store = at.open();
  const auto told = imported(store, tables);
  EXPECT_EQ(told.rows, 49'102u);
  EXPECT_EQ(told.matched, 46'748u);
  EXPECT_EQ(told.adjusted, 2'354u);
  EXPECT_EQ(told.accounts.size(), 1'229u);

  const auto checked = check_tables(store, tables);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->rows, 49'102u);
  EXPECT_EQ(checked->rows_equal, checked->rows) << checked->first_difference;
  EXPECT_GT(checked->days, 0u);
  EXPECT_EQ(checked->days_equal, checked->days) << checked->first_difference;

  const auto trial = trial_balance(store);
  ASSERT_TRUE(trial) << trial.error().message;
  EXPECT_TRUE(trial->ok()) << trial->wrong.front();
  EXPECT_EQ(trial->accounts, 1'229u);
}

}  // namespace
}  // namespace bank
