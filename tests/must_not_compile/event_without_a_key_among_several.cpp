// A view with a key for each of two events and none for the third: it would have had rows under the streams' names.
// expect: this view has a key, but none that takes the event E
// expect: E = Renamed|<Owner, Renamed>
#include <daybook/daybook.hpp>

struct Opened {
  std::string owner;
};
struct Closed {
  std::string owner;
};
struct Renamed {
  std::string from, to;
};
struct Account {
  using Event = std::variant<Opened, Closed, Renamed>;
};
void evolve(Account&, const Opened&) {}
void evolve(Account&, const Closed&) {}
void evolve(Account&, const Renamed&) {}

struct Owner {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Closed, Renamed>;
  static std::string key(const Opened& e) { return e.owner; }
  static std::string key(const Closed& e) { return e.owner; }
#ifndef MISTAKE
  static std::string key(const Renamed& e) { return e.to; }
#endif
};
void evolve(Owner&, const Opened&) {}
void evolve(Owner&, const Closed&) {}
void evolve(Owner&, const Renamed&) {}
daybook::Rows<Owner> rows;
