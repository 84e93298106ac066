// A state whose name leaves its streams no room for an id.
// expect: the stored name of S can not begin the names of its streams
// expect: S = Account|check_state<Account>
#include <daybook/daybook.hpp>

#include <array>

constexpr auto long_name = [] {
  std::array<char, 511> name;
  name.fill('A');
  return name;
}();
struct Opened {};
struct Account {
#ifdef MISTAKE
  static constexpr std::string_view stored_as{long_name.data(), 511};
#else
  static constexpr std::string_view stored_as{long_name.data(), 510};
#endif
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
static_assert(daybook::Aggregate<Account>);
