// An import of an event that the aggregate does not have.
// expect: this event is not listed in the state's
#include <daybook/store.hpp>

struct Opened {};
struct Closed {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

void import(const daybook::Stream<Account>& stream) {
#ifdef MISTAKE
  (void)stream.append(Closed{});
#else
  (void)stream.append(Opened{});
#endif
}
