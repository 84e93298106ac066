// Rows of a state that does not say whose events it reads.
// expect: a view names the aggregates it reads
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Turnover {
#ifndef MISTAKE
  using Reads = daybook::from<Account>;
#endif
  using Event = std::variant<Opened>;
};
void evolve(Turnover&, const Opened&) {}
daybook::Rows<Turnover> rows;
