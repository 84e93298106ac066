// A handler of typed events that does not say whose: another domain's of that name would come, too.
// expect: say whose it is: events<Opened>\(\).in<Account>\(\)
#include <daybook/store.hpp>

struct Opened {};
daybook::Tags tags(const Opened&) { return {{"a", 1}}; }
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

void listen(daybook::Store& store) {
  using daybook::events;
  auto handler = [](const Opened&) { return daybook::done; };
#ifdef MISTAKE
  (void)store.subscribe("c", events<Opened>(), daybook::from_end, handler);
#else
  (void)store.subscribe("c", events<Opened>().in<Account>(), daybook::from_end, handler);
#endif
  (void)store.subscribe("d", events<Opened>().everywhere().tagged("a", 1), daybook::from_end, handler);
  (void)store.subscribe("e", events<>(), daybook::from_end, [](const daybook::Envelope&) { return daybook::done; });
}
