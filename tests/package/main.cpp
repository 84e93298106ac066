#include <daybook/daybook.hpp>
#include <daybook/open.hpp>

#include <cstdio>

struct Lent {};         // an event: what happened
struct Lend {};         // a command: what is asked
struct AlreadyLent {};  // a refusal: why not

struct Book {
  using Event = std::variant<Lent>;
  bool lent = false;
};
void evolve(Book& b, const Lent&) { b.lent = true; }
daybook::Decision<Book> decide(const Book& b, const Lend&) {
  if (b.lent) return daybook::refuse(AlreadyLent{});
  return Lent{};
}
static_assert(daybook::Aggregate<Book>);

int main() {
  auto store = daybook::open("library.daybook");
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  auto book = store->stream<Book>("moby-dick");
  auto first = book.execute(Lend{}), second = book.execute(Lend{});
  if (first.is_error() || second.is_error()) return 1;
  std::printf("lent %s; a second time: %s\n", first ? "now" : "before", second ? "twice?" : "AlreadyLent");
  return second.refused<AlreadyLent>() && book.state()->lent ? 0 : 1;
}
