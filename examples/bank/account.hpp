// The bank, whole: what can happen to an account, what can be asked of it, why it may say no, and its rules.
//
// Everything here is plain structs and plain functions. Nothing reads a clock, a file or another account: what a rule
// needs to know is in the state or in the command, so every rule is tested in account_test.cpp without a store.
#pragma once

#include <string>
#include <variant>

#include "daybook/daybook.hpp"
#include "money.hpp"

namespace bank {

// ---- events: what happened ---------------------------------------------------------------------------------------
// Their names and fields are what is stored; schema.lock holds them.

struct Opened {
  std::string owner;
  Money overdraft_limit;
};
struct Deposited {  // came in from outside the bank
  Money amount;
  std::string reason;
};
struct Withdrawn {  // went out of the bank
  Money amount;
  std::string reason;
};
struct TransferredOut {  // one half of a transfer within the bank…
  Money amount;
  std::string to;
  std::string reason;
};
struct TransferredIn {  // …and the other: both are one batch, or neither is there
  Money amount;
  std::string from;
  std::string reason;
};
struct OverdraftLimitSet {
  Money limit;
};
struct BalanceCorrected {  // a compensating entry, up or down: what was wrong stays, and this says what and why
  Money amount;
  std::string reason;
};
struct Closed {};

// ---- commands: what is asked -------------------------------------------------------------------------------------

struct Open {
  std::string owner;
  Money overdraft_limit{};
};
struct Deposit {
  Money amount;
  std::string reason{};
};
struct Withdraw {
  Money amount;
  std::string reason{};
};
struct Transfer {  // over two accounts, first the one that pays
  Money amount;
  std::string from;
  std::string to;
  std::string reason{};
};
struct SetOverdraftLimit {
  Money limit;
};
struct Close {};

// ---- refusals: why not -------------------------------------------------------------------------------------------

struct AlreadyOpen {
  std::string owner;
};
struct NotOpen {};
struct SameAccount {  // a transfer needs two
  std::string account;
};
struct AmountNotPositive {
  Money amount;
};
struct InsufficientFunds {
  Money balance;
  Money overdraft_limit;
};
struct BalanceTooLarge {  // the sum is more than an account can hold
  Money balance;
  Money amount;
};
struct LimitNegative {
  Money limit;
};
struct Overdrawn {  // the account owes the bank
  Money balance;
};

// ---- state: what must be remembered to decide --------------------------------------------------------------------

struct Account {
  using Event = std::variant<Opened, Deposited, Withdrawn, TransferredOut, TransferredIn, OverdraftLimitSet,
                             BalanceCorrected, Closed>;
  static constexpr int rules = 1;

  bool open = false;
  std::string owner;
  Money balance;
  Money overdraft_limit;  // the balance may fall to minus this
};

inline void evolve(Account& a, const Opened& e) {
  a.open = true;
  a.owner = e.owner;
  a.overdraft_limit = e.overdraft_limit;
}
inline void evolve(Account& a, const Deposited& e) { a.balance += e.amount; }
inline void evolve(Account& a, const Withdrawn& e) { a.balance -= e.amount; }
inline void evolve(Account& a, const TransferredOut& e) { a.balance -= e.amount; }
inline void evolve(Account& a, const TransferredIn& e) { a.balance += e.amount; }
inline void evolve(Account& a, const OverdraftLimitSet& e) { a.overdraft_limit = e.limit; }
inline void evolve(Account& a, const BalanceCorrected& e) { a.balance += e.amount; }
inline void evolve(Account& a, const Closed&) { a.open = false; }

// ---- the rules ---------------------------------------------------------------------------------------------------

using Decision = daybook::Decision<Account>;

inline bool can_pay(const Account& a, Money amount) {
  const auto left = checked_difference(a.balance, amount);
  return left && *left >= -a.overdraft_limit;
}

inline Decision decide(const Account& a, const Open& c) {
  if (a.open) return daybook::refuse(AlreadyOpen{a.owner});
  if (c.overdraft_limit < Money{}) return daybook::refuse(LimitNegative{c.overdraft_limit});
  return Opened{c.owner, c.overdraft_limit};
}

inline Decision decide(const Account& a, const Deposit& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  if (c.amount <= Money{}) return daybook::refuse(AmountNotPositive{c.amount});
  if (!checked_sum(a.balance, c.amount)) return daybook::refuse(BalanceTooLarge{a.balance, c.amount});
  return Deposited{c.amount, c.reason};
}

inline Decision decide(const Account& a, const Withdraw& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  if (c.amount <= Money{}) return daybook::refuse(AmountNotPositive{c.amount});
  if (!can_pay(a, c.amount)) return daybook::refuse(InsufficientFunds{a.balance, a.overdraft_limit});
  return Withdrawn{c.amount, c.reason};
}

inline daybook::Decision<Account, Account> decide(const Account& from, const Account& to, const Transfer& c) {
  if (c.from == c.to) return daybook::refuse(SameAccount{c.from});
  if (!from.open || !to.open) return daybook::refuse(NotOpen{});
  if (c.amount <= Money{}) return daybook::refuse(AmountNotPositive{c.amount});
  if (!can_pay(from, c.amount)) return daybook::refuse(InsufficientFunds{from.balance, from.overdraft_limit});
  if (!checked_sum(to.balance, c.amount)) return daybook::refuse(BalanceTooLarge{to.balance, c.amount});
  return {daybook::first(TransferredOut{c.amount, c.to, c.reason}),
          daybook::second(TransferredIn{c.amount, c.from, c.reason})};
}

inline Decision decide(const Account& a, const SetOverdraftLimit& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  if (c.limit < Money{}) return daybook::refuse(LimitNegative{c.limit});
  if (a.balance < -c.limit) return daybook::refuse(Overdrawn{a.balance});
  if (a.overdraft_limit == c.limit) return {};  // nothing needs to happen
  return OverdraftLimitSet{c.limit};
}

inline Decision decide(const Account& a, const Close&) {
  if (!a.open) return {};  // closing twice is harmless
  if (a.balance < Money{}) return daybook::refuse(Overdrawn{a.balance});
  if (a.balance > Money{}) return {Withdrawn{a.balance, "paid out on closing"}, Closed{}};
  return Closed{};
}

static_assert(daybook::Aggregate<Account>);

}  // namespace bank
