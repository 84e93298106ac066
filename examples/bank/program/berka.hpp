// The tables of a Czech bank, 1993 to 1998 (Berka, PKDD'99), as structs.
//
// A file is recognised by the columns that its first line names. Dates are YYMMDD or YYYY-MM-DD. A cell that is not
// what it should be is InvalidArgument, naming file, line, column, what stands there and what was expected.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "account.hpp"
#include "program/sheet.hpp"
#include "register.hpp"

namespace bank::berka {

// One transaction of one account.
struct Row {
  std::uint32_t line;  // of its file, from 2
  std::uint64_t trans_id;
  std::string account;
  std::chrono::sys_days date;
  Money amount;   // credits positive, debits negative
  Money balance;  // what the bank itself says that the account holds afterwards
  std::string reason;
};
struct Transactions {
  std::string file;
  std::vector<Row> rows;  // in the order of the file
};

// A fact of another table: the stream it belongs to, and when it happened if the table says so.
template <class E>
struct Fact {
  std::string id;  // of the stream; the table's own key
  E event;
  std::optional<std::chrono::sys_days> date;
};
template <class E>
struct Facts {
  std::string file;
  std::vector<Fact<E>> rows;
};

using Table =
    std::variant<Facts<DistrictSurveyed>, Facts<ClientRegistered>, Facts<ContractSigned>, Facts<AccessGranted>,
                 Facts<StandingOrderPlaced>, Facts<LoanGranted>, Facts<CardIssued>, Transactions>;

daybook::Result<Table> read(const Sheet& sheet);

}  // namespace bank::berka
