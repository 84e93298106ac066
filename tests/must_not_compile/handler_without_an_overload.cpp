// A handler of two types that takes only one.
// expect: for each E the query names
// expect: E = Closed|hand_to<Closed
#include <daybook/store.hpp>

struct Opened {};
struct Closed {};
struct Account {
  using Event = std::variant<Opened, Closed>;
};
void evolve(Account&, const Opened&) {}
void evolve(Account&, const Closed&) {}

struct Handler {
  daybook::Handled operator()(const Opened&) { return daybook::done; }
#ifndef MISTAKE
  daybook::Handled operator()(const Closed&, const daybook::Envelope&) { return daybook::done; }
#endif
};
void listen(daybook::Store& store) {
  (void)store.subscribe("c", daybook::events<Opened, Closed>().in<Account>(), daybook::from_end, Handler{});
}
