// A view that reads from no aggregate at all.
// expect: a view reads at least one aggregate
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Turnover {
#ifdef MISTAKE
  using Reads = daybook::from<>;
#else
  using Reads = daybook::from<Account>;
#endif
  using Event = std::variant<Opened>;
};
void evolve(Turnover&, const Opened&) {}
daybook::Rows<Turnover> rows;
