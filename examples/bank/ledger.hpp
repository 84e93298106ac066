// The bank's books: what moved, account by account. A view, folded from the accounts' events; it decides nothing.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "account.hpp"

namespace bank {

// One row for each account. What came in less what went out is what must be there: the books balance, or something is
// wrong.
struct Turnover {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Deposited, Withdrawn, TransferredOut, TransferredIn, BalanceCorrected>;

  Money deposited, withdrawn;             // from and to the outside
  Money transferred_in, transferred_out;  // within the bank: over all accounts these are equal
  Money corrected;                        // compensating entries, up less down

  friend bool operator==(const Turnover&, const Turnover&) = default;
};

inline void evolve(Turnover&, const Opened&) {}  // so that an account has a row before anything moves
inline void evolve(Turnover& t, const Deposited& e) { t.deposited += e.amount; }
inline void evolve(Turnover& t, const Withdrawn& e) { t.withdrawn += e.amount; }
inline void evolve(Turnover& t, const TransferredIn& e) { t.transferred_in += e.amount; }
inline void evolve(Turnover& t, const TransferredOut& e) { t.transferred_out += e.amount; }
inline void evolve(Turnover& t, const BalanceCorrected& e) { t.corrected += e.amount; }

static_assert(daybook::View<Turnover>);

inline Turnover& operator+=(Turnover& sum, const Turnover& one) {
  sum.deposited += one.deposited;
  sum.withdrawn += one.withdrawn;
  sum.transferred_in += one.transferred_in;
  sum.transferred_out += one.transferred_out;
  sum.corrected += one.corrected;
  return sum;
}
inline Money balance_of(const Turnover& t) {
  return t.deposited - t.withdrawn + t.transferred_in - t.transferred_out + t.corrected;
}

// By how much one event changed its account.
inline Money change(const Deposited& e) { return e.amount; }
inline Money change(const Withdrawn& e) { return -e.amount; }
inline Money change(const TransferredIn& e) { return e.amount; }
inline Money change(const TransferredOut& e) { return -e.amount; }
inline Money change(const BalanceCorrected& e) { return e.amount; }
inline Money change(const Opened&) { return {}; }
inline Money change(const OverdraftLimitSet&) { return {}; }
inline Money change(const Closed&) { return {}; }

}  // namespace bank
