// The same, with functions that are no static ones.
// expect: S says in part how it is saved
// expect: S = Book|check_saved<Book>
#include <daybook/store.hpp>

struct Placed {};
struct Book {
  using Event = std::variant<Placed>;
#ifdef MISTAKE
  void save(std::string&) const {}
  void load(std::string_view) {}
#endif
};
void evolve(Book&, const Placed&) {}

void read(const daybook::Store& store) { (void)store.stream<Book>("gold"); }
