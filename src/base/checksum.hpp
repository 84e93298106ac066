// The one checksum and the one hash of Daybook: XXH3-64 (xxHash 0.8's stable format).
//
// It finds damage; it proves nothing against an enemy, who can make bytes with any XXH3. Where names come from an
// enemy, a hit is compared with the name itself.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace daybook::base {

std::uint64_t checksum(std::string_view bytes) noexcept;
// The same under a seed, so that names that collide in one log do not in another.
std::uint64_t hash(std::string_view bytes, std::uint64_t seed) noexcept;

// One step of a running checksum: order matters, and so does every bit of both.
constexpr std::uint64_t chained(std::uint64_t before, std::uint64_t digest) noexcept {
  // For a fixed digest a bijection of `before`, and the other way round, so that no difference is ever lost in one
  // step.
  std::uint64_t mixed = (std::rotl(before, 29) * 0x9e3779b97f4a7c15u) ^ digest;
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93u;
  mixed ^= mixed >> 29;
  return mixed + 0x632be59bd9b4e019u;
}

}  // namespace daybook::base
