// A domain whose consistency is no aggregate's: a seat is what a query finds.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "daybook/daybook.hpp"

namespace flight {

struct SeatBooked {
  std::string flight;
  std::string seat;
  std::string passenger;
};
struct SeatReleased {
  std::string flight;
  std::string seat;
};
struct MealOrdered {
  std::string flight;
  std::string dish;
};
inline daybook::Tags tags(const SeatBooked& e) { return {{"flight", e.flight}, {"seat", e.seat}}; }
inline daybook::Tags tags(const SeatReleased& e) { return {{"flight", e.flight}, {"seat", e.seat}}; }
inline daybook::Tags tags(const MealOrdered& e) { return {{"flight", e.flight}}; }

struct BookSeat {
  std::string flight;
  std::string seat;
  std::string passenger;
};
struct SeatTaken {
  std::string by;
};

struct Seat {
  using Event = std::variant<SeatBooked, SeatReleased>;
  std::optional<std::string> passenger;
};
inline void evolve(Seat& s, const SeatBooked& e) { s.passenger = e.passenger; }
inline void evolve(Seat& s, const SeatReleased&) { s.passenger.reset(); }

inline daybook::Decision<Seat> decide(const Seat& s, const BookSeat& c) {
  if (s.passenger) return daybook::refuse(SeatTaken{*s.passenger});
  return SeatBooked{c.flight, c.seat, c.passenger};
}

static_assert(daybook::Aggregate<Seat>);

}  // namespace flight
