// A handler of a plain query, which could find events of any type, that takes one type alone.
// expect: the handler of a plain query takes \(const Envelope&\)
#include <daybook/store.hpp>

struct Opened {};

void listen(daybook::Store& store) {
#ifdef MISTAKE
  auto handler = [](const Opened&) { return daybook::done; };
#else
  auto handler = [](const daybook::Envelope&) { return daybook::done; };
#endif
  (void)store.subscribe("c", daybook::Query{{{.types = {"Opened"}}}}, daybook::from_end, handler);
}
