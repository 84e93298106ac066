// A program outside of Daybook's tree, as a user begins: an aggregate, a test of its rules, and a store of it on disk.
#include <daybook/daybook.hpp>
#include <daybook/given.hpp>
#include <daybook/open.hpp>

#include <cstdio>
#include <variant>

struct Lent {};
struct Returned {};
struct Lend {};
struct AlreadyLent {};

struct Book {
  using Event = std::variant<Lent, Returned>;
  bool lent = false;
};
void evolve(Book& b, const Lent&) { b.lent = true; }
void evolve(Book& b, const Returned&) { b.lent = false; }

daybook::Decision<Book> decide(const Book& b, const Lend&) {
  if (b.lent) return daybook::refuse(AlreadyLent{});
  return Lent{};
}
static_assert(daybook::Aggregate<Book>);

int main() {
  daybook::given<Book>(Lent{}, Returned{}).when(Lend{}).then(Lent{});
  auto store = daybook::open("library.daybook");
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  auto book = store->stream<Book>("moby-dick");
  const bool lent = book.execute(Lend{}).has_value();
  const bool refused = book.execute(Lend{}).refused<AlreadyLent>().has_value();
  return lent && refused && book.state()->lent && std::puts("the installed package works") >= 0 ? 0 : 1;
}
