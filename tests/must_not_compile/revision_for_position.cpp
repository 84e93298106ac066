// The number of an event in its stream is not its number in the log.
// expect: Position|Ordinal
#include <daybook/daybook.hpp>

void read_from(daybook::Position) {}
void test(daybook::Revision revision, daybook::Position position) {
  (void)revision, (void)position;
#ifdef MISTAKE
  read_from(revision);
#else
  read_from(position);
#endif
}
