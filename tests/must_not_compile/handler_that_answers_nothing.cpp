// Handlers that do not say whether the event is done.
// expect: a handler says what became of the event: it returns a daybook::Handled
// expect: E = Opened|hand_to<Opened
#include <daybook/store.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Handler {
#ifdef MISTAKE
  void operator()(const Opened&) {}
#else
  daybook::Handled operator()(const Opened&) { return daybook::done; }
#endif
};
void listen(daybook::Store& store) {
  (void)store.subscribe("c", daybook::events<Opened>().in<Account>(), daybook::from_end, Handler{});
}
