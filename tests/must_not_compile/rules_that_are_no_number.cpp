// Rules by name: a program that raised them could not be told from the one before.
// expect: the rules of S are not a number from 0 to 4294967295
// expect: S = Account|rules_of<Account>
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
#ifdef MISTAKE
  static constexpr std::string_view rules = "2";
#else
  static constexpr int rules = 2;
#endif
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
