// An enumerator that would not be found, so that no event with it could be written.
// expect: the enum E has an enumerator outside the range
// expect: E = Rights|enumerators<Rights>
#include <daybook/daybook.hpp>

enum class Rights : std::uint32_t { Read = 1, Write = 2, Grant = 1u << 9 };
enum class Http : std::int64_t { Ok = 200, NotFound = 404 };
#ifndef MISTAKE
template <>
inline constexpr daybook::reflect::EnumRange daybook::reflect::enum_range<Rights> = {0, 512};
#endif
template <>
inline constexpr daybook::reflect::EnumRange daybook::reflect::enum_range<Http> = {100, 599};

struct Granted {
  Rights rights;
  Http told;
};
struct Account {
  using Event = std::variant<Granted>;
};
void evolve(Account&, const Granted&) {}
static_assert(daybook::Aggregate<Account>);
static_assert(daybook::reflect::enum_name(Rights::Grant) == "Grant");
static_assert(daybook::reflect::enum_name(Http::NotFound) == "NotFound");
