// Two events of one category that a view would read under one stored name.
// expect: two events that the view S reads from one category have one stored name
// expect: S = Turnover|check_events<Turnover
#include <daybook/daybook.hpp>

namespace euro {
struct Deposited {};
}  // namespace euro
namespace dollar {
struct Deposited {};
}  // namespace dollar

struct EuroAccount {
  static constexpr std::string_view stored_as = "Account";
  using Event = std::variant<euro::Deposited>;
};
void evolve(EuroAccount&, const euro::Deposited&) {}
struct DollarAccount {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "Account";
#endif
  using Event = std::variant<dollar::Deposited>;
};
void evolve(DollarAccount&, const dollar::Deposited&) {}

// Whether two aggregates share a category is seen only where somebody reads both.
struct Turnover {
  using Reads = daybook::from<EuroAccount, DollarAccount>;
  using Event = std::variant<euro::Deposited, dollar::Deposited>;
};
void evolve(Turnover&, const euro::Deposited&) {}
void evolve(Turnover&, const dollar::Deposited&) {}
daybook::Rows<Turnover> rows;
