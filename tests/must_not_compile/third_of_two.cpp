// An event said to belong to a state that the decision is not over.
// expect: there is no such state in this decision
#include <daybook/daybook.hpp>

struct Sent {};
struct Account {
  using Event = std::variant<Sent>;
};
void evolve(Account&, const Sent&) {}
struct Send {};
daybook::Decision<Account, Account> decide(const Account&, const Account&, const Send&) {
#ifdef MISTAKE
  return daybook::third(Sent{});
#else
  return daybook::second(Sent{});
#endif
}
