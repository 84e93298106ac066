// A decide that takes what it should and returns its events in something else than a Decision.
// expect: the decide for this command must return daybook::Decision<S\.\.\.>
// expect: C = Open; S = {Account}|<Open, Account>
#include <daybook/given.hpp>

struct Opened {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
std::vector<Account::Event> decide(const Account&, const Open&) { return {Opened{}}; }
#else
daybook::Decision<Account> decide(const Account&, const Open&) { return {Opened{}}; }
#endif

void test() { daybook::given<Account>().when(Open{}).then(Opened{}); }
