// A key that points into the event it was made of, which is gone when the rows are read.
// expect: the key of a view owns what it is made of
// expect: Key = Owner|check_key<Owner
#include <daybook/daybook.hpp>

struct Opened {
  std::string owner;
  std::int64_t branch;
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Owner {
#ifdef MISTAKE
  std::string_view name;
#else
  std::string name;
#endif
  std::int64_t branch;
  friend auto operator<=>(const Owner&, const Owner&) = default;
};
struct Accounts {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
  static Owner key(const Opened& e) { return {e.owner, e.branch}; }
};
void evolve(Accounts&, const Opened&) {}
daybook::Rows<Accounts> rows;
