// A view kept by key: one row for each key, folded from the events of several streams.
//
//     struct DailyTurnover {
//       using Reads = daybook::from<Account>;
//       using Event = std::variant<Deposited, Withdrawn>;
//       static Day key(const auto&, const daybook::Envelope& at) { return day_of(at.occurred); }
//       Money in, out;
//     };
//
// `key` says whose row an event changes. It takes the event, the event and its envelope, or the envelope alone, and may
// be several functions as long as there is one for every event and they agree on the type. That type is ordered, and
// owns what it is made of: an event is gone when its row is read. Without a key there is a row for each stream. A row
// comes into being with its first event. A key that throws stops the program (store.hpp).
#pragma once

#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "daybook/aggregate.hpp"

namespace daybook {

namespace detail {
struct HasKey {
  int key;
};
template <class V>
concept KeyIsAField = requires { requires std::is_member_object_pointer_v<decltype(&V::key)>; };
template <class V>
concept HidesKey = std::is_class_v<V> && !std::is_final_v<V> && !requires { &Beside<V, HasKey>::key; };
template <class V>
concept NamesKey = !KeyIsAField<V> && (HidesKey<V> || requires { &V::key; });
}  // namespace detail

// The key of the row that `event` changes.
template <class V, class E>
constexpr auto key_of(const E& event, const Envelope& at) {
  if constexpr (requires { V::key(event, at); })
    return V::key(event, at);
  else if constexpr (requires { V::key(event); })
    return V::key(event);
  else if constexpr (requires { V::key(at); })
    return V::key(at);
  else {
    static_assert(!detail::NamesKey<V>,
                  "daybook: this view has a key, but none that takes the event E; write: static K key(const E&)");
    return std::string(at.stream);
  }
}

namespace detail {

template <class V, class E>
using KeyFor = std::remove_cvref_t<decltype(key_of<V>(std::declval<const E&>(), std::declval<const Envelope&>()))>;

// Whether a T points at what something else owns: a string_view, a span, a pointer, or what holds one: an optional, a
// variant, a container, a tuple or a struct. (Into other classes nobody can look.) Seen: what T is within, since a struct
// may hold a list of itself.
template <class T, class... Seen>
struct Borrows {
  template <class Part>
  static constexpr bool part = Borrows<std::remove_cv_t<Part>, T, Seen...>::value;

  static consteval bool make() {
    if constexpr ((std::same_as<T, Seen> || ...))
      return false;
    else if constexpr (std::is_pointer_v<T> || std::ranges::enable_borrowed_range<T>)
      return true;
    else if constexpr (std::ranges::range<T>)
      return part<std::ranges::range_value_t<T>>;
    else if constexpr (requires { std::tuple_size<T>::value; })
      return []<std::size_t... I>(std::index_sequence<I...>) {
        return (part<std::tuple_element_t<I, T>> || ...);
      }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else if constexpr (reflect::Reflectable<T>)
      return []<std::size_t... I>(std::index_sequence<I...>) {
        return (part<reflect::FieldType<T, I>> || ...);
      }(std::make_index_sequence<reflect::field_count<T>>{});
    else
      return false;
  }
  static constexpr bool value = make();
};
template <class T, class... Seen>
struct Borrows<std::optional<T>, Seen...> : Borrows<std::remove_cv_t<T>, Seen...> {};
template <class... Ts, class... Seen>
struct Borrows<std::variant<Ts...>, Seen...> {
  static constexpr bool value = (Borrows<std::remove_cv_t<Ts>, Seen...>::value || ...);
};
template <class Key, class V>
consteval void check_key() {
  static_assert(!Borrows<Key>::value,
                "daybook: the key of a view owns what it is made of, since the event is gone when its row is read: a "
                "std::string, not a std::string_view, a span or a pointer");
  static_assert(std::totally_ordered<Key>,
                "daybook: the key of a view must be ordered: friend auto operator<=>(…) = default");
}

template <class V, class Event>
struct KeyOfView;
template <class V, class E, class... Es>
struct KeyOfView<V, std::variant<E, Es...>> {
  using type = KeyFor<V, E>;
  static_assert((std::same_as<type, KeyFor<V, Es>> && ...),
                "daybook: the keys of a view are of one type for all its events");
  static_assert((check_key<type, V>(), true));
};

}  // namespace detail

// The type of V's keys.
template <class V>
using KeyOf = typename detail::KeyOfView<V, typename V::Event>::type;

// The rows of a view in memory, by key. Belongs to one thread at a time.
template <class V>
class Rows {
  static_assert(check_view<V>());

 public:
  using Key = KeyOf<V>;

  // Folds one event of V::Event in.
  template <class E>
    requires Evolves<V, E>
  void apply(const E& event, const Envelope& at) {
    evolve_with(rows_.try_emplace(key_of<V>(event, at)).first->second, event, at);
  }

  const std::map<Key, V>& rows() const& { return rows_; }
  std::map<Key, V> rows() && { return std::move(rows_); }

 private:
  std::map<Key, V> rows_;
};

}  // namespace daybook
