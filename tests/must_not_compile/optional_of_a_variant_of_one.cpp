// The same by another way, in the reason of a refusal: an optional of a variant that can be one thing alone.
// expect: write std::optional<X>, or a variant of two things
// expect: T = Refused|check_no_hidden_optional<Refused>
#include <daybook/daybook.hpp>

struct Card {
  std::string digits;
};
struct Cash {};
struct Refused {
#ifdef MISTAKE
  std::optional<std::variant<Card>> by;
#else
  std::optional<std::variant<Card, Cash>> by;
#endif
};
daybook::Refusal say_no() { return daybook::refuse(Refused{}); }
