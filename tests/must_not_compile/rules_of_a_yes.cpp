// Rules that could be raised once.
// expect: the rules of S are not a number from 0 to 4294967295
// expect: S = Account|rules_of<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
#ifdef MISTAKE
  static constexpr bool rules = true;
#else
  static constexpr std::uint8_t rules = 1;
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
