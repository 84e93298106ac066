// Where a string stops being plain: the inner loop of reading and writing JSON.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace daybook::codec {

// The first byte from `at` on that ends a plain ASCII run in a string: a quote, backslash, control or non-ASCII byte.
inline const char* plain_run(const char* at, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x8080808080808080u;
  // Eight at a time; a borrow can only mark a byte above one that is marked rightly, and the lowest mark is what
  // counts.
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    const std::uint64_t quote = word ^ (kOnes * '"'), backslash = word ^ (kOnes * '\\');
    const std::uint64_t special =
        (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | (word - kOnes * 0x20) | word) & kHigh;
    if (special != 0) return at + std::countr_zero(special) / 8;
    at += 8;
  }
  while (at < end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20 &&
         static_cast<unsigned char>(*at) < 0x80)
    ++at;
  return at;
}

}  // namespace daybook::codec
