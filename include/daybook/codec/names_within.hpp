// Whether the types that an event is made of are told apart by their stored names, and whether none of them has an upcast
// that is never called: checked while compiling.
//
// In a schema a struct, enum or fixed is defined where it comes first and named from then on, so two `Money`s of two
// namespaces in one event would be one type to every reader. And a record names the version of its event alone, so only
// that is lifted. Nothing here is for users to write: aggregate.hpp asks it of every event, and of every struct that an
// event once was.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/codec/storable.hpp"
#include "daybook/name.hpp"
#include "daybook/reflect.hpp"

namespace daybook::codec {
namespace detail {

// By what types are told apart: their whole names. (Addresses of variables would do, but g++ compares none while
// compiling with -fsanitize=undefined.)
template <class T>
constexpr std::string_view whole_name() {
  return reflect::detail::text_of_type<T>();
}

class NamesWithin {
 public:
  template <class T>
  constexpr void take() {
    if constexpr (std::same_as<T, Uuid>)
      (void)add("Uuid", whole_name<T>());
    else if constexpr (is_bytes_array<T>)
      (void)add(FixedText<std::tuple_size_v<T>>::text, whole_name<T>());
    else if constexpr (std::is_enum_v<T>) {
      static_assert(!reflect::enumerators<T>.empty());  // looks for them, and so for those it would not find
      (void)add(type_name<T>(), whole_name<T>());
    } else if constexpr (Sequence<T>::is)
      take<typename Sequence<T>::Item>();
    else if constexpr (reflect::Reflectable<T> && !Chrono<T>::is)
      take_struct<T>();
    else
      take_within(std::type_identity<T>{});
  }
  // The first name that two types have; "" if there is none.
  constexpr std::string_view clash() const { return clash_; }
  // The name of the first struct within the one taken that has an upcast; "" if there is none.
  constexpr std::string_view upcast() const { return upcast_; }

 private:
  struct Named {
    std::string_view name;
    std::string_view type;
  };

  template <class T>
  constexpr void take_struct() {
    const bool within = !all_.empty();
    if (!add(type_name<T>(), whole_name<T>())) return;
    if (within) note_upcast<T>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (take<reflect::FieldType<T, I>>(), ...);
    }(std::make_index_sequence<reflect::field_count<T>>{});
  }
  template <class T>
  constexpr void take_within(std::type_identity<T>) {}
  template <class T>
  constexpr void take_within(std::type_identity<std::optional<T>>) {
    take<T>();
  }
  template <class K, class V>
  constexpr void take_within(std::type_identity<std::map<K, V>>) {
    note_upcast<K>();
    take<V>();
  }
  template <class... Ts>
  constexpr void take_within(std::type_identity<std::variant<Ts...>>) {
    (take<Ts>(), ...);
  }

  template <class T>
  constexpr void note_upcast() {
    if constexpr (daybook::detail::NamesUpcast<T>)
      if (upcast_.empty()) upcast_ = type_name<T>();
  }

  // False if it was there before.
  constexpr bool add(std::string_view name, std::string_view type) {
    for (const auto& one : all_) {
      if (one.type == type) return false;
      if (one.name == name && clash_.empty()) clash_ = name;
    }
    all_.push_back({name, type});
    return true;
  }

  std::vector<Named> all_;
  std::string_view clash_;
  std::string_view upcast_;
};

template <class T, auto Which>
consteval std::string_view name_within() {
  NamesWithin names;
  names.take<T>();
  return (names.*Which)();
}
template <class T, auto Which>
consteval auto name_as_text() {
  constexpr auto name = name_within<T, Which>();
  daybook::detail::FixedName<name.size() + 1> text;  // a zero at its end makes compilers print it as a text
  name.copy(text.text.data(), name.size());
  return text;
}

template <class E, auto Name>
consteval void check_no_clash() {
  static_assert(Name.text[0] == 0,
                "daybook: two different types within E are stored under one Name; give one of them a `stored_as`");
}
template <class E, auto Name>
consteval void check_no_upcast() {
  static_assert(Name.text[0] == 0,
                "daybook: only an event has an upcast: that of the struct Name, which E holds, would never be called; "
                "lift it in an upcast of each event that holds it");
}

}  // namespace detail

// A compile error in words if two types within E, or within a struct that E was before, have one stored name.
template <class E>
consteval void check_names_within() {
  detail::check_no_clash<E, detail::name_as_text<E, &detail::NamesWithin::clash>()>();
  if constexpr (Upcasts<E>)
    if constexpr (Storable<PreviousOf<E>>) check_names_within<PreviousOf<E>>();
}

// A compile error in words if a struct within the event E, or within one that E was before, has an upcast. (A saved state
// may hold one: its snapshots are read by the program that has it as it was, or not at all.)
template <class E>
consteval void check_upcasts_within() {
  detail::check_no_upcast<E, detail::name_as_text<E, &detail::NamesWithin::upcast>()>();
  if constexpr (Upcasts<E>)
    if constexpr (Storable<PreviousOf<E>>) check_upcasts_within<PreviousOf<E>>();
}

}  // namespace daybook::codec
