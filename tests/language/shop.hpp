// Another domain beside the bank, with an event of the same name, and a view of both.
#pragma once

#include <string_view>
#include <variant>

#include "bank.hpp"
#include "daybook/daybook.hpp"

namespace shop {
struct Closed {};
struct Sold {
  static constexpr std::string_view stored_as = "SoldOut";
  int price;
};
struct Shop {
  using Event = std::variant<Closed, Sold>;
  static constexpr int rules = 3;
  static constexpr std::string_view stored_as = "Laden";
  bool open = true;
};
inline void evolve(Shop& s, const Closed&) { s.open = false; }
inline void evolve(Shop&, const Sold&) {}
static_assert(daybook::Aggregate<Shop>);

// Takes two events of one name, from two domains.
struct Closings {
  using Reads = daybook::from<bank::Account, Shop>;
  using Event = std::variant<Closed, bank::Closed>;
  int shops = 0;
  int accounts = 0;
  daybook::Position last;
};
inline void evolve(Closings& c, const Closed&) { ++c.shops; }
inline void evolve(Closings& c, const bank::Closed&, const daybook::Envelope& at) {
  ++c.accounts, c.last = at.position;
}
static_assert(daybook::View<Closings>);
}  // namespace shop
