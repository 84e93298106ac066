// A view has no streams of its own.
// expect: this state has `Reads`, so it is a view
#include <daybook/store.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Openings {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
};
void evolve(Openings&, const Opened&) {}

void read(const daybook::Store& store) {
#ifdef MISTAKE
  (void)store.stream<Openings>("all");
#else
  (void)store.stream<Account>("alice");
#endif
}
