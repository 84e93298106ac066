// How much memory a state takes, as the cache counts it: an estimate, made by reflection.
//
// A state that knows better, or holds something that is not counted here (pointers, its own containers), says so
// itself: `std::size_t memory_used() const`, of everything it holds besides its own sizeof.
#pragma once

#include <concepts>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "daybook/reflect.hpp"

namespace daybook {

template <class T>
std::size_t memory_beyond(const T& value);

namespace detail {

// Of a tree's node or a list's, beside the value: links, colour, the allocator's own.
inline constexpr std::size_t kNodeBytes = 48;

// No part of such a value lies elsewhere, so containers of them are counted without looking at each.
template <class T>
inline constexpr bool is_flat = std::is_trivially_copyable_v<T>;

template <class Items>
std::size_t beyond_items(const Items& items) {
  std::size_t bytes = 0;
  if constexpr (!is_flat<typename Items::value_type>)
    for (const auto& item : items) bytes += memory_beyond(item);
  return bytes;
}

template <class... T>
std::size_t beyond(const std::variant<T...>& v) {
  return std::visit([](const auto& one) { return memory_beyond(one); }, v);
}
template <class T>
std::size_t beyond(const std::optional<T>& v) {
  return v ? memory_beyond(*v) : 0;
}
template <class A, class B>
std::size_t beyond(const std::pair<A, B>& v) {
  return memory_beyond(v.first) + memory_beyond(v.second);
}
template <class T>
std::size_t beyond(const std::vector<T>& v) {
  return v.capacity() * sizeof(T) + beyond_items(v);
}
inline std::size_t beyond(const std::vector<bool>& v) { return v.capacity() / 8; }
template <class T>
std::size_t beyond(const std::deque<T>& v) {
  return 512 + v.size() * sizeof(T) + beyond_items(v);
}
template <class Nodes>
  requires requires(const Nodes& nodes) {
    typename Nodes::key_type;
    nodes.size();
    nodes.begin();
  }
std::size_t beyond(const Nodes& nodes) {
  return nodes.size() * (kNodeBytes + sizeof(typename Nodes::value_type)) + beyond_items(nodes);
}
inline std::size_t beyond(const std::string& v) { return v.capacity() > 15 ? v.capacity() + 1 : 0; }

}  // namespace detail

// The bytes that `value` holds outside of itself.
template <class T>
std::size_t memory_beyond(const T& value) {
  if constexpr (requires {
                  { value.memory_used() } -> std::convertible_to<std::size_t>;
                }) {
    return value.memory_used();
  } else if constexpr (detail::is_flat<T>) {
    return 0;
  } else if constexpr (requires { detail::beyond(value); }) {
    return detail::beyond(value);
  } else if constexpr (reflect::Reflectable<T>) {
    std::size_t bytes = 0;
    reflect::for_each_field(value, [&](std::string_view, const auto& field) { bytes += memory_beyond(field); });
    return bytes;
  } else {
    return 0;
  }
}

}  // namespace daybook
