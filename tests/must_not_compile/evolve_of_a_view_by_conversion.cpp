// The same for a view, and with the envelope.
// expect: S evolves with E only by converting it
// expect: S = Turnover; E = Opened|check_evolve<Turnover, Opened>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Turnover {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
};
#ifdef MISTAKE
struct Anything {
  Anything(const Opened&) {}
};
void evolve(Turnover&, const Anything&, const daybook::Envelope&) {}
#else
void evolve(Turnover&, const Opened&, const daybook::Envelope&) {}
#endif
daybook::Rows<Turnover> rows;
