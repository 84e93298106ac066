// A handler of a plain query that does not say whether the event is done.
// expect: a handler says what became of the event: it returns a daybook::Handled
#include <daybook/store.hpp>

void listen(daybook::Store& store) {
#ifdef MISTAKE
  auto handler = [](const daybook::Envelope&) {};
#else
  auto handler = [](const daybook::Envelope&) { return daybook::done; };
#endif
  (void)store.subscribe("c", daybook::Query{{{.types = {"Opened"}}}}, daybook::from_end, handler);
}
