// A given/when that expects nothing, and so could not fail.
// expect: say what is expected: \.then
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
  daybook::given<Account>().when(Open{});
#else
  daybook::given<Account>().when(Open{}).then(Opened{});
#endif
}
