// Names that begin with '$' are Daybook's own.
// expect: the stored name of the event E is too long, or begins with
// expect: E = Opened|check_event<Account, Opened>
#include <daybook/daybook.hpp>

struct Opened {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "$opened";
#else
  static constexpr std::string_view stored_as = "opened";
#endif
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
