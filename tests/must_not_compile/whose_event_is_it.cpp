// Two accounts, and an event that either could have.
// expect: say whose it is with first\(event\) or second\(event\)
#include <daybook/daybook.hpp>

struct Sent {};
struct Account {
  using Event = std::variant<Sent>;
};
void evolve(Account&, const Sent&) {}
struct Send {};
daybook::Decision<Account, Account> decide(const Account&, const Account&, const Send&) {
#ifdef MISTAKE
  return Sent{};
#else
  return daybook::first(Sent{});
#endif
}
