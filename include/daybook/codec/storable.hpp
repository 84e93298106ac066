// Which types can be stored in an event, a command's refusal or a saved state: `Storable<T>`.
//
//   bool; integers of 8 to 64 bits; float; double       char and its kin are not numbers, long double differs between
//                                                       machines: neither is storable
//   enums with a fixed underlying type                  stored by the names of their enumerators, which are looked for
//                                                       from -128 to 255: reflect.hpp says how to have others
//   std::string                                         UTF-8
//   std::vector<std::byte>, std::array<std::byte, N>    bytes
//   daybook::Uuid
//   std::chrono::duration, sys_time                     of the standard's units, nanoseconds to years, counted in
//                                                       signed integers of 32 or 64 bits (durations: or float, double);
//                                                       sys_days within 32 bits of days
//   std::optional<T>                                    not of an optional
//   std::vector, std::deque, std::array, std::set       g++ 12 ends in an internal compiler error (check_noexcept_r)
//                                                       where a field is a std::array of elements that own memory: of
//                                                       strings, vectors, deques, sets or maps, or of optionals,
//                                                       variants, structs or arrays of these; write a std::vector, or
//                                                       a struct with a name for each
//   std::map<K, V>                                      K: string, integer, enum, Uuid, or a struct of one such field
//   std::variant<T...>                                  alternatives that Avro can tell apart: each struct, enum and
//                                                       fixed by its name, of the others one of each Avro type;
//                                                       not variant<monostate, X> or optional<variant<X>>, which would
//                                                       pass for optional<X>: write that, or a variant of two things
//   structs of all these, also recursive through a vector, map or optional of itself
//
// Hashed containers are not: their order differs between machines, and so would what is folded from them.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <ratio>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "daybook/codec/type.hpp"
#include "daybook/name.hpp"
#include "daybook/reflect.hpp"
#include "daybook/types.hpp"

namespace daybook::codec {
namespace detail {

// Avro's rule for names, so that every schema is one that other tools accept.
constexpr bool is_avro_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return true;
}

template <class T>
concept Integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t> && sizeof(T) <= 8;

template <class T>
inline constexpr Unit unit_of_period = Unit::None;
template <>
inline constexpr Unit unit_of_period<std::nano> = Unit::Nanos;
template <>
inline constexpr Unit unit_of_period<std::micro> = Unit::Micros;
template <>
inline constexpr Unit unit_of_period<std::milli> = Unit::Millis;
template <>
inline constexpr Unit unit_of_period<std::ratio<1>> = Unit::Seconds;
template <>
inline constexpr Unit unit_of_period<std::chrono::minutes::period> = Unit::Minutes;
template <>
inline constexpr Unit unit_of_period<std::chrono::hours::period> = Unit::Hours;
template <>
inline constexpr Unit unit_of_period<std::chrono::days::period> = Unit::Days;
template <>
inline constexpr Unit unit_of_period<std::chrono::weeks::period> = Unit::Weeks;
template <>
inline constexpr Unit unit_of_period<std::chrono::months::period> = Unit::Months;
template <>
inline constexpr Unit unit_of_period<std::chrono::years::period> = Unit::Years;

template <class T>
struct Chrono {
  static constexpr bool is = false;
};
template <class Rep, class Period>
struct Chrono<std::chrono::duration<Rep, Period>> {
  using Number = Rep;
  static constexpr Unit unit = unit_of_period<typename Period::type>;
  static constexpr bool instant = false;
  static constexpr bool is = unit != Unit::None && ((Integer<Rep> && std::is_signed_v<Rep> && sizeof(Rep) >= 4) ||
                                                    std::same_as<Rep, float> || std::same_as<Rep, double>);
};
template <class Duration>
struct Chrono<std::chrono::sys_time<Duration>> {
  using Number = typename Duration::rep;
  static constexpr Unit unit = Chrono<Duration>::unit;
  static constexpr bool instant = true;
  static constexpr bool is = Chrono<Duration>::is && Integer<Number>;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

template <class T>
inline constexpr bool is_bytes_array = false;
template <std::size_t N>
inline constexpr bool is_bytes_array<std::array<std::byte, N>> = N > 0;

template <class T>
struct Sequence {
  static constexpr bool is = false;
};
template <class T>
struct Sequence<std::vector<T>> {
  using Item = T;
  static constexpr bool is = true;
};
template <class T>
struct Sequence<std::deque<T>> {
  using Item = T;
  static constexpr bool is = true;
};
template <class T>
struct Sequence<std::set<T>> {
  using Item = T;
  static constexpr bool is = true;
};
template <class T, std::size_t N>
struct Sequence<std::array<T, N>> {
  using Item = T;
  static constexpr bool is = true;
};

// "bytes_32": std::array<std::byte, 32> has to have a name in Avro.
template <std::size_t N>
struct FixedText {
  static constexpr auto make() {
    std::array<char, 32> room{"bytes_"};
    std::size_t size = 6, digits = 0;
    for (auto n = N; n > 0; n /= 10) ++digits;
    for (auto n = N; n > 0; n /= 10) room[size + --digits] = static_cast<char>('0' + n % 10);
    while (room[size] != 0) ++size;
    return std::pair{room, size};
  }
  static constexpr auto made = make();
  static constexpr std::string_view text{made.first.data(), made.second};
};

// What tells the branches of a union apart: the name of a named type, else the Avro type.
template <class T>
constexpr std::string_view branch_name_of() {
  if constexpr (std::same_as<T, std::monostate>)
    return "null";
  else if constexpr (std::same_as<T, bool>)
    return "boolean";
  else if constexpr (Chrono<T>::is) {
    if constexpr (Chrono<T>::instant && Chrono<T>::unit == Unit::Days) return "int";  // Avro's date
    return branch_name_of<typename Chrono<T>::Number>();
  } else if constexpr (Integer<T>)
    return sizeof(T) < 4 || (sizeof(T) == 4 && std::is_signed_v<T>) ? "int" : "long";
  else if constexpr (std::same_as<T, float>)
    return "float";
  else if constexpr (std::same_as<T, double>)
    return "double";
  else if constexpr (std::same_as<T, std::string>)
    return "string";
  else if constexpr (std::same_as<T, std::vector<std::byte>>)
    return "bytes";
  else if constexpr (is_bytes_array<T>)
    return FixedText<std::tuple_size_v<T>>::text;
  else if constexpr (Sequence<T>::is)
    return "array";
  else if constexpr (std::is_enum_v<T> || reflect::Reflectable<T>)
    return type_name<T>();
  else
    return "map";
}

template <class... Ts>
constexpr bool branches_differ() {
  const std::array<std::string_view, sizeof...(Ts)> names{branch_name_of<Ts>()...};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

template <class K>
constexpr bool is_key() {
  if constexpr (std::same_as<K, std::string> || Integer<K> || std::same_as<K, Uuid>)
    return true;
  else if constexpr (std::is_enum_v<K>)
    return reflect::Enum<K>;
  else if constexpr (reflect::Reflectable<K>) {
    if constexpr (reflect::field_count<K> == 1)
      return is_key<reflect::FieldType<K, 0>>();
    else
      return false;
  } else
    return false;
}

// A variant of nothing or one thing has the schema of an optional, so what stands in the log would be read as one: its
// JSON names the alternative, an optional's does not. Lax: let it pass, to tell whether it is all that stands against T.
// Seen: the structs on the way here, so that a recursive one ends.
template <bool Lax, class T, class... Seen>
struct IsStorable {
  static constexpr bool fields() {
    if constexpr (!std::default_initializable<T>)
      return false;
    else
      return []<std::size_t... I>(std::index_sequence<I...>) {
        return (IsStorable<Lax, reflect::FieldType<T, I>, T, Seen...>::value && ...);
      }(std::make_index_sequence<reflect::field_count<T>>{});
  }
  static constexpr bool make() {
    if constexpr (std::same_as<T, bool> || Integer<T> || std::same_as<T, float> || std::same_as<T, double> ||
                  std::same_as<T, std::string> || std::same_as<T, std::vector<std::byte>> || is_bytes_array<T> ||
                  std::same_as<T, Uuid> || Chrono<T>::is)
      return true;
    else if constexpr (std::is_enum_v<T>)
      return reflect::Enum<T>;
    else if constexpr (Sequence<T>::is)
      return IsStorable<Lax, typename Sequence<T>::Item, Seen...>::value;
    else if constexpr ((std::same_as<T, Seen> || ...))
      return true;
    else if constexpr (reflect::Reflectable<T>)
      return fields();
    else
      return false;
  }
  static constexpr bool value = make();
};
template <bool Lax, class T, class... Seen>
struct IsStorable<Lax, std::optional<T>, Seen...> {
  static constexpr bool value =
      !is_optional<T> && !std::same_as<T, std::monostate> && IsStorable<Lax, T, Seen...>::value;
};
// An optional of a variant that can be nothing itself would have two nothings.
template <bool Lax, class... Ts, class... Seen>
struct IsStorable<Lax, std::optional<std::variant<Ts...>>, Seen...> {
  static constexpr bool value = !(std::same_as<Ts, std::monostate> || ...) && (Lax || sizeof...(Ts) > 1) &&
                                IsStorable<Lax, std::variant<Ts...>, Seen...>::value;
};
template <bool Lax, class K, class V, class... Seen>
struct IsStorable<Lax, std::map<K, V>, Seen...> {
  static constexpr bool value = is_key<K>() && IsStorable<Lax, V, Seen...>::value;
};
template <bool Lax, class... Ts, class... Seen>
struct IsStorable<Lax, std::variant<Ts...>, Seen...> {
  template <class T>
  static constexpr bool alternative() {
    if constexpr (std::same_as<T, std::monostate>)
      return true;
    else
      return !is_optional<T> && !is_variant<T> && IsStorable<Lax, T, Seen...>::value;
  }
  static constexpr bool make() {
    if constexpr ((alternative<Ts>() && ...))
      return branches_differ<Ts...>() && (Lax || sizeof...(Ts) != 2 || !(std::same_as<Ts, std::monostate> || ...));
    else
      return false;
  }
  static constexpr bool value = make();
};

}  // namespace detail

template <class T>
concept Storable = detail::IsStorable<false, T>::value;

namespace detail {
template <class T>
concept HidesOptional = !Storable<T> && IsStorable<true, T>::value;
// For whoever stores a T: a compile error in words if nothing but such a variant, at T or within it, stands against it.
template <class T>
consteval void check_no_hidden_optional() {
  static_assert(!HidesOptional<T>,
                "daybook: here, or within, is std::variant<std::monostate, X> or std::optional<std::variant<X>>, which "
                "would be stored as an optional and not be read as one; write std::optional<X>, or a variant of two "
                "things: std::variant<std::monostate, X, Y>");
}
}  // namespace detail

}  // namespace daybook::codec
