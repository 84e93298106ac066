// An amount of money: whole cents, no fractions, no currency (this bank has one).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace bank {

struct Money {
  std::int64_t cents = 0;

  friend constexpr auto operator<=>(Money, Money) = default;
  friend constexpr Money operator-(Money m) { return Money{} -= m; }

  // For what has happened, which cannot be refused any more. Past 92 quadrillion the sum wraps round, the same on every
  // machine; checked_sum() and checked_difference() are what a decide asks first.
  constexpr Money& operator+=(Money m) {
    cents = static_cast<std::int64_t>(static_cast<std::uint64_t>(cents) + static_cast<std::uint64_t>(m.cents));
    return *this;
  }
  constexpr Money& operator-=(Money m) {
    cents = static_cast<std::int64_t>(static_cast<std::uint64_t>(cents) - static_cast<std::uint64_t>(m.cents));
    return *this;
  }
  friend constexpr Money operator+(Money a, Money b) { return a += b; }
  friend constexpr Money operator-(Money a, Money b) { return a -= b; }
};

constexpr std::optional<Money> checked_sum(Money a, Money b) {
  Money sum;
  if (__builtin_add_overflow(a.cents, b.cents, &sum.cents)) return {};
  return sum;
}
constexpr std::optional<Money> checked_difference(Money a, Money b) {
  Money difference;
  if (__builtin_sub_overflow(a.cents, b.cents, &difference.cents)) return {};
  return difference;
}

constexpr Money operator""_eur(unsigned long long euros) { return {static_cast<std::int64_t>(euros) * 100}; }
constexpr Money operator""_cents(unsigned long long cents) { return {static_cast<std::int64_t>(cents)}; }

}  // namespace bank
