// The fields of a plain struct, their names, and the names of types and enumerators: from nothing but the declaration.
//
// A struct's fields are what Daybook stores, compares and prints, so there is no registration, macro or generated code.
// What can be reflected is an aggregate: no constructors, no private members, no base classes, no C arrays, at most
// kMaxFields fields; its fields may be anything at all (what can be *stored* is the codec's business: storable.hpp,
// which also says over which arrays g++ 12 breaks down). Static members do not count as fields.
//
// A name that is stored must outlive the code's names. So each can be overridden, beside what it names:
//
//     struct Withdrawn {
//       Money amount;
//       std::string reason;
//       static constexpr std::string_view stored_as = "MoneyWithdrawn";                  // the type's name
//       static constexpr daybook::StoredField stored_fields[] = {{"reason", "purpose"}}; // some of the fields' names
//     };
//
// Everything here happens at compile time but for for_each_field, which compiles to straight-line code.
#pragma once

#include <algorithm>
#include <array>
#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace daybook {

// The most fields a reflected struct may have (the library below binds no more).
inline constexpr std::size_t kMaxFields = 100;

// One entry of a struct's `stored_fields`: the field declared as `name` is stored as `stored`.
struct StoredField {
  std::string_view name;
  std::string_view stored;
};

namespace reflect {

template <class T>
inline constexpr bool is_fixed_size_sequence = false;
template <class T, std::size_t N>
inline constexpr bool is_fixed_size_sequence<std::array<T, N>> = true;

// An aggregate that is a record of named fields. (std::array is an aggregate in C++ and a sequence to everyone else.)
template <class T>
concept Reflectable = std::is_class_v<std::remove_cv_t<T>> && std::is_aggregate_v<std::remove_cv_t<T>> &&
                      !is_fixed_size_sequence<std::remove_cv_t<T>>;

namespace detail {
// 0 beyond the limit, so that this is not lost among errors of the library below about each of the fields.
template <class T>
consteval std::size_t count_fields() {
  constexpr std::size_t count = boost::pfr::tuple_size_v<T>;
  static_assert(count <= kMaxFields, "daybook: a struct may have at most 100 fields; nest some of them");
  return count <= kMaxFields ? count : 0;
}
}  // namespace detail

template <Reflectable T>
inline constexpr std::size_t field_count = detail::count_fields<std::remove_cv_t<T>>();

template <Reflectable T, std::size_t I>
using FieldType = boost::pfr::tuple_element_t<I, std::remove_cv_t<T>>;

namespace detail {

// A struct's fields are named by the address of each one in an object that is declared and never defined. The
// compilers print such an address as "…Nowhere<T>::here.T::amount)}]" (g++) or "…here.amount}]" (clang): read from the
// end, both give the field.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"  // only an address is taken, and only while compiling
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif
template <class T>
struct Nowhere {
  T here;
};
template <class T>
extern const Nowhere<T> nowhere;

template <class T>
struct Address {
  const T* pointer;
};
template <class T>
Address(const T*) -> Address<T>;

// These return const char* because g++ explains every typedef of a signature ("; std::string_view = …") in the text.
template <auto Value>
consteval const char* text_of_value() {
  return __PRETTY_FUNCTION__;
}
template <auto... Values>
consteval const char* text_of_values() {
  return __PRETTY_FUNCTION__;
}
template <class Type>
consteval const char* text_of_type() {
  return __PRETTY_FUNCTION__;
}

constexpr bool in_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// "(bank::Side)7, bank::Side::Buy" -> "Buy"; "" if the text ends in a number.
constexpr std::string_view last_identifier(std::string_view text) {
  auto begin = text.size();
  while (begin > 0 && in_identifier(text[begin - 1])) --begin;
  text.remove_prefix(begin);
  return !text.empty() && text[0] >= '0' && text[0] <= '9' ? std::string_view{} : text;
}

// What stands between "NAME = " and the end of a compiler's text about a template with one parameter.
constexpr std::string_view argument_in(std::string_view text) {
  text.remove_prefix(text.find(" = ") + 3);
  text.remove_suffix(1);
  return text;
}

// Calls `part` with each piece of `text` between separators that stand in no bracket.
template <class F>
constexpr void for_each_piece(std::string_view text, char separator, F part) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (c == separator && depth == 0) {
      part(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  part(text.substr(begin));
}

template <class T, std::size_t I>
consteval std::string_view member_name() {
  std::string_view text = text_of_value<Address{&boost::pfr::get<I>(nowhere<T>.here)}>();
  while (!in_identifier(text.back())) text.remove_suffix(1);
  return last_identifier(text);
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <class T>
consteval auto member_names() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{member_name<T, I>()...};
  }(std::make_index_sequence<field_count<T>>{});
}

template <class T>
consteval auto stored_names() {
  auto names = member_names<T>();
  if constexpr (requires { T::stored_fields; }) {
    for (const StoredField& renamed : T::stored_fields) {
      std::size_t found = 0;
      const auto declared = member_names<T>();
      for (std::size_t i = 0; i < names.size(); ++i)
        if (declared[i] == renamed.name) ++found, names[i] = renamed.stored;
      if (found != 1 || renamed.stored.empty())
        throw "daybook: stored_fields names something that is not a field of its struct, or stores a field without a name";
    }
    for (std::size_t i = 0; i < names.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (names[i] == names[j]) throw "daybook: stored_fields stores two fields under one name";
  }
  return names;
}

}  // namespace detail

// The names of T's fields as declared, in order.
template <Reflectable T>
inline constexpr auto member_names = detail::member_names<std::remove_cv_t<T>>();

// The names of T's fields as stored, in order: those declared, but for what `stored_fields` renames.
template <Reflectable T>
inline constexpr auto field_names = detail::stored_names<std::remove_cv_t<T>>();

// The place of the field stored as `name`, or field_count<T>. Linear: for compile time and small structs.
template <Reflectable T>
constexpr std::size_t field_index(std::string_view name) {
  std::size_t i = 0;
  while (i < field_count<T> && field_names<T>[i] != name) ++i;
  return i;
}

template <std::size_t I, Reflectable T>
constexpr auto& field(T& value) {
  return boost::pfr::get<I>(value);
}

// Calls f(name, field) for every field of `value` in order, with its stored name; fields are const if `value` is.
// f may also take the number as a third argument, a std::integral_constant, to work on types.
template <Reflectable T, class F>
constexpr void for_each_field(T& value, F f) {
  if constexpr (field_count<T> > 0)
    boost::pfr::for_each_field(value, [&f]<class Field, class I>(Field& one, I index) {
      if constexpr (requires { f(field_names<T>[I::value], one, index); })
        f(field_names<T>[I::value], one, index);
      else
        f(field_names<T>[I::value], one);
    });
}

// The same over two values of one type: f(name, field of a, field of b).
template <Reflectable T, class F>
constexpr void for_each_field(T& a, T& b, F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(field_names<T>[I], field<I>(a), field<I>(b)), ...);
  }(std::make_index_sequence<field_count<T>>{});
}

// Without a value: f(name, std::type_identity<FieldType>{}) for every field in order.
template <Reflectable T, class F>
constexpr void for_each_field_type(F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(field_names<T>[I], std::type_identity<FieldType<T, I>> {}), ...);
  }(std::make_index_sequence<field_count<T>>{});
}

// ---- enums -------------------------------------------------------------------------------------------------------

// An enum that has names to find: its underlying type is fixed (`enum class`, or `enum E : int`). One that is not has
// no well-defined values beyond its enumerators, so the compiler refuses to be asked about them.
template <class E>
concept Enum = std::is_enum_v<E> && requires { E{0}; };

// The values among which enumerators are looked for. By default all of an 8-bit enum, else -128 to 255. An enum with
// names beyond that specialises it: template <> inline constexpr daybook::reflect::EnumRange
// daybook::reflect::enum_range<Isin> = {0, 999}; the wider the range, the slower to compile. Enumerators just beyond the
// range, at powers of two, and at the ends of the type are found to be outside of it while compiling; another one only
// when it is to be written, which is then an error.
struct EnumRange {
  std::int64_t first;
  std::int64_t last;
};
template <Enum E>
inline constexpr EnumRange enum_range = [] {
  using Limits = std::numeric_limits<std::underlying_type_t<E>>;
  if constexpr (sizeof(E) == 1)
    return EnumRange{Limits::min(), Limits::max()};
  else
    return EnumRange{Limits::is_signed ? -128 : 0, 255};
}();

// One enumerator. Of several with one value, the compiler names the first.
template <Enum E>
struct Enumerator {
  E value;
  std::string_view name;
};

namespace detail {

// The names of these values; "" of one that is no enumerator.
template <auto... Values>
consteval auto names_of_values() {
  std::array<std::string_view, sizeof...(Values)> names;
  std::size_t i = 0;
  // g++: "… [with auto ...Values = {a::E::X, (a::E)1}]", clang: "… [Values = <a::E::X, (a::E)1>]".
  auto text = argument_in(text_of_values<Values...>());
  if (text.front() == '{' || text.front() == '<') text = text.substr(1, text.size() - 2);
  for_each_piece(text, ',', [&](std::string_view piece) { names[i++] = last_identifier(piece); });
  return names;
}

template <class E>
consteval auto enumerator_names() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    using U = std::underlying_type_t<E>;
    return names_of_values<static_cast<E>(static_cast<U>(enum_range<E>.first + std::int64_t(I)))...>();
  }(std::make_index_sequence<static_cast<std::size_t>(enum_range<E>.last - enum_range<E>.first + 1)>{});
}

// Values outside of E's range that an enumerator is likely to have.
struct FarValues {
  std::array<std::int64_t, 256> values{};
  std::size_t size = 0;
};
template <class E>
consteval FarValues far_values() {
  using Limits = std::numeric_limits<std::underlying_type_t<E>>;
  constexpr std::int64_t lowest = Limits::min();
  constexpr auto highest = static_cast<std::int64_t>(std::min<std::uint64_t>(Limits::max(), INT64_MAX));
  FarValues far;
  auto take = [&](std::int64_t value) {
    const bool inside = value >= enum_range<E>.first && value <= enum_range<E>.last;
    if (!inside && value >= lowest && value <= highest) far.values[far.size++] = value;
  };
  for (std::int64_t i = 1; i <= 16; ++i) {
    if (enum_range<E>.last < highest - i) take(enum_range<E>.last + i);
    if (enum_range<E>.first > lowest + i) take(enum_range<E>.first - i);
  }
  for (int bit = 8; bit < 63; ++bit)
    for (const auto value : {std::int64_t{1} << bit, (std::int64_t{1} << bit) - 1, -(std::int64_t{1} << bit)})
      take(value);
  take(lowest);
  take(highest);
  return far;
}
template <class E>
inline constexpr auto far_values_of = far_values<E>();
template <class E>
consteval bool names_beyond_range() {
  if constexpr (far_values_of<E>.size == 0)
    return false;
  else
    return []<std::size_t... I>(std::index_sequence<I...>) {
      using U = std::underlying_type_t<E>;
      for (auto name : names_of_values<static_cast<E>(static_cast<U>(far_values_of<E>.values[I]))...>())
        if (!name.empty()) return true;
      return false;
    }(std::make_index_sequence<far_values_of<E>.size>{});
}

template <class E>
inline constexpr auto enumerator_table = enumerator_names<E>();

template <class E>
consteval auto enumerators() {
  constexpr auto size = [] {
    std::size_t n = 0;
    for (auto name : enumerator_table<E>) n += !name.empty();
    return n;
  }();
  static_assert(size > 0, "daybook: this enum has no enumerator in its range; specialise daybook::reflect::enum_range");
  static_assert(!names_beyond_range<E>(),
                "daybook: the enum E has an enumerator outside the range in which they are looked for; specialise "
                "daybook::reflect::enum_range");
  std::array<Enumerator<E>, size> all{};
  std::size_t n = 0;
  for (std::size_t i = 0; i < enumerator_table<E>.size(); ++i)
    if (!enumerator_table<E>[i].empty())
      all[n++] = {static_cast<E>(static_cast<std::underlying_type_t<E>>(enum_range<E>.first + std::int64_t(i))),
                  enumerator_table<E>[i]};
  return all;
}

}  // namespace detail

// E's enumerators by rising value.
template <Enum E>
inline constexpr auto enumerators = detail::enumerators<E>();

// "Buy", or "" if no enumerator has this value.
template <Enum E>
constexpr std::string_view enum_name(E value) {
  const auto number = static_cast<std::int64_t>(static_cast<std::underlying_type_t<E>>(value));
  if (number < enum_range<E>.first || number > enum_range<E>.last) return {};
  return detail::enumerator_table<E>[static_cast<std::size_t>(number - enum_range<E>.first)];
}

template <Enum E>
constexpr std::optional<E> enum_from_name(std::string_view name) {
  for (const auto& one : enumerators<E>)
    if (one.name == name) return one.value;
  return {};
}

}  // namespace reflect
}  // namespace daybook
