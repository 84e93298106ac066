// A view that lists an event of an aggregate it does not read.
// expect: the view S lists the event E, which none of the aggregates in its `Reads` can have
// expect: E = shop::Closed|<Closings, shop::Closed
#include <daybook/daybook.hpp>

namespace bank {
struct Closed {};
struct Account {
  using Event = std::variant<Closed>;
};
void evolve(Account&, const Closed&) {}
}  // namespace bank
namespace shop {
struct Closed {};
struct Shop {
  using Event = std::variant<Closed>;
};
void evolve(Shop&, const Closed&) {}
}  // namespace shop

struct Closings {
#ifdef MISTAKE
  using Reads = daybook::from<bank::Account>;
#else
  using Reads = daybook::from<bank::Account, shop::Shop>;
#endif
  using Event = std::variant<bank::Closed, shop::Closed>;
};
void evolve(Closings&, const bank::Closed&) {}
void evolve(Closings&, const shop::Closed&) {}
static_assert(daybook::View<Closings>);
