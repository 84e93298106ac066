// Two types of one name in one event: to a reader of its schema they would be one.
// expect: two different types within E are stored under one Name
// expect: E = Paid|check_no_clash<Paid
// expect: Money
#include <daybook/daybook.hpp>

#include <map>
#include <vector>

namespace here {
struct Money {
  std::int64_t cents;
};
}  // namespace here
namespace there {
struct Money {
#ifndef MISTAKE
  static constexpr std::string_view stored_as = "ForeignMoney";
#endif
  std::int64_t pence;
};
}  // namespace there

enum class Kind : std::uint8_t { Cash, Card };
struct Line {
  Kind kind;
  std::vector<Line> parts;  // recursive
  std::optional<std::map<std::string, there::Money>> fees;
};
struct Paid {
  here::Money amount;
  std::variant<std::string, Line> what;
  std::array<std::byte, 4> check;
  std::array<std::byte, 4> other_check;
  daybook::Uuid id;
};
struct Account {
  using Event = std::variant<Paid>;
};
void evolve(Account&, const Paid&) {}
static_assert(daybook::Aggregate<Account>);
