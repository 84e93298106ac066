// One decide that returns its events and one that writes them into a sink.
// expect: this command has two decides
#include <daybook/given.hpp>

struct Opened {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
daybook::Decision<Account> decide(const Account&, const Open&) { return Opened{}; }
#ifdef MISTAKE
void decide(const Account&, const Open&, daybook::Sink<Account>& out) { out.emit(Opened{}); }
#endif

void test() { daybook::given<Account>().when(Open{}).then(Opened{}); }
