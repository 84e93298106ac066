// An aggregate too many: it has none of the events, but one of its own of the same name, which would be read as ours.
// expect: the aggregate A, which in<…>\(\) names, lists none of the events
// expect: has an event of its own of the stored name of E
#include <daybook/daybook.hpp>

namespace bank {
struct Opened {
  std::string owner;
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}
}  // namespace bank
namespace post {
struct Opened {
  std::string owner;
};
struct Parcel {
  using Event = std::variant<Opened>;
};
void evolve(Parcel&, const Opened&) {}
}  // namespace post

#ifdef MISTAKE
const auto some = daybook::events<bank::Opened>().in<bank::Account, post::Parcel>();
#else
const auto some = daybook::events<bank::Opened>().in<bank::Account>();
#endif
