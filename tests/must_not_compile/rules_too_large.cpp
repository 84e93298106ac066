// Rules of which a fingerprint would hold only the last 32 bits.
// expect: the rules of S are not a number from 0 to 4294967295
// expect: S = Account|rules_of<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
#ifdef MISTAKE
  static constexpr std::int64_t rules = 4'294'967'296;
#else
  static constexpr std::int64_t rules = 4'294'967'295;
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
