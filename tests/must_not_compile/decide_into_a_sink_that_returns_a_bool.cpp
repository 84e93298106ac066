// The same, of one that writes its events into a sink.
// expect: if it takes a daybook::Sink<S\.\.\.>&, daybook::Verdict or void; it returns something else
// expect: C = Open; S = {Account}|<Open, Account>
#include <daybook/given.hpp>

struct Opened {};
struct Open {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
bool decide(const Account&, const Open&, daybook::Sink<Account>& out) {
  out.emit(Opened{});
  return true;
}
#else
daybook::Verdict decide(const Account&, const Open&, daybook::Sink<Account>& out) {
  out.emit(Opened{});
  return daybook::accepted;
}
#endif

void test() { daybook::given<Account>().when(Open{}).then(Opened{}); }
