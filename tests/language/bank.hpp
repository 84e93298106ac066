// The page: a domain as a user writes it, whole. The tests beside it are about how it reads and what the compiler says
// of it.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include "daybook/daybook.hpp"

namespace bank {

struct Money {
  std::int64_t cents = 0;
  friend constexpr auto operator<=>(Money, Money) = default;
  constexpr Money& operator+=(Money m) { return cents += m.cents, *this; }
  constexpr Money& operator-=(Money m) { return cents -= m.cents, *this; }
};
constexpr Money operator""_eur(unsigned long long euros) { return {static_cast<std::int64_t>(euros) * 100}; }

// Events: what happened.
namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1

struct Opened {
  std::string owner;
};
struct Deposited {
  Money amount;
  static Deposited upcast(const v1::Deposited& old) { return {Money{std::llround(old.euros * 100)}}; }
};
struct Withdrawn {
  Money amount;
};
struct TransferredOut {
  Money amount;
  std::string reason;
};
struct TransferredIn {
  Money amount;
  std::string reason;
};
struct Closed {};

// Commands: what is asked.
struct Open {
  std::string owner;
};
struct Deposit {
  Money amount;
};
struct Withdraw {
  Money amount;
};
struct Transfer {
  Money amount;
  std::string reason;
};
struct Close {};

// Refusals: why not.
struct AlreadyOpen {};
struct NotOpen {};
struct InsufficientFunds {
  Money balance;
};

// State: what must be remembered to decide.
struct Account {
  using Event = std::variant<Opened, Deposited, Withdrawn, TransferredOut, TransferredIn, Closed>;

  bool open = false;
  Money balance;
};

inline void evolve(Account& a, const Opened&) { a.open = true; }
inline void evolve(Account& a, const Deposited& e) { a.balance += e.amount; }
inline void evolve(Account& a, const Withdrawn& e) { a.balance -= e.amount; }
inline void evolve(Account& a, const TransferredOut& e) { a.balance -= e.amount; }
inline void evolve(Account& a, const TransferredIn& e) { a.balance += e.amount; }
inline void evolve(Account& a, const Closed&) { a.open = false; }

using Decision = daybook::Decision<Account>;

inline Decision decide(const Account& a, const Open& c) {
  if (a.open) return daybook::refuse(AlreadyOpen{});
  return Opened{c.owner};
}

inline Decision decide(const Account& a, const Deposit& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  return Deposited{c.amount};
}

inline Decision decide(const Account& a, const Withdraw& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  if (a.balance < c.amount) return daybook::refuse(InsufficientFunds{a.balance});
  return Withdrawn{c.amount};
}

inline Decision decide(const Account& a, const Close&) {
  if (!a.open) return {};  // closing twice is harmless
  if (a.balance > 0_eur) return {Withdrawn{a.balance}, Closed{}};
  return Closed{};
}

inline daybook::Decision<Account, Account> decide(const Account& from, const Account& to, const Transfer& c) {
  if (!from.open || !to.open) return daybook::refuse(NotOpen{});
  if (from.balance < c.amount) return daybook::refuse(InsufficientFunds{from.balance});
  return {daybook::first(TransferredOut{c.amount, c.reason}), daybook::second(TransferredIn{c.amount, c.reason})};
}

static_assert(daybook::Aggregate<Account>);

// A view: the same verb, another key. One row a day, across every account.
struct DailyTurnover {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Deposited, Withdrawn>;
  static std::chrono::sys_days key(const auto&, const daybook::Envelope& at) {
    return std::chrono::floor<std::chrono::days>(at.occurred);
  }

  Money in, out;
};
inline void evolve(DailyTurnover& day, const Deposited& e) { day.in += e.amount; }
inline void evolve(DailyTurnover& day, const Withdrawn& e) { day.out += e.amount; }

static_assert(daybook::View<DailyTurnover>);

}  // namespace bank
