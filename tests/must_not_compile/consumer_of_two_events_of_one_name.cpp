// Two events of one stored name in one consumer: the handler could not be told which one came.
// expect: two of these events have one stored name
#include <daybook/store.hpp>

namespace bank {
struct Closed {};
struct Account {
  using Event = std::variant<Closed>;
};
void evolve(Account&, const Closed&) {}
}  // namespace bank
namespace shop {
struct Closed {
#ifndef MISTAKE
  static constexpr std::string_view stored_as = "ShopClosed";
#endif
};
struct Till {
  using Event = std::variant<Closed>;
};
void evolve(Till&, const Closed&) {}
}  // namespace shop

void listen(daybook::Store& store) {
  using daybook::events;
  (void)store.subscribe("c", events<bank::Closed>().in<bank::Account>() | events<shop::Closed>().in<shop::Till>(),
                        daybook::from_end, [](const auto&) { return daybook::done; });
}
