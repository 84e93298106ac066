// A template over numbers: compilers do not agree what to call it.
// expect: a template whose arguments are not all types needs `static constexpr std::string_view stored_as`
#include <daybook/daybook.hpp>

template <int Level>
struct Reached {
  int points;
#ifndef MISTAKE
  static constexpr std::string_view stored_as = "Reached";
#endif
};
static_assert(daybook::event_name<Reached<3>>() == "Reached");
