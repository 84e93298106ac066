// A program outside of Daybook's tree, as a user begins: an aggregate, its rules, and a test of them.
#include <daybook/daybook.hpp>
#include <daybook/given.hpp>

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
  daybook::given<Book>(Lent{}).when(Lend{}).refused(AlreadyLent{});
  std::puts("the installed package works");
}
