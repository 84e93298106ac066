// A state's own codec, one function of which is not quite as it should be: it would be passed over without a word.
// expect: S says in part how it is saved
// expect: S = Book|check_saved<Book>
#include <daybook/store.hpp>

struct Placed {};
struct Book {
  using Event = std::variant<Placed>;
  static constexpr std::uint32_t snapshot_version = 1;
  static void save(const Book&, std::string&) {}
#ifdef MISTAKE
  static bool load(std::string_view, Book&) { return true; }
#else
  static daybook::Status load(std::string_view, Book&) { return {}; }
#endif
};
void evolve(Book&, const Placed&) {}

// What is no mistake: a field or a step of an evolve that has such a name.
struct Truck {
  using Event = std::variant<Placed>;
  double load = 0;
  int save = 0;
};
void evolve(Truck& t, const Placed&) { t.load += t.save; }
struct Ship {
  using Event = std::variant<Placed>;
  double cargo = 0;
  void load(double more) { cargo += more; }
};
void evolve(Ship& s, const Placed&) { s.load(1); }

void read(const daybook::Store& store) {
  (void)store.stream<Book>("gold");
  (void)store.stream<Truck>("1");
  (void)store.stream<Ship>("1");
}
