// From the name of a stored event to the alternative of a state's Event: the one step of reading that knows types by
// name.
//
// Made wholly at compile time; any thread may use it. A look-up hashes the name once and compares one string.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "daybook/aggregate.hpp"

namespace daybook {
namespace detail {

// Not for hostile input: the table holds the program's own names, and a stranger is compared with at most the few
// entries up to the next empty slot.
constexpr std::uint64_t name_hash(std::string_view name, std::uint64_t seed = 0) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  std::uint64_t hash = seed ^ (name.size() * kMultiplier);
  while (!name.empty()) {
    const std::size_t n = name.size() < 8 ? name.size() : 8;
    std::uint64_t word = 0;
    if (std::is_constant_evaluated()) {
      for (std::size_t i = 0; i < n; ++i) word |= std::uint64_t(static_cast<unsigned char>(name[i])) << (8 * i);
    } else {
      std::memcpy(&word, name.data(), n);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    }
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
    name.remove_prefix(n);
  }
  return hash;
}

// Open addressing, at most half full, so that a search ends soon.
template <std::size_t N>
class NameTable {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  consteval explicit NameTable(const std::array<Entry, N>& entries) {
    for (const auto& entry : entries) {
      std::size_t at = slot(entry.category, entry.type);
      while (slots_[at].index != kNone) at = (at + 1) % kSlots;
      slots_[at] = entry;
    }
  }

  constexpr std::size_t find(std::string_view category, std::string_view type) const {
    for (std::size_t at = slot(category, type); slots_[at].index != kNone; at = (at + 1) % kSlots)
      if (slots_[at].type == type && slots_[at].category == category) return slots_[at].index;
    return kNone;
  }

 private:
  static constexpr std::size_t kSlots = std::bit_ceil(2 * N + 1);
  static constexpr std::size_t slot(std::string_view category, std::string_view type) {
    return name_hash(type, name_hash(category)) % kSlots;
  }
  static consteval std::array<Entry, kSlots> empty_slots() {
    std::array<Entry, kSlots> slots{};
    for (auto& one : slots) one.index = kNone;
    return slots;
  }

  std::array<Entry, kSlots> slots_ = empty_slots();
};

template <class S>
inline constexpr NameTable<entries_of<S>.size()> name_table{entries_of<S>};

// An aggregate's stream is its own, so its events are told apart by type alone.
template <class S>
consteval auto type_table() {
  auto entries = entries_of<S>;
  for (auto& entry : entries) entry.category = {};
  return NameTable<entries.size()>(entries);
}
template <class S>
inline constexpr auto own_type_table = type_table<S>();

}  // namespace detail

// The events of a state S by number, in the order of its `Event`.
template <class S>
class EventTable {
 public:
  using Event = typename S::Event;
  static constexpr std::size_t kSize = std::variant_size_v<Event>;
  // What find() gives for an event that S does not list.
  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

  template <std::size_t Index>
  using Alternative = std::variant_alternative_t<Index, Event>;

  // The alternative stored as `type` in streams of `category`.
  static constexpr std::size_t find(std::string_view category, std::string_view type) {
    return detail::name_table<S>.find(category, type);
  }
  // The alternative stored as `type` in a stream that is known to be S's own.
  static constexpr std::size_t find_own(std::string_view type)
    requires(!detail::HasReads<S>)
  {
    return detail::own_type_table<S>.find({}, type);
  }

  // The stored name and today's schema version of each alternative.
  static constexpr std::array<std::string_view, kSize> names = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, kSize>{event_name<Alternative<I>>()...};
  }(std::make_index_sequence<kSize>{});
  static constexpr std::array<std::uint16_t, kSize> versions = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::uint16_t, kSize>{schema_version<Alternative<I>>()...};
  }(std::make_index_sequence<kSize>{});

  // Calls f(std::type_identity<E>{}) for the alternative number `index`, which must be one, and returns what it returns
  // (the same type for each).
  template <class F>
  static constexpr decltype(auto) with(std::size_t index, F f) {
    return with_from<0>(index, f);
  }

 private:
  template <std::size_t I, class F>
  static constexpr decltype(auto) with_from(std::size_t index, F& f) {
    if constexpr (I + 1 < kSize)
      if (index != I) return with_from<I + 1>(index, f);
    return f(std::type_identity<Alternative<I>>{});
  }
};

}  // namespace daybook
