// A hashed container has another order on every machine.
// expect: a field of the event E can not be stored
// expect: E = Tagged.* Number = 1|check_field<Tagged, 1
#include <daybook/daybook.hpp>
#include <unordered_map>

struct Tagged {
  std::string by;
#ifdef MISTAKE
  std::unordered_map<std::string, std::string> tags;
#else
  std::map<std::string, std::string> tags;
#endif
};
struct Note {
  using Event = std::variant<Tagged>;
};
void evolve(Note&, const Tagged&) {}
static_assert(daybook::Aggregate<Note>);
