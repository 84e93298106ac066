// Events asked for in the streams of an aggregate that never has them: the handler would never be called.
// expect: none of the aggregates that in<…>\(\) names lists the event E
// expect: E = Opened|check_is_somewhere<Opened
#include <daybook/daybook.hpp>

struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
struct Shipped {};
struct Parcel {
  using Event = std::variant<Shipped>;
};
void evolve(Parcel&, const Shipped&) {}

// What is no mistake: each event is in one of them.
const auto both = daybook::events<Opened, Shipped>().in<Account, Parcel>();
#ifdef MISTAKE
const auto some = daybook::events<Opened>().in<Parcel>();
#else
const auto some = daybook::events<Opened>().in<Account>();
#endif
