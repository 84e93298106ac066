// The aggregate that the simulated program writes: its state depends on every one of its events and on their order.
#pragma once

#include "daybook/store.hpp"

namespace daybook::simulation {

struct Added {
  std::int64_t amount = 0;
};
// In the other content type.
struct Taken {
  static constexpr Payload stored_payload = Payload::Avro;
  std::int64_t amount = 0;
};

struct Add {
  std::int64_t amount = 0;
};
struct Take {
  std::int64_t amount = 0;
};
struct Move {
  std::int64_t amount = 0;
};

struct TooLittle {
  std::int64_t total = 0;
};

struct Tally {
  using Event = std::variant<Added, Taken>;
  std::int64_t events = 0;
  std::int64_t total = 0;
  std::int64_t trail = 0;  // of every amount, in order
  friend bool operator==(const Tally&, const Tally&) = default;

  void change(std::int64_t by) {
    ++events;
    total += by;
    trail = (trail * 1'000'003 + by + 1'000) % 1'000'000'007;
  }
};
inline void evolve(Tally& t, const Added& e) { t.change(e.amount); }
inline void evolve(Tally& t, const Taken& e) { t.change(-e.amount); }
static_assert(Aggregate<Tally>);

// The same, folded from the log alone: a view has no snapshots, and no state of it is kept.
struct TallyRow {
  using Reads = from<Tally>;
  using Event = Tally::Event;
  Tally tally{};
};
inline void evolve(TallyRow& r, const Added& e) { evolve(r.tally, e); }
inline void evolve(TallyRow& r, const Taken& e) { evolve(r.tally, e); }

inline Decision<Tally> decide(const Tally&, const Add& c) { return Added{c.amount}; }
inline Decision<Tally> decide(const Tally& t, const Take& c) {
  if (t.total < c.amount) return refuse(TooLittle{t.total});
  if (c.amount == 0) return {};
  return Taken{c.amount};
}
inline Decision<Tally, Tally> decide(const Tally& from, const Tally&, const Move& c) {
  if (from.total < c.amount) return refuse(TooLittle{from.total});
  return {first(Taken{c.amount}), second(Added{c.amount})};
}

}  // namespace daybook::simulation
