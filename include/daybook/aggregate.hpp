// State that evolves: what makes a struct an aggregate, or a view, and the compile-time checks of both.
//
// A view is state that evolves; an aggregate is a view that can also decide. Both list what they take:
//
//     struct Account {
//       using Event = std::variant<Opened, Deposited, Withdrawn, Closed>;
//       static constexpr int rules = 1;                  // optional: raise it when an evolve changes its meaning, so
//       bool open = false;                               // that no snapshot made by the old one is used again
//       Money balance;
//     };
//     void evolve(Account& a, const Deposited& e) { a.balance += e.amount; }
//     void evolve(Account& a, const Opened& e, const daybook::Envelope& at) { a.since = at.occurred; }  // if needed
//     static_assert(daybook::Aggregate<Account>);          // last in the header, after every evolve
//
// `evolve` writes and cannot fail: its event has happened. It is a pure function of its arguments. For every event
// listed there is one evolve; a forgotten one is a compile error that names state and event, and so is one that takes
// anything (`evolve(Account&, const auto&)`, or the variant of all events), since under it nothing would ever be missed.
// No two listed events may have one stored name, and no two types within one event. States and events are
// default-constructible and movable; events are plain structs.
//
// An aggregate reads its own streams, those whose category is its name. A view names the aggregates that it reads,
//
//     using Reads = daybook::from<Account, Order>;
//
// and each event it lists must be an event of one of those: what it takes is found by category and type, so that
// another domain's `Closed` is not ours. What a view does not list is passed over; in an aggregate's own stream it is
// an error. A state with `Reads` can also decide, over a boundary (Store::boundary); each event it lists must then
// belong to one of those aggregates alone.
//
// How states are saved in snapshots, and can be without: saved_state.hpp.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "daybook/codec/names_within.hpp"
#include "daybook/codec/storable.hpp"
#include "daybook/decision.hpp"
#include "daybook/event.hpp"
#include "daybook/limits.hpp"
#include "daybook/name.hpp"

namespace daybook {

// The aggregates a view reads: `using Reads = daybook::from<Account, Order>;`
template <class... A>
struct from {
  static_assert(sizeof...(A) > 0, "daybook: a view reads at least one aggregate");
};

// There is `void evolve(S&, const E&)`, or one that also takes the `const Envelope&`.
template <class S, class E>
concept EvolvesPlainly = requires(S& state, const E& event) {
  { evolve(state, event) } -> std::same_as<void>;
};
template <class S, class E>
concept EvolvesWithEnvelope = requires(S& state, const E& event, const Envelope& at) {
  { evolve(state, event, at) } -> std::same_as<void>;
};
template <class S, class E>
concept Evolves = EvolvesPlainly<S, E> || EvolvesWithEnvelope<S, E>;

namespace detail {

template <class V>
inline constexpr bool is_variant = false;
template <class... Es>
inline constexpr bool is_variant<std::variant<Es...>> = (sizeof...(Es) > 0);

template <class R>
inline constexpr bool is_from = false;
template <class... A>
inline constexpr bool is_from<from<A...>> = true;

template <class S>
concept HasEvents = requires { typename S::Event; } && is_variant<typename S::Event>;
template <class S>
concept HasReads = requires { typename S::Reads; };

// An event that nobody lists: what evolves with this evolves with anything.
struct AnythingAtAll {};
template <class S>
concept EvolvesWithAnything = Evolves<S, AnythingAtAll>;

// Whether an evolve takes E only by converting it to something else, such as a variant of all events. It plays a user's
// evolve against one of our own: ours takes the state as it is given here, and the event by conversion; the user's takes
// the event as it is, but only the base of this state. If the user's has to convert both, ours is the better match; if
// not, neither is, and the call is ambiguous.
struct ByConversion {};
struct ConvertedFromAnything {
  template <class T>
  ConvertedFromAnything(const T&) {}  // NOLINT: that it converts is its purpose
};
template <class S>
struct DerivedState : S {
  friend ByConversion evolve(DerivedState&, const ConvertedFromAnything&) { return {}; }
  friend ByConversion evolve(DerivedState&, const ConvertedFromAnything&, const Envelope&) { return {}; }
};
template <class S>
  requires std::is_final_v<S>
struct DerivedState<S> {
  operator S&();  // NOLINT: as above
  friend ByConversion evolve(DerivedState&, const ConvertedFromAnything&) { return {}; }
  friend ByConversion evolve(DerivedState&, const ConvertedFromAnything&, const Envelope&) { return {}; }
};
template <class S, class E>
concept EvolvesByConversion =
    (EvolvesPlainly<S, E> && requires(DerivedState<S>& state, const E& event) {
      { evolve(state, event) } -> std::same_as<ByConversion>;
    }) || (EvolvesWithEnvelope<S, E> && requires(DerivedState<S>& state, const E& event, const Envelope& at) {
      { evolve(state, event, at) } -> std::same_as<ByConversion>;
    });

// An evolve that takes a state it can not change: by value, or const.
template <class S, class E>
concept EvolvesACopy = requires(S&& state, const E& event) {
  evolve(static_cast<S&&>(state), event);
} || requires(S&& state, const E& event, const Envelope& at) { evolve(static_cast<S&&>(state), event, at); };

// Where an event of a state comes from: an aggregate's own category, or those of the aggregates a view reads.
template <class S>
struct ReadsOf {
  using type = from<S>;
};
template <HasReads S>
struct ReadsOf<S> {
  using type = typename S::Reads;
};

struct Entry {
  std::string_view category;
  std::string_view type;
  std::size_t index;  // of the alternative
};

// Every (category, type) that S takes. A view may take an event from several aggregates.
template <class S, class... Es, class... A>
consteval auto entries(std::type_identity<std::variant<Es...>>, std::type_identity<from<A...>>) {
  constexpr std::size_t count = (std::size_t{0} + ... + owners<Es, A...>);
  std::array<Entry, count> all{};
  std::size_t at = 0;
  std::size_t index = 0;
  auto take = [&]<class E>(std::type_identity<E>) {
    auto from_one = [&]<class One>(std::type_identity<One>) {
      if constexpr (is_alternative<E, typename One::Event>) all[at++] = {category_name<One>(), event_name<E>(), index};
    };
    (from_one(std::type_identity<A>{}), ...);
    ++index;
  };
  (take(std::type_identity<Es>{}), ...);
  return all;
}
template <class S>
inline constexpr auto entries_of =
    entries<S>(std::type_identity<typename S::Event>{}, std::type_identity<typename ReadsOf<S>::type>{});

template <class S>
consteval bool names_are_unique() {
  const auto& all = entries_of<S>;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].category == all[j].category && all[i].type == all[j].type) return false;
  return true;
}

// S::rules is a number, known while compiling, that a fingerprint has room for.
template <class S>
concept NumbersRules = std::integral<std::remove_cvref_t<decltype(S::rules)>> &&
                       !std::same_as<std::remove_cvref_t<decltype(S::rules)>, bool> && requires {
                         typename std::integral_constant<std::uint64_t, static_cast<std::uint64_t>(S::rules)>;
                       } && static_cast<std::uint64_t>(S::rules) <= UINT32_MAX;

}  // namespace detail

// The number of a state's rules: part of its snapshots' fingerprint.
template <class S>
consteval std::uint32_t rules_of() {
  if constexpr (requires { S::rules; }) {
    static_assert(
        detail::NumbersRules<S>,
        "daybook: the rules of S are not a number from 0 to 4294967295; write: static constexpr int rules = 1; "
        "and raise it, never lower it");
    if constexpr (detail::NumbersRules<S>) return static_cast<std::uint32_t>(S::rules);
  }
  return 0;
}

// ---- the same checks, in words -----------------------------------------------------------------------------------
//
// Used by whatever takes a state. Beside each message the compiler names the state S and the event E.

namespace detail {

template <class S, class E>
consteval void check_evolve() {
  static_assert(
      Evolves<S, E>,
      "daybook: an evolve is missing; write: void evolve(S&, const E&), with S and E as named here, beside the "
      "state or the event: in another namespace it is not found");
  static_assert(!EvolvesByConversion<S, E>,
                "daybook: S evolves with E only by converting it to something that takes other events too, such as a "
                "variant, so a forgotten evolve would not be found; write: void evolve(S&, const E&)");
  static_assert(!(EvolvesPlainly<S, E> && EvolvesWithEnvelope<S, E>) || EvolvesWithAnything<S>,
                "daybook: there are two evolves of S for E, one with the envelope and one without: which is meant?");
  static_assert(!EvolvesACopy<S, E>,
                "daybook: this evolve changes a copy of the state, or nothing; write: void evolve(S&, const E&)");
}
template <class E, std::size_t Number, class Field>
consteval void check_field() {
  codec::detail::check_no_hidden_optional<Field>();
  static_assert(codec::Storable<Field> || codec::detail::HidesOptional<Field>,
                "daybook: a field of the event E can not be stored: the one with this number, from 0, and this type; "
                "<daybook/codec/storable.hpp> lists what can");
}
template <class S, class E>
consteval void check_event() {
  static_assert(reflect::Reflectable<E>, "daybook: the event E is not a plain struct, so it has no fields to store");
  if constexpr (reflect::Reflectable<E>)
    []<std::size_t... I>(std::index_sequence<I...>) {
      (check_field<E, I, reflect::FieldType<E, I>>(), ...);
    }(std::make_index_sequence<reflect::field_count<E>>{});
  static_assert(std::default_initializable<E> && std::movable<E>,
                "daybook: the event E must be default-constructible, to be read back, and movable");
  static_assert(!event_name<E>().starts_with('$') && event_name<E>().size() <= kHardLimits.type_bytes,
                "daybook: the stored name of the event E is too long, or begins with '$', which is Daybook's own");
  static_assert(
      codec::detail::is_avro_name(event_name<E>()) || event_name<E>().starts_with('$'),
      "daybook: the stored name of the event E, which its schema has too, is made of A-Z, a-z, 0-9 and _, the "
      "first of them no digit; give it such a `stored_as`");
  (void)schema_version<E>();
  if constexpr (codec::Storable<E>) {
    codec::check_names_within<E>();
    codec::check_upcasts_within<E>();
  }
}
template <class S, class E, class Other>
consteval void check_names_differ() {
  static_assert(event_name<E>() != event_name<Other>(),
                "daybook: two events of S, E and Other, have one stored name; give one of them a `stored_as`");
}
template <class S, class E, class... Rest>
consteval void check_unique_names() {
  (check_names_differ<S, E, Rest>(), ...);
  if constexpr (sizeof...(Rest) > 0) check_unique_names<S, Rest...>();
}
template <class S, class E, class... A>
consteval void check_read(std::type_identity<from<A...>>) {
  static_assert((HasEvents<A> && ...),
                "daybook: `using Reads = daybook::from<…>` names aggregates, each with its `Event`");
  static_assert(owners<E, A...> > 0,
                "daybook: the view S lists the event E, which none of the aggregates in its `Reads` can have");
}

// What a log refuses in the name of a stream. (Whether it is UTF-8 is left to the log.)
consteval bool begins_streams(std::string_view category) {
  for (const char c : category)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return category.size() + 1 < kHardLimits.stream_name_bytes;
}

template <class S, class... Es>
consteval void check_events(std::type_identity<std::variant<Es...>>) {
  (check_event<S, Es>(), ...);
  (check_evolve<S, Es>(), ...);
  if constexpr (HasReads<S>) {
    static_assert(is_from<typename S::Reads>, "daybook: write `using Reads = daybook::from<Account, …>;`");
    (check_read<S, Es>(std::type_identity<typename S::Reads>{}), ...);
    static_assert(names_are_unique<S>(),
                  "daybook: two events that the view S reads from one category have one stored name");
  } else {
    check_unique_names<S, Es...>();
  }
}

template <class S>
consteval bool check_state() {
  static_assert(std::default_initializable<S> && std::movable<S>,
                "daybook: a state begins as S{} and is moved: it must be default-constructible and movable");
  static_assert(HasEvents<S>, "daybook: a state lists its events: using Event = std::variant<Opened, Closed>;");
  static_assert(
      !EvolvesWithAnything<S>,
      "daybook: an evolve of S takes any event, so a forgotten one would not be found; write one for each event");
  if constexpr (HasEvents<S>) check_events<S>(std::type_identity<typename S::Event>{});
  static_assert(!category_name<S>().starts_with('$'),
                "daybook: the stored name of S begins with '$', which is Daybook's own");
  static_assert(
      begins_streams(category_name<S>()),
      "daybook: the stored name of S can not begin the names of its streams: it holds a control character, or "
      "leaves no room for an id");
  (void)rules_of<S>();
  return true;
}

}  // namespace detail

// A state whose events are its own: it decides, and what it decides is written to its streams. One that lists events
// but is not sound does not quietly turn out to be no aggregate: asking is then a compile error that says what is
// missing.
template <class S>
concept Aggregate = detail::HasEvents<S> && !detail::HasReads<S> && detail::check_state<S>();

// A state that is read from the events of the aggregates it names; over a boundary it may decide, too. As above.
template <class S>
concept View = detail::HasEvents<S> && detail::HasReads<S> && detail::check_state<S>();

// What events can be folded into.
template <class S>
concept State = Aggregate<S> || View<S>;

namespace detail {
template <class S, class E>
consteval void check_asked_for() {
  static_assert(is_alternative<E, typename S::Event>,
                "daybook: the query asks for the event E, which the state S does not list: S could not be folded");
}
// For whoever folds S from a query that asks for the events E.
template <class S, class... E>
consteval bool check_asked() {
  if constexpr (HasEvents<S>) (check_asked_for<S, E>(), ...);
  return true;
}
}  // namespace detail

// For whoever takes an aggregate or a view as a template argument: true, or a compile error in words.
template <class S>
consteval bool check_aggregate() {
  static_assert(!detail::HasReads<S>, "daybook: this state has `Reads`, so it is a view: it reads what others decided");
  return detail::check_state<S>();
}
template <class S>
consteval bool check_view() {
  static_assert(detail::HasReads<S>,
                "daybook: a view names the aggregates it reads: using Reads = daybook::from<Account, …>;");
  return detail::check_state<S>();
}

// ---- evolving ----------------------------------------------------------------------------------------------------

// Calls the evolve that is there.
template <class S, class E>
  requires Evolves<S, E>
constexpr void evolve_with(S& state, const E& event, const Envelope& at) {
  if constexpr (EvolvesWithEnvelope<S, E>)
    evolve(state, event, at);
  else
    evolve(state, event);
}

namespace detail {
template <class E, class... A>
consteval std::string_view category_of_owner(std::type_identity<from<A...>>) {
  static_assert(
      owners<E, A...> == 1,
      "daybook: the state of a boundary lists the event E, which several of the aggregates in its `Reads` can "
      "have; whose would it be, if it were decided?");
  std::string_view category;
  ((is_alternative<E, typename A::Event> ? void(category = category_name<A>()) : void()), ...);
  return category;
}
}  // namespace detail

// The category of the stream that E is written to if S decides it; "" if that is S's own.
template <class S, class E>
consteval std::string_view owner_category() {
  if constexpr (detail::HasReads<S>)
    return detail::category_of_owner<E>(std::type_identity<typename S::Reads>{});
  else
    return {};
}

// The category of the streams in which E is found among what S reads (the first, if several can have it).
template <class S, class E>
constexpr std::string_view category_of_event() {
  for (const auto& entry : detail::entries_of<S>)
    if (entry.type == event_name<E>()) return entry.category;
  return category_name<S>();
}

}  // namespace daybook
