// A catch-all, under which no event would ever be missed.
// expect: an evolve of S takes any event
// expect: S = Account|check_state<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Withdrawn {};
struct Account {
  using Event = std::variant<Opened, Withdrawn>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
void evolve(Account&, const auto&) {}
#else
void evolve(Account&, const Withdrawn&) {}
#endif
static_assert(daybook::Aggregate<Account>);
