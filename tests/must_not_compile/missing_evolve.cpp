// An aggregate that forgets to evolve with one of its events.
// expect: an evolve is missing; write: void evolve\(S&, const E&\)
// expect: S = Account; E = Withdrawn|check_evolve<Account, Withdrawn>
#include <daybook/daybook.hpp>

struct Opened {};
struct Withdrawn {};
struct Account {
  using Event = std::variant<Opened, Withdrawn>;
};
void evolve(Account&, const Opened&) {}
#ifndef MISTAKE
void evolve(Account&, const Withdrawn&) {}
#endif
static_assert(daybook::Aggregate<Account>);
