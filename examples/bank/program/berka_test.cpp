#include "program/berka.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace bank::berka {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTransactions = "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account\n";

daybook::Result<Table> table_of(const std::string& text) {
  auto sheet = Sheet::parse("table", text);
  if (!sheet) return std::unexpected(sheet.error());
  return read(*sheet);
}
std::string error_of(const std::string& text) {
  const auto table = table_of(text);
  return table ? "no error" : table.error().message;
}
template <class T>
T only(const std::string& text) {
  const auto table = table_of(text);
  if (!table) throw std::runtime_error(table.error().message);
  return std::get<T>(*table);
}

TEST(Tables, of_transactions_say_what_moved_and_why) {
  const auto table = only<Transactions>(std::string(kTransactions) +
                                        "5,576,1993-01-05,PRIJEM,PREVOD Z UCTU,10.50,20.00,DUCHOD,YZ,123\n"
                                        "6,576,1993-01-06,VYBER,VYBER,0.50,19.50,,,\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].trans_id, 5u);
  EXPECT_EQ(table.rows[0].account, "576");
  EXPECT_EQ(table.rows[0].date, std::chrono::sys_days(1993y / 1 / 5));
  EXPECT_EQ(table.rows[0].amount, Money{1050});
  EXPECT_EQ(table.rows[0].balance, 20_eur);
  EXPECT_EQ(table.rows[0].reason, "payment from another bank, pension, YZ 123");
  EXPECT_EQ(table.rows[1].amount, -50_cents);
  EXPECT_EQ(table.rows[1].reason, "cash withdrawal");
  EXPECT_EQ(table.rows[1].line, 3u);
}

TEST(Tables, may_have_semicolons_quotes_and_short_dates) {
  const auto table = only<Facts<ContractSigned>>(
      "\"account_id\";\"district_id\";\"frequency\";\"date\"\r\n576;55;\"POPLATEK MESICNE\";930101\r\n");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].id, "576");
  EXPECT_EQ(table.rows[0].event.district, "55");
  EXPECT_EQ(table.rows[0].event.statements, Statements::Monthly);
  EXPECT_EQ(table.rows[0].date, std::chrono::sys_days(1993y / 1 / 1));
}

TEST(Tables, of_clients_tell_women_by_the_month_of_birth) {
  const auto table =
      only<Facts<ClientRegistered>>("client_id;birth_number;district_id\n1;\"706213\";18\n2;\"450204\";1\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].event.born, std::chrono::sys_days(1970y / 12 / 13));
  EXPECT_EQ(table.rows[0].event.sex, Sex::Female);
  EXPECT_EQ(table.rows[1].event.born, std::chrono::sys_days(1945y / 2 / 4));
  EXPECT_EQ(table.rows[1].event.sex, Sex::Male);
}

TEST(Tables, of_districts_may_not_know_everything) {
  const auto table = only<Facts<DistrictSurveyed>>(
      "A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16\n"
      "69;\"Jesenik\";\"north Moravia\";42821;4;13;5;1;3;48.4;8173;?;7.01;124;?;1358\n");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].event.unemployment_percent_1995, std::nullopt);
  EXPECT_EQ(table.rows[0].event.unemployment_percent_1996, 7.01);
  EXPECT_EQ(table.rows[0].event.municipalities, (std::vector<std::int64_t>{4, 13, 5, 1}));
}

TEST(Tables, of_no_bank_are_refused_by_their_columns) {
  EXPECT_NE(error_of("a,b\n1,2\n").find("has the columns a, b"), std::string::npos);
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
}

TEST(Tables, name_the_cell_that_is_wrong) {
  const std::string head = kTransactions;
  EXPECT_EQ(error_of(head + "5,576,1993-02-30,PRIJEM,VKLAD,1.00,1.00,,,\n"),
            "table:2: column date is '1993-02-30'; a date such as 930105 or 1993-01-05 was expected");
  EXPECT_EQ(error_of(head + "5,576,1993-01-05,GIFT,VKLAD,1.00,1.00,,,\n"),
            "table:2: column type is 'GIFT'; one of PRIJEM, VYDAJ, VYBER was expected");
  EXPECT_EQ(error_of(head + "5,576,1993-01-05,PRIJEM,VKLAD,1.005,1.00,,,\n"),
            "table:2: column amount is '1.005'; an amount such as 1234.50 was expected");
  EXPECT_EQ(error_of(head + "5,576,1993-01-05,PRIJEM,VKLAD,-1,1.00,,,\n"),
            "table:2: column amount is '-1'; an amount of 0 or more was expected");
  EXPECT_EQ(error_of(head + "x,576,1993-01-05,PRIJEM,VKLAD,1,1.00,,,\n"),
            "table:2: column trans_id is 'x'; a number was expected");
  EXPECT_EQ(error_of(head + "5,576\n"), "table:2: 2 cells; the first line names 10 columns");
  EXPECT_EQ(error_of(head + "\"5,576\n"), "table:2: a quotation mark is not closed, or text follows it");
}

TEST(Tables, have_text_in_utf8_and_numbers_that_are_some) {
  const std::string head = kTransactions;
  EXPECT_EQ(error_of(head + "5,576,1993-01-05,PRIJEM,VKLAD,1.00,1.00,,\xc8SOB,1\n"),
            "table:2: column bank is '\xc8SOB'; text in UTF-8 was expected");
  EXPECT_EQ(error_of("disp_id;card_id;type;issued\n1;2;gold;930101\n3;4;zlat\xe1;930101\n"),
            "table:3: column type is 'zlat\xe1'; text in UTF-8 was expected");
  const auto district = [](const std::string& urban) {
    return error_of("A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16\n69;J;M;1;4;13;5;1;3;" + urban +
                    ";1;?;7.01;124;?;1358\n");
  };
  EXPECT_EQ(district("48.4"), "no error");
  for (const auto* number : {"nan", "inf", "-infinity"})
    EXPECT_EQ(district(number), fmt::format("table:2: column A10 is '{}'; a number was expected", number));
}

TEST(Tables, are_refused_that_would_fill_the_memory_with_empty_cells) {
  EXPECT_EQ(error_of(std::string((std::size_t{1} << 25) + 1, ',')), "table: more than 33554432 cells");
}

TEST(Tables, have_no_day_that_a_time_of_daybook_can_not_tell) {
  const auto error_on = [](const std::string& date) {
    return error_of(std::string(kTransactions) + "5,576," + date + ",PRIJEM,VKLAD,1.00,1.00,,,\n");
  };
  for (const auto* date : {"1677-09-22", "2262-04-10"}) EXPECT_EQ(error_on(date), "no error");
  for (const auto* date : {"0000-01-01", "1677-09-21", "2262-04-11", "9999-12-31"})
    EXPECT_EQ(error_on(date), fmt::format("table:2: column date is '{}'; a date between 1677-09-22 and 2262-04-10 was "
                                          "expected",
                                          date));
}

}  // namespace
}  // namespace bank::berka
