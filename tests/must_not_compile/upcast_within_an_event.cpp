// Only what a record's type and version name is lifted: the upcast of a struct within an event would never be called,
// and where the old fields still resolve, the old values would pass for new ones.
// expect: only an event has an upcast
// expect: E = Paid|check_no_upcast<Paid
// expect: Money
#include <daybook/daybook.hpp>

namespace v1 {
struct Money {
  std::int64_t amount = 0;  // whole euros
};
struct Paid {
  Money price;
};
}  // namespace v1
struct Money {
  std::int64_t amount = 0;  // cents
#ifdef MISTAKE
  static Money upcast(const v1::Money& old) { return {old.amount * 100}; }
#endif
};
struct Line {
  std::int64_t upcast = 0;  // a field of that name is one like any other
};
struct Paid {
  std::vector<std::optional<Money>> prices;
  std::vector<Line> lines;
#ifndef MISTAKE
  static Paid upcast(const v1::Paid& old) { return {{Money{old.price.amount * 100}}, {}}; }
#endif
};
struct Account {
  using Event = std::variant<Paid>;
};
void evolve(Account&, const Paid&) {}
static_assert(daybook::Aggregate<Account>);
