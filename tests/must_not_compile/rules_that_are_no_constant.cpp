// Rules that each state has for itself: they are to be those of the program.
// expect: the rules of S are not a number from 0 to 4294967295
// expect: S = Account|rules_of<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
#ifdef MISTAKE
  int rules = 1;
#else
  static constexpr int rules = 1;
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
