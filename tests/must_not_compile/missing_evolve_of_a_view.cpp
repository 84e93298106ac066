// A view that forgets to evolve with an event it lists.
// expect: an evolve is missing; write: void evolve\(S&, const E&\)
// expect: S = Turnover; E = Withdrawn|check_evolve<Turnover, Withdrawn>
#include <daybook/daybook.hpp>

struct Opened {};
struct Withdrawn {};
struct Account {
  using Event = std::variant<Opened, Withdrawn>;
};
void evolve(Account&, const Opened&) {}
void evolve(Account&, const Withdrawn&) {}

struct Turnover {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Withdrawn>;
};
void evolve(Turnover&, const Opened&) {}
#ifndef MISTAKE
void evolve(Turnover&, const Withdrawn&, const daybook::Envelope&) {}
#endif
static_assert(daybook::View<Turnover>);
