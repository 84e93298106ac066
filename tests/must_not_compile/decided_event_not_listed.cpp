// A decision for an event that the state does not list.
// expect: this event is not listed in the state's `using Event = std::variant
// expect: E = Closed|add<Closed>
#include <daybook/daybook.hpp>

struct Opened {};
struct Closed {};
struct Account {
#ifdef MISTAKE
  using Event = std::variant<Opened>;
#else
  using Event = std::variant<Opened, Closed>;
#endif
};
struct Close {};
daybook::Decision<Account> decide(const Account&, const Close&) { return Closed{}; }
