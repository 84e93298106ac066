// A tags() that returns something else would be passed over.
// expect: write: daybook::Tags tags\(const E&\)
#include <daybook/daybook.hpp>

struct Booked {
  std::string seat;
};
#ifdef MISTAKE
std::vector<std::string> tags(const Booked& e) { return {"seat:" + e.seat}; }
#else
daybook::Tags tags(const Booked& e) { return {{"seat", e.seat}}; }
#endif
auto found = daybook::tags_of(Booked{"12A"});
