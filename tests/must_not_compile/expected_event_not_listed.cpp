// An event given to a state that does not list it.
// expect: this event is not listed in the state's `using Event = std::variant
#include <daybook/given.hpp>

struct Opened {};
struct Shipped {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
daybook::Decision<Account> decide(const Account&, const Open&) { return {}; }

void test() {
#ifdef MISTAKE
  daybook::given<Account>(Shipped{}).when(Open{}).then();
#else
  daybook::given<Account>(Opened{}).when(Open{}).then();
#endif
}
