// A position may be compared and subtracted, never computed.
// expect: no match for|invalid operands
#include <daybook/daybook.hpp>

auto next(daybook::Position position) {
#ifdef MISTAKE
  return position + 1;
#else
  return position.next();
#endif
}
