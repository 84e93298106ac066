// Events asked for by a tag that they are never given: such a boundary would match none of them, and guard nothing.
// expect: asks for the event E by its tags, but E has none
// expect: E = sales::SeatReleased|check_tagged<sales::SeatReleased
#include <daybook/store.hpp>

namespace sales {
struct SeatBooked {
  std::string seat;
};
struct SeatReleased {
  std::string seat;
};
daybook::Tags tags(const SeatBooked& e) { return {{"seat", e.seat}}; }
#ifndef MISTAKE
daybook::Tags tags(const SeatReleased& e) { return {{"seat", e.seat}}; }
#endif
struct Seat {
  using Event = std::variant<SeatBooked, SeatReleased>;
};
void evolve(Seat&, const SeatBooked&) {}
void evolve(Seat&, const SeatReleased&) {}
}  // namespace sales
#ifdef MISTAKE
daybook::Tags tags(const sales::SeatReleased& e) { return {{"seat", e.seat}}; }  // not beside the event
#endif

void read(const daybook::Store& store) {
  using daybook::events;
  (void)store.boundary<sales::Seat>(
      (events<sales::SeatBooked>() | events<sales::SeatReleased>()).tagged("seat", "12A"));
  // Nothing is asked of types that are not named, nor of a query by hand.
  (void)store.boundary<sales::Seat>(events<>().tagged("seat", "12A"));
  (void)store.boundary<sales::Seat>(daybook::Query{{{.types = {"SeatReleased"}, .tags = {"seat:12A"}}}});
}
