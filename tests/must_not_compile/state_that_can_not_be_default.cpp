// A state that can not begin before its first event.
// expect: a state begins as S\{\} and is moved: it must be default-constructible and movable
// expect: S = Account|check_state<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
  std::string currency;
#ifdef MISTAKE
  explicit Account(std::string in) : currency(std::move(in)) {}
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
