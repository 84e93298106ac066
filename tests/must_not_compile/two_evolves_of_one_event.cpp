// Two evolves for one event, of which only one would be called.
// expect: there are two evolves of S for E
// expect: S = Account; E = Opened|check_evolve<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
void evolve(Account&, const Opened&, const daybook::Envelope&) {}
#endif
static_assert(daybook::Aggregate<Account>);
