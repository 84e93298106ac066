// The same in a view, with the envelope.
// expect: an evolve of S takes any event
// expect: S = Turnover|check_state<Turnover>
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
template <class E>
void evolve(Turnover&, const E&, const daybook::Envelope&) {}
#else
void evolve(Turnover&, const Opened&, const daybook::Envelope&) {}
#endif
static_assert(daybook::View<Turnover>);
