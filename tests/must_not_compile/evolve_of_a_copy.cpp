// An evolve that takes the state by value: it would compile, and remember nothing.
// expect: this evolve changes a copy of the state, or nothing
// expect: S = Account; E = Opened|check_evolve<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
  bool open = false;
};
#ifdef MISTAKE
void evolve(Account a, const Opened&) { a.open = true; }
#else
void evolve(Account& a, const Opened&) { a.open = true; }
#endif
static_assert(daybook::Aggregate<Account>);
