// A view whose rows could not be put in order.
// expect: the key of a view must be ordered
// expect: Key = Owner; V = ByOwner|check_key<Owner, ByOwner>
#include <daybook/daybook.hpp>

struct Owner {
  std::string name;
#ifndef MISTAKE
  friend auto operator<=>(const Owner&, const Owner&) = default;
#endif
};
struct Opened {
  Owner owner;
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct ByOwner {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
  static Owner key(const Opened& e) { return e.owner; }
};
void evolve(ByOwner&, const Opened&) {}
daybook::Rows<ByOwner> rows;
