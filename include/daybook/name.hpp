// What types are called in the log: event types, categories, schema versions.
//
// The name of a type is its unqualified name (`bank::v2::Deposited` is "Deposited", in whatever namespace, struct or
// function it stands), or what it says itself: `static constexpr std::string_view stored_as = "…"`. So moving a type
// between namespaces changes nothing that is stored, and renaming it takes one line. A template's name is made of its
// own and its arguments', joined by '_' (`Changed<bank::Money>` is "Changed_Money"); one with arguments that are no
// types must say `stored_as`. A name that a schema has, as those of events and of states saved by their fields, is made of
// A-Z, a-z, 0-9 and _, the first of them no digit.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "daybook/reflect.hpp"
#include "daybook/result.hpp"

namespace daybook {

namespace detail {

// The last part of a qualified name, without template arguments: "a::B<c::D>::E<F>" -> "E".
constexpr std::string_view unqualified(std::string_view name) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0 && c == ':') begin = i + 1;
  }
  name.remove_prefix(begin);
  return name.substr(0, name.find('<'));
}

template <class T>
concept HasStoredName = requires {
  { T::stored_as } -> std::convertible_to<std::string_view>;
};

template <class T>
struct TypeName;

// Names are kept as arrays of their own size, so that a program does not carry the compilers' long texts.
template <std::size_t N>
struct FixedName {
  std::array<char, N> text{};
  constexpr operator std::string_view() const { return {text.data(), N}; }  // NOLINT: a name is a text
};

template <class T>
consteval bool has_template_arguments() {
  return std::string_view(reflect::detail::text_of_type<T>()).ends_with(">]");
}

template <class T>
struct PlainName {
  static consteval auto make() {
    static_assert(
        !has_template_arguments<T>(),
        "daybook: a template whose arguments are not all types needs `static constexpr std::string_view stored_as`");
    constexpr auto name = unqualified(reflect::detail::argument_in(reflect::detail::text_of_type<T>()));
    FixedName<name.size()> fixed;
    name.copy(fixed.text.data(), name.size());
    return fixed;
  }
  static constexpr auto value = make();
};

template <class T>
struct TypeName : PlainName<T> {};

template <HasStoredName T>
struct TypeName<T> {
  static_assert(!std::string_view(T::stored_as).empty(), "daybook: stored_as must not be empty");
  static constexpr std::string_view value = T::stored_as;
};

template <template <class...> class Template, class... Args>
  requires(!HasStoredName<Template<Args...>>)
struct TypeName<Template<Args...>> {
  static consteval auto make() {
    constexpr auto own = unqualified(reflect::detail::argument_in(reflect::detail::text_of_type<Template<Args...>>()));
    FixedName<own.size() + (0 + ... + (1 + std::string_view(TypeName<Args>::value).size()))> fixed;
    std::size_t at = own.copy(fixed.text.data(), own.size());
    auto add = [&](std::string_view part) {
      fixed.text[at++] = '_';
      at += part.copy(fixed.text.data() + at, part.size());
    };
    (add(TypeName<Args>::value), ...);
    return fixed;
  }
  static constexpr auto value = make();
};

// Spelled differently by compilers and machines, and so named here.
template <class T>
  requires std::is_arithmetic_v<T>
struct TypeName<T> {
  static consteval std::string_view make() {
    if constexpr (std::is_same_v<T, bool>)
      return "bool";
    else if constexpr (std::is_same_v<T, char>)
      return "char";
    else if constexpr (std::is_floating_point_v<T>)
      return sizeof(T) == 4 ? "float" : sizeof(T) == 8 ? "double" : "ldouble";
    else if constexpr (std::is_signed_v<T>)
      return sizeof(T) == 1 ? "i8" : sizeof(T) == 2 ? "i16" : sizeof(T) == 4 ? "i32" : "i64";
    else
      return sizeof(T) == 1 ? "u8" : sizeof(T) == 2 ? "u16" : sizeof(T) == 4 ? "u32" : "u64";
  }
  static constexpr std::string_view value = make();
};
template <>
struct TypeName<std::string> {
  static constexpr std::string_view value = "string";
};

}  // namespace detail

// The stored name of any type. Valid forever.
template <class T>
constexpr std::string_view type_name() {
  return detail::TypeName<std::remove_cvref_t<T>>::value;
}

// The type under which events E are stored: "Deposited".
template <class E>
constexpr std::string_view event_name() {
  return type_name<E>();
}

// The first part of the names of S's streams: "Account" in "Account-alice". It holds no '-', which ends it there.
template <class S>
constexpr std::string_view category_name() {
  static_assert(type_name<S>().find('-') == std::string_view::npos,
                "daybook: a state's stored_as must not contain '-': the category of a stream ends at the first one");
  return type_name<S>();
}

// ---- versions ----------------------------------------------------------------------------------------------------
//
// An event whose fields changed in a way that no default can bridge brings a function from what it was:
//
//     namespace v1 { struct Deposited { double euros; }; }
//     struct Deposited {
//       Money amount;
//       static Deposited upcast(const v1::Deposited& old) { return {Money{std::llround(old.euros * 100)}}; }
//     };
//
// An event has one upcast, from the version before. The old struct may itself have one from a version older still: what
// was stored goes through them all. A struct within events has none, since only an event says which version it is: each
// event that holds it has one. An upcast is a pure function, throws nothing (in a store that stops the program,
// store.hpp) and is never deleted as long as an event of that version may be in any log.

namespace detail {
// S and a struct with a member of some name. If S has that name too, in however many functions or as a template, it is
// ambiguous here; the address of S's own is not to be had where there are several.
template <class S, class Other>
struct Beside : S, Other {};

struct HasUpcast {
  int upcast;
};
template <class E>
concept UpcastIsAField = requires { requires std::is_member_object_pointer_v<decltype(&E::upcast)>; };
template <class E>
concept HidesUpcast = std::is_class_v<E> && !std::is_final_v<E> && !requires { &Beside<E, HasUpcast>::upcast; };
template <class E>
concept NamesUpcast = !UpcastIsAField<E> && (HidesUpcast<E> || requires { &E::upcast; });

template <class E, class P>
P upcast_argument(E (*)(const P&));
template <class E, class P>
P upcast_argument(E (*)(P));
template <class E, class P>
P upcast_argument(E (*)(const P&) noexcept);
template <class E, class P>
P upcast_argument(E (*)(P) noexcept);
}  // namespace detail

// E has an `upcast` member from its previous version.
template <class E>
concept Upcasts = requires { detail::upcast_argument<E>(&E::upcast); };

namespace detail {
template <class E>
consteval void check_upcast() {
  static_assert(
      Upcasts<E> || !NamesUpcast<E>,
      "daybook: write `static E upcast(const PreviousVersion&)`, one function and no template, returning this "
      "very event; a version older still is lifted by the upcast that the previous struct has itself");
}
template <Upcasts E>
struct Previous {
  using type = decltype(upcast_argument<E>(&E::upcast));
  static_assert(!std::is_same_v<type, E>, "daybook: an upcast from the event itself has no beginning");
};
}  // namespace detail

// The struct that E was before its latest change.
template <Upcasts E>
using PreviousOf = typename detail::Previous<E>::type;

// The version of E's schema: 1 + the number of upcasts that lead to it.
template <class E>
consteval std::uint16_t schema_version() {
  detail::check_upcast<E>();
  if constexpr (Upcasts<E>)
    return static_cast<std::uint16_t>(schema_version<PreviousOf<E>>() + 1);
  else
    return 1;
}

namespace detail {
template <class E, class Decode>
Status decode_known_version(std::uint16_t version, E& out, Decode& decode) {
  if constexpr (Upcasts<E>) {
    if (version < schema_version<E>()) {
      PreviousOf<E> old{};
      auto decoded = decode_known_version(version, old, decode);
      if (decoded) out = E::upcast(std::move(old));
      return decoded;
    }
  }
  return decode(out);
}
}  // namespace detail

// Decodes an event stored in any version up to today's: calls `decode(V&) -> Status` once, with the struct V that E was
// at `version`, and lifts what it decoded to `out` through the upcasts. UnknownEvent if E has no such version.
template <class E, class Decode>
Status decode_version(std::uint16_t version, E& out, Decode decode) {
  if (version >= 1 && version <= schema_version<E>()) return detail::decode_known_version(version, out, decode);
  return fail(ErrorCode::UnknownEvent, "version " + std::to_string(version) + " of event '" +
                                           std::string(event_name<E>()) + "' is not known here: expected 1 to " +
                                           std::to_string(schema_version<E>()));
}

}  // namespace daybook
