// An upcast from each old version: neither would ever be called.
// expect: one function and no template
// expect: E = Deposited|check_upcast<Deposited
#include <daybook/daybook.hpp>

namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1
namespace v2 {
struct Deposited {
  std::int64_t cents;
#ifndef MISTAKE
  static Deposited upcast(const v1::Deposited& old) { return {static_cast<std::int64_t>(old.euros * 100)}; }
#endif
};
}  // namespace v2
struct Deposited {
  std::int64_t cents;
  std::string currency;
  static Deposited upcast(const v2::Deposited& old) { return {old.cents, "EUR"}; }
#ifdef MISTAKE
  static Deposited upcast(const v1::Deposited& old) { return {static_cast<std::int64_t>(old.euros * 100), "EUR"}; }
#endif
};
struct Account {
  using Event = std::variant<Deposited>;
};
void evolve(Account&, const Deposited&) {}
static_assert(daybook::Aggregate<Account>);
