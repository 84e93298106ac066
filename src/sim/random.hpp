// Random numbers for simulations: the same seed gives the same run on every machine and with every standard library.
#pragma once

#include <cstdint>

#include "base/ensure.hpp"

namespace daybook::sim {

// splitmix64 (Steele, Lea, Flood 2014). For one thread at a time.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 .. bound-1. The modulo's bias is below 2^-32 for every bound that occurs here.
  constexpr std::uint64_t below(std::uint64_t bound) {
    ENSURE(bound > 0);
    return next() % bound;
  }
  // True once in `n` times.
  constexpr bool one_in(std::uint64_t n) { return below(n) == 0; }
  constexpr bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace daybook::sim
