// An evolve that is there, but beside neither the state nor the event, so that nobody finds it.
// expect: beside the state or the event: in another namespace it is not found
// expect: S = bank::Account; E = bank::Opened|check_evolve<bank::Account, bank::Opened>
#include <daybook/daybook.hpp>

namespace bank {
struct Opened {};
struct Account {
  using Event = std::variant<Opened>;
};
}  // namespace bank

#ifdef MISTAKE
namespace rules {
#else
namespace bank {
#endif
void evolve(bank::Account&, const bank::Opened&) {}
}
static_assert(daybook::Aggregate<bank::Account>);
