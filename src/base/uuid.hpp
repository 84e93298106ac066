// New ids.
#pragma once

#include <cstdint>

#include "daybook/types.hpp"

namespace daybook::base {

// From the operating system's generator: for log ids and seeds.
Uuid random_uuid();

// Version 7 ids (RFC 9562 §5.7): milliseconds, then a counter of 42 bits that starts at random in each of them, then
// random bits; strictly increasing within one source. For one thread at a time.
class UuidSource {
 public:
  explicit UuidSource(std::uint64_t seed);
  Uuid next(Time now);

 private:
  std::uint64_t random();

  std::uint64_t state_;
  std::uint64_t millisecond_ = 0;
  std::uint64_t counter_ = 0;
};

}  // namespace daybook::base
