// A command whose decide takes the state as if it might change it.
// expect: no decide for this command; write: daybook::Decision<S\.\.\.> decide\(const S&\.\.\., const C&\)
// expect: C = Open; S = {Account}|<Open, Account>
#include <daybook/given.hpp>

struct Opened {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
daybook::Decision<Account> decide(Account&, const Open&) { return Opened{}; }
#else
daybook::Decision<Account> decide(const Account&, const Open&) { return Opened{}; }
#endif

void test() { daybook::given<Account>().when(Open{}).then(Opened{}); }
