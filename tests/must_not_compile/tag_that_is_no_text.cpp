// A tag of a floating-point number would be matched by its digits.
// expect: the value of a tag is a string, an integer, a bool, an enum, a Uuid or a strong type
#include <daybook/daybook.hpp>

struct Booked {
  double row;
};
daybook::Tags tags(const Booked& e) {
#ifdef MISTAKE
  return {{"row", e.row}};
#else
  return {{"row", static_cast<int>(e.row)}};
#endif
}
