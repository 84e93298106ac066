// An event under a name that its schema could not have.
// expect: the stored name of the event E, which its schema has too, is made of A-Z, a-z, 0-9 and _
// expect: E = Opened|check_event<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "Account opened";
#else
  static constexpr std::string_view stored_as = "Account_opened";
#endif
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
