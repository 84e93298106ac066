// A view whose rows have keys of two types.
// expect: the keys of a view are of one type for all its events
#include <daybook/daybook.hpp>

struct Opened {
  std::string owner;
};
struct Closed {};
struct Account {
  using Event = std::variant<Opened, Closed>;
};
void evolve(Account&, const Opened&) {}
void evolve(Account&, const Closed&) {}

struct Owner {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Closed>;
  static std::string key(const Opened& e) { return e.owner; }
#ifdef MISTAKE
  static int key(const Closed&) { return 0; }
#else
  static std::string key(const Closed&) { return "nobody"; }
#endif
};
void evolve(Owner&, const Opened&) {}
void evolve(Owner&, const Closed&) {}
daybook::Rows<Owner> rows;
