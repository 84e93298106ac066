// Two events of an aggregate that would be stored under one name.
// expect: two events of S, E and Other, have one stored name
// expect: E = euro::Deposited; Other = dollar::Deposited|<Account, euro::Deposited, dollar::Deposited>
#include <daybook/daybook.hpp>

namespace euro {
struct Deposited {};
}  // namespace euro
namespace dollar {
struct Deposited {
#ifndef MISTAKE
  static constexpr std::string_view stored_as = "DollarsDeposited";
#endif
};
}  // namespace dollar

struct Account {
  using Event = std::variant<euro::Deposited, dollar::Deposited>;
};
void evolve(Account&, const euro::Deposited&) {}
void evolve(Account&, const dollar::Deposited&) {}
static_assert(daybook::Aggregate<Account>);
