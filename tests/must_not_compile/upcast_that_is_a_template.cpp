// An upcast from anything says of no struct that the event was it before.
// expect: one function and no template
// expect: E = Deposited|check_upcast<Deposited
#include <daybook/daybook.hpp>

namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1
struct Deposited {
  std::int64_t cents;
#ifdef MISTAKE
  static Deposited upcast(const auto& old) { return {static_cast<std::int64_t>(old.euros * 100)}; }
#else
  static Deposited upcast(const v1::Deposited& old) { return {static_cast<std::int64_t>(old.euros * 100)}; }
#endif
};
struct Account {
  using Event = std::variant<Deposited>;
};
void evolve(Account&, const Deposited&) {}
static_assert(daybook::Aggregate<Account>);
