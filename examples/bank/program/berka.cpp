#include "program/berka.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "daybook/codec/json.hpp"
#include "program/report.hpp"

namespace bank::berka {
namespace {

using daybook::ErrorCode;
using std::chrono::sys_days;

// The days of which every nanosecond is a daybook::Time.
constexpr sys_days kFirstDay = std::chrono::ceil<std::chrono::days>(daybook::Time::min());
constexpr sys_days kLastDay = std::chrono::floor<std::chrono::days>(daybook::Time::max()) - std::chrono::days(1);

// Reads the cells of a sheet, row by row. The first cell that is wrong is remembered, so that a row is read in one go
// and asked once.
class Cells {
 public:
  explicit Cells(const Sheet& sheet) : sheet_(sheet) {}

  bool next() {  // false at the end, and at the first wrong cell
    if (error_ || row_ + 1 > sheet_.rows()) return false;
    cells_ = sheet_.row(row_++);
    return true;
  }
  std::uint32_t line() const { return static_cast<std::uint32_t>(row_ + 1); }

  std::string_view text(std::string_view column) const {
    const auto& columns = sheet_.columns();
    return cells_[static_cast<std::size_t>(std::ranges::find(columns, column) - columns.begin())];
  }
  // Text that becomes part of an event; what an event cannot hold is known here by its place.
  std::string words(std::string_view column) {
    std::string words(text(column)), encoded;
    if (!daybook::codec::encode_json(words, encoded)) wrong(column, "text in UTF-8");
    return words;
  }
  // A number that names something.
  std::string key(std::string_view column) { return std::to_string(number<std::uint64_t>(column)); }
  template <class N>
  N number(std::string_view column) {
    N n{};
    const auto cell = text(column);
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), n);
    bool is_one = error == std::errc{} && end == cell.data() + cell.size();
    if constexpr (std::is_floating_point_v<N>) is_one = is_one && std::isfinite(n);  // "nan" and "inf" are read too
    if (!is_one) wrong(column, "a number");
    return n;
  }
  // '?' stands for what was not known.
  template <class N>
  std::optional<N> number_if_known(std::string_view column) {
    if (text(column) == "?") return {};
    return number<N>(column);
  }
  Money money(std::string_view column) {
    const auto amount = parse_money(text(column));
    if (!amount) wrong(column, "an amount such as 1234.50");
    return amount.value_or(Money{});
  }
  sys_days date(std::string_view column) { return date_of(column, text(column)); }
  // 930101, 1993-01-05, or one of them with a time of day, which is dropped: it is always midnight.
  sys_days date_of(std::string_view column, std::string_view cell) {
    cell = cell.substr(0, cell.find(' '));
    std::string digits;
    for (const char c : cell)
      if (c != '-') digits += c;
    if (digits.size() == 6) digits = "19" + digits;
    unsigned n = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(n / 10000)),
                                          std::chrono::month(n / 100 % 100), std::chrono::day(n % 100)};
    if (digits.size() != 8 || error != std::errc{} || end != digits.data() + digits.size() || !day.ok())
      wrong(column, "a date such as 930105 or 1993-01-05");
    else if (sys_days(day) < kFirstDay || sys_days(day) > kLastDay)
      wrong(column, fmt::format("a date between {:.10} and {:.10}", daybook::to_string(kFirstDay),
                                daybook::to_string(kLastDay)));
    else
      return day;
    return {};
  }
  template <class V, std::size_t N>
  V one_of(std::string_view column, const std::array<std::pair<std::string_view, V>, N>& known) {
    for (const auto& [name, value] : known)
      if (name == text(column)) return value;
    std::string names;
    for (const auto& [name, value] : known) names += (names.empty() ? "" : ", ") + std::string(name);
    wrong(column, "one of " + names);
    return {};
  }

  void wrong(std::string_view column, std::string_view expected) {
    if (!error_)
      error_ = {
          ErrorCode::InvalidArgument,
          fmt::format("{}: column {} is '{}'; {} was expected", sheet_.place(row_ - 1), column, text(column), expected),
          {}};
  }
  const std::optional<daybook::Error>& error() const { return error_; }

 private:
  const Sheet& sheet_;
  std::size_t row_ = 0;
  std::span<const std::string_view> cells_;
  std::optional<daybook::Error> error_;
};

// ---- the words of the bank ---------------------------------------------------------------------------------------

using Word = std::pair<std::string_view, std::string_view>;
constexpr std::array<Word, 5> kOperations{{{"VKLAD", "cash deposit"},
                                           {"VYBER", "cash withdrawal"},
                                           {"VYBER KARTOU", "card withdrawal"},
                                           {"PREVOD Z UCTU", "payment from another bank"},
                                           {"PREVOD NA UCET", "payment to another bank"}}};
constexpr std::array<Word, 8> kPurposes{{{"UROK", "interest"},
                                         {"SLUZBY", "statement fee"},
                                         {"SIPO", "household"},
                                         {"DUCHOD", "pension"},
                                         {"POJISTNE", "insurance"},
                                         {"UVER", "loan instalment"},
                                         {"LEASING", "leasing"},
                                         {"SANKC. UROK", "penalty interest on a negative balance"}}};

// A word that is not known is shown as it stands: it is the bank's, and no reason to refuse its history.
template <std::size_t N>
std::string english(const std::array<Word, N>& words, std::string word) {
  for (const auto& [theirs, ours] : words)
    if (theirs == word) return std::string(ours);
  return word;
}

std::string reason_of(Cells& c) {
  auto reason = english(kOperations, c.words("operation"));
  const auto add = [&](std::string_view text) {
    if (text.empty()) return;
    if (!reason.empty()) reason += ", ";
    reason += text;
  };
  add(english(kPurposes, c.words("k_symbol")));
  if (!c.text("bank").empty()) add(fmt::format("{} {}", c.words("bank"), c.words("account")));
  return reason;
}

// ---- the tables --------------------------------------------------------------------------------------------------

Row transaction(Cells& c) {
  static constexpr std::array<std::pair<std::string_view, bool>, 3> kIsCredit{
      {{"PRIJEM", true}, {"VYDAJ", false}, {"VYBER", false}}};
  auto amount = c.money("amount");
  if (amount < Money{}) c.wrong("amount", "an amount of 0 or more");
  if (!c.one_of("type", kIsCredit)) amount = -amount;
  return {
      c.line(),    c.number<std::uint64_t>("trans_id"), c.key("account_id"), c.date("date"), amount, c.money("balance"),
      reason_of(c)};
}

Fact<ContractSigned> contract(Cells& c) {
  static constexpr std::array<std::pair<std::string_view, Statements>, 3> kStatements{
      {{"POPLATEK MESICNE", Statements::Monthly},
       {"POPLATEK TYDNE", Statements::Weekly},
       {"POPLATEK PO OBRATU", Statements::AfterEachTransaction}}};
  auto account = c.key("account_id");
  return {account, {account, c.key("district_id"), c.one_of("frequency", kStatements)}, c.date("date")};
}

// The birth number is the date of birth; for women 50 is added to the month.
Fact<ClientRegistered> client(Cells& c) {
  std::string digits(c.text("birth_number"));
  bool woman = false;
  if (digits.size() == 6 && digits[2] >= '5') {
    woman = true;
    digits[2] = static_cast<char>(digits[2] - 5);
  }
  return {c.key("client_id"),
          {c.date_of("birth_number", digits), woman ? Sex::Female : Sex::Male, c.key("district_id")},
          {}};
}

Fact<AccessGranted> disposition(Cells& c) {
  static constexpr std::array<std::pair<std::string_view, Access>, 2> kAccess{
      {{"OWNER", Access::Owner}, {"DISPONENT", Access::Disponent}}};
  return {c.key("disp_id"), {c.key("client_id"), c.key("account_id"), c.one_of("type", kAccess)}, {}};
}

Fact<StandingOrderPlaced> order(Cells& c) {
  return {c.key("order_id"),
          {c.key("account_id"), c.words("bank_to"), c.words("account_to"), c.money("amount"),
           english(kPurposes, c.words("k_symbol"))},
          {}};
}

Fact<LoanGranted> loan(Cells& c) {
  static constexpr std::array<std::pair<std::string_view, LoanStanding>, 4> kStandings{
      {{"A", LoanStanding::PaidOff},
       {"B", LoanStanding::NotPaidOff},
       {"C", LoanStanding::Running},
       {"D", LoanStanding::RunningInDebt}}};
  return {c.key("loan_id"),
          {c.key("account_id"), c.money("amount"), std::chrono::months(c.number<int>("duration")), c.money("payments"),
           c.one_of("status", kStandings)},
          c.date("date")};
}

Fact<CardIssued> card(Cells& c) { return {c.key("card_id"), {c.key("disp_id"), c.words("type")}, c.date("issued")}; }

Fact<DistrictSurveyed> district(Cells& c) {
  DistrictSurveyed d;
  d.name = c.words("A2");
  d.region = c.words("A3");
  d.inhabitants = c.number<std::int64_t>("A4");
  for (const auto* column : {"A5", "A6", "A7", "A8"}) d.municipalities.push_back(c.number<std::int64_t>(column));
  d.cities = c.number<std::int64_t>("A9");
  d.urban_percent = c.number<double>("A10");
  d.average_salary = c.number<std::int64_t>("A11");
  d.unemployment_percent_1995 = c.number_if_known<double>("A12");
  d.unemployment_percent_1996 = c.number<double>("A13");
  d.entrepreneurs_per_1000 = c.number<std::int64_t>("A14");
  d.crimes_1995 = c.number_if_known<std::int64_t>("A15");
  d.crimes_1996 = c.number<std::int64_t>("A16");
  return {c.key("A1"), std::move(d), {}};
}

template <class T, class R>
daybook::Result<Table> rows_of(const Sheet& sheet, R (*row)(Cells&)) {
  T table{sheet.name(), {}};
  table.rows.reserve(sheet.rows());
  Cells cells(sheet);
  while (cells.next()) table.rows.push_back(row(cells));
  if (cells.error()) return std::unexpected(*cells.error());
  return table;
}

}  // namespace

daybook::Result<Table> read(const Sheet& sheet) {
  const auto has = [&](std::initializer_list<std::string_view> columns) {
    return std::ranges::all_of(columns,
                               [&](auto c) { return std::ranges::find(sheet.columns(), c) != sheet.columns().end(); });
  };
  if (has({"trans_id", "account_id", "date", "type", "operation", "amount", "balance", "k_symbol", "bank", "account"}))
    return rows_of<Transactions>(sheet, transaction);
  if (has({"account_id", "district_id", "frequency", "date"})) return rows_of<Facts<ContractSigned>>(sheet, contract);
  if (has({"client_id", "birth_number", "district_id"})) return rows_of<Facts<ClientRegistered>>(sheet, client);
  if (has({"disp_id", "client_id", "account_id", "type"})) return rows_of<Facts<AccessGranted>>(sheet, disposition);
  if (has({"order_id", "account_id", "bank_to", "account_to", "amount", "k_symbol"}))
    return rows_of<Facts<StandingOrderPlaced>>(sheet, order);
  if (has({"loan_id", "account_id", "date", "amount", "duration", "payments", "status"}))
    return rows_of<Facts<LoanGranted>>(sheet, loan);
  if (has({"card_id", "disp_id", "type", "issued"})) return rows_of<Facts<CardIssued>>(sheet, card);
  if (has({"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "A14", "A15", "A16"}))
    return rows_of<Facts<DistrictSurveyed>>(sheet, district);
  std::string names;
  for (const auto& column : sheet.columns()) names += (names.empty() ? "" : ", ") + column;
  return daybook::fail(ErrorCode::InvalidArgument,
                       fmt::format("{}: none of the bank's tables (trans, account, client, disp, order, loan, card, "
                                   "district) has the columns {}",
                                   sheet.name(), names.substr(0, 200)));
}

}  // namespace bank::berka
