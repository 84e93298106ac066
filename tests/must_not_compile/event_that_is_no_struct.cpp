// An event with a constructor: it has no fields that could be stored.
// expect: the event E is not a plain struct
// expect: E = Opened|<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {
  std::string owner;
#ifdef MISTAKE
  Opened() = default;
  explicit Opened(std::string who) : owner(std::move(who)) {}
#endif
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
