// An upcast that does not give the event it is a member of.
// expect: write `static E upcast\(const PreviousVersion&\)`
#include <daybook/daybook.hpp>

namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1
struct Deposited {
  std::int64_t cents;
#ifdef MISTAKE
  static std::int64_t upcast(const v1::Deposited& old) { return static_cast<std::int64_t>(old.euros * 100); }
#else
  static Deposited upcast(const v1::Deposited& old) { return {static_cast<std::int64_t>(old.euros * 100)}; }
#endif
};
struct Account {
  using Event = std::variant<Deposited>;
};
void evolve(Account&, const Deposited&) {}
static_assert(daybook::Aggregate<Account>);
