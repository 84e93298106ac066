// An event that can not be made before its fields are read.
// expect: the event E must be default-constructible
// expect: E = Opened|check_event<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {
#ifdef MISTAKE
  struct Owner {
    explicit Owner(std::string);
  };
  Owner owner;
#else
  std::string owner;
#endif
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
