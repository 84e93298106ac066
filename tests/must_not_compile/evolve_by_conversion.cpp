// A catch-all that takes the variant of all events, to which each of them converts.
// expect: S evolves with E only by converting it
// expect: S = Account; E = Withdrawn|check_evolve<Account, Withdrawn>
#include <daybook/daybook.hpp>

struct Opened {};
struct Withdrawn {};
struct Account {
  using Event = std::variant<Opened, Withdrawn>;
};
void evolve(Account&, const Opened&) {}
#ifdef MISTAKE
void evolve(Account&, const Account::Event&) {}
#else
void evolve(Account&, const Withdrawn&) {}
#endif
static_assert(daybook::Aggregate<Account>);

// What is no mistake: an event that a template takes as it is, or a copy of it, or that a friend takes.
template <class T>
struct Changed {
  T to;
};
struct Renamed {};
struct Settings {
  using Event = std::variant<Changed<int>, Renamed, Opened>;
  friend void evolve(Settings&, const Opened&) {}
};
template <class T>
void evolve(Settings&, const Changed<T>&) {}
void evolve(Settings&, Renamed) {}
static_assert(daybook::Aggregate<Settings>);

struct Small final {
  using Event = std::variant<Opened>;
};
template <int Size>
struct Ring {
  static constexpr std::string_view stored_as = "Ring";
  using Event = std::variant<Opened>;
};
void evolve(Small&, const Opened&) {}
template <int Size>
void evolve(Ring<Size>&, const Opened&) {}
static_assert(daybook::Aggregate<Small> && daybook::Aggregate<Ring<3>>);
