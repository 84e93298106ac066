// Rules that would come out as a number that nobody wrote.
// expect: the rules of S are not a number from 0 to 4294967295
// expect: S = Account|rules_of<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
#ifdef MISTAKE
  static constexpr int rules = -1;
#else
  static constexpr int rules = 0;
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);

// The largest that there is.
struct Old {
  using Event = std::variant<Opened>;
  static constexpr std::uint64_t rules = 4'294'967'295;
};
void evolve(Old&, const Opened&) {}
static_assert(daybook::rules_of<Old>() == 4'294'967'295);
