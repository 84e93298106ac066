// A variant of nothing or one thing: its schema is that of an optional, and its JSON is not.
// expect: write std::optional<X>, or a variant of two things
// expect: T = std::(__1::)?vector<|check_no_hidden_optional<std::(__1::)?vector<
#include <daybook/daybook.hpp>

struct Card {
  std::string digits;
};
struct Cash {};
struct Paid {
#ifdef MISTAKE
  std::vector<std::variant<std::monostate, Card>> by;
#else
  std::vector<std::variant<std::monostate, Card, Cash>> by;
#endif
  std::variant<Card> only;
};
struct Bill {
  using Event = std::variant<Paid>;
};
void evolve(Bill&, const Paid&) {}
static_assert(daybook::Aggregate<Bill>);
