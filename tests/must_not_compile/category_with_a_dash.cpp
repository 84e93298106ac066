// A state whose streams would be of another category than its name.
// expect: a state's stored_as must not contain '-'
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "Bank-Account";
#else
  static constexpr std::string_view stored_as = "BankAccount";
#endif
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
