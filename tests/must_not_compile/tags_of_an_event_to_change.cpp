// A tags() that wants to change its event would be passed over, since what is stored is read only.
// expect: write: daybook::Tags tags\(const E&\)
// expect: E = Booked|tags_of<Booked
#include <daybook/daybook.hpp>

struct Booked {
  std::string seat;
};
#ifdef MISTAKE
daybook::Tags tags(Booked& e) { return {{"seat", e.seat}}; }
#else
daybook::Tags tags(const Booked& e) { return {{"seat", e.seat}}; }
#endif
auto found = daybook::tags_of(Booked{"12A"});
