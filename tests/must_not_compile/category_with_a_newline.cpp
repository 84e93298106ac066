// A state whose streams could have no name that a log takes.
// expect: the stored name of S can not begin the names of its streams
// expect: S = Account|check_state<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "Bank\nAccount";
#else
  static constexpr std::string_view stored_as = "BankAccount";
#endif
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
