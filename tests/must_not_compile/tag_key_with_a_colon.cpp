// A key that could be taken for a key and a value.
// expect: TagKey
// expect: must not be empty and must not contain ':'
#include <daybook/daybook.hpp>

struct Booked {
  std::string seat;
};
daybook::Tags tags(const Booked& e) {
#ifdef MISTAKE
  return {{"seat:row", e.seat}};
#else
  return {{"seat", e.seat}};
#endif
}
