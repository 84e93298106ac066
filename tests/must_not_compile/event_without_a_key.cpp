// A view with a key for one of its events and none for the other.
// expect: this view has a key, but none that takes the event E
// expect: E = Closed|<Owner, Closed>
#include <daybook/daybook.hpp>

struct Opened {
  std::string owner;
};
struct Closed {
  std::string owner;
};
struct Account {
  using Event = std::variant<Opened, Closed>;
};
void evolve(Account&, const Opened&) {}
void evolve(Account&, const Closed&) {}

struct Owner {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Closed>;
  static std::string key(const Opened& e) { return e.owner; }
#ifndef MISTAKE
  static std::string key(const Closed& e) { return e.owner; }
#endif
};
void evolve(Owner&, const Opened&) {}
void evolve(Owner&, const Closed&) {}
daybook::Rows<Owner> rows;
