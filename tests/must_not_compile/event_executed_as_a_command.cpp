// An event is what was decided; it can not be asked for.
// expect: this is an event, not a command
// expect: C = Opened|<Opened, Account>
#include <daybook/given.hpp>

struct Opened {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
daybook::Decision<Account> decide(const Account&, const Open&) { return Opened{}; }

void test() {
#ifdef MISTAKE
  daybook::given<Account>().when(Opened{}).then(Opened{});
#else
  daybook::given<Account>().when(Open{}).then(Opened{});
#endif
}
