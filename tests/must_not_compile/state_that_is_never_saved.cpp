// A state with a field that can not be stored: it would never have a snapshot, and nobody would say so.
// expect: so S would never have a snapshot
// expect: S = Book|check_saved<Book>
#include <daybook/store.hpp>

#include <unordered_map>

struct Placed {};
struct Book {
  using Event = std::variant<Placed>;
  std::unordered_map<int, int> orders;
#ifndef MISTAKE
  static constexpr bool snapshots = false;
#endif
};
void evolve(Book&, const Placed&) {}

void read(const daybook::Store& store) { (void)store.stream<Book>("gold"); }
