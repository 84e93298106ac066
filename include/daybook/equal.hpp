// Whether two values are the same, field by field: users write no operator== for their events and refusals.
//
// Structs are compared by their fields, and so are the elements of what they hold (optional, variant, vector, map, pair
// and the like); everything else by its own operator==. Two NaNs are the same: what is asked is whether the same was
// decided, and arithmetic has another idea of equality.
#pragma once

#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "daybook/reflect.hpp"

namespace daybook::reflect {

namespace detail {
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_sum = false;
template <class... T>
inline constexpr bool is_sum<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;
}  // namespace detail

template <class T>
constexpr bool equal(const T& a, const T& b) {
  if constexpr (std::floating_point<T>) {
    return a == b || (a != a && b != b);
  } else if constexpr (Reflectable<T>) {
    bool all = true;
    for_each_field(a, b, [&](std::string_view, const auto& x, const auto& y) { all = all && equal(x, y); });
    return all;
  } else if constexpr (detail::is_optional<T>) {
    return a.has_value() == b.has_value() && (!a || equal(*a, *b));
  } else if constexpr (detail::is_sum<T>) {
    if (a.index() != b.index()) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((a.index() == I && equal(*std::get_if<I>(&a), *std::get_if<I>(&b))) || ...);
    }(std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (detail::is_pair<T>) {
    return equal(a.first, b.first) && equal(a.second, b.second);
  } else if constexpr (std::ranges::input_range<const T> && !std::convertible_to<const T&, std::string_view>) {
    auto x = std::ranges::begin(a);
    auto y = std::ranges::begin(b);
    for (; x != std::ranges::end(a) && y != std::ranges::end(b); ++x, ++y)
      if (!equal<std::ranges::range_value_t<const T>>(*x, *y)) return false;
    return x == std::ranges::end(a) && y == std::ranges::end(b);
  } else {
    return a == b;
  }
}

}  // namespace daybook::reflect
