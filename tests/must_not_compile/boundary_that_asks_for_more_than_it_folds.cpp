// A query that asks for an event which the boundary's state does not list, and so could not fold.
// expect: the query asks for the event E, which the state S does not list
// expect: E = SeatReleased|check_asked_for<Seat, SeatReleased>
#include <daybook/store.hpp>

struct SeatBooked {};
struct SeatReleased {};
daybook::Tags tags(const SeatBooked&) { return {{"seat", "12A"}}; }
daybook::Tags tags(const SeatReleased&) { return {{"seat", "12A"}}; }
struct Seat {
#ifdef MISTAKE
  using Event = std::variant<SeatBooked>;
#else
  using Event = std::variant<SeatBooked, SeatReleased>;
#endif
};
void evolve(Seat&, const SeatBooked&) {}
void evolve(Seat&, const SeatReleased&) {}

void read(const daybook::Store& store) {
  (void)store.boundary<Seat>(daybook::events<SeatBooked, SeatReleased>().tagged("seat", "12A"));
}
