// What an event can be found by besides its stream: tags, and queries that ask for them.
//
//     daybook::Tags tags(const SeatBooked& e) { return {{"flight", e.flight}, {"seat", e.seat}}; }
//
//     auto seat = daybook::events<SeatBooked, SeatReleased>().tagged("flight", "LH2", "seat", "12A");
//     auto all = daybook::events<Opened>().in<Account>() | daybook::events<Shipped>().in<Parcel>();
//
// `tags` is a function beside the event, found like evolve and decide; an event without one has none, and tagged() does
// not compile for it (where others append events of its name with tags, a Query by hand finds them). A tag is stored as
// "key:value", and matched as that whole string. Values may be strings, integers, bool, enums (by name), Uuids, and
// strong types of one such field; what people or machines may read as one or the other (floating point) may not.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/decision.hpp"
#include "daybook/name.hpp"
#include "daybook/query.hpp"

namespace daybook {

// The key of a tag: a literal, checked while compiling. It is not empty and holds no ':', at which key and value are
// told apart.
class TagKey {
 public:
  consteval TagKey(const char* key) : text_(key) {  // NOLINT: a literal is how it reads
    if (text_.empty() || text_.find(':') != std::string_view::npos)
      throw "daybook: the key of a tag must not be empty and must not contain ':'";
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

namespace detail {

template <class T>
void append_tag_value(std::string& out, const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    out.append(std::string_view(value));
  } else if constexpr (std::same_as<T, bool>) {
    out.append(value ? "true" : "false");
  } else if constexpr (std::integral<T>) {
    static_assert(!std::same_as<T, char>, "daybook: a char is not a number; write std::string(1, c)");
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(reflect::Enum<T>, "daybook: an enum in a tag needs a fixed underlying type: enum class Side {…}");
    if (const auto name = reflect::enum_name(value); !name.empty())
      out.append(name);
    else
      append_tag_value(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::same_as<T, Uuid>) {
    out.append(to_string(value));
  } else if constexpr (reflect::Reflectable<T>) {
    static_assert(reflect::field_count<T> == 1, "daybook: a struct in a tag has one field, as strong types do");
    append_tag_value(out, reflect::field<0>(value));
  } else {
    static_assert(reflect::Reflectable<T>,
                  "daybook: the value of a tag is a string, an integer, a bool, an enum, a Uuid or a strong type of "
                  "one of these");
  }
}

}  // namespace detail

// One tag, "flight:LH2".
class Tag {
 public:
  template <class T>
  Tag(TagKey key, const T& value) : text_(key.text()) {
    text_ += ':';
    detail::append_tag_value(text_, value);
  }
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

// The tags of one event.
class Tags {
 public:
  using value_type = std::string;  // "flight:LH2"
  using const_iterator = std::vector<std::string>::const_iterator;

  Tags() = default;
  Tags(std::initializer_list<Tag> tags) {
    texts_.reserve(tags.size());
    for (const auto& tag : tags) add(tag);
  }
  // For tags whose number is not known in advance.
  Tags& add(Tag tag) {
    texts_.push_back(std::move(tag).text());
    return *this;
  }

  std::size_t size() const { return texts_.size(); }
  bool empty() const { return texts_.empty(); }
  const_iterator begin() const { return texts_.begin(); }
  const_iterator end() const { return texts_.end(); }

 private:
  std::vector<std::string> texts_;
};

// E has a tags(const E&).
template <class E>
concept Tagged = requires(const E& event) {
  { tags(event) } -> std::same_as<Tags>;
};

// The event's tags; none if it has no tags().
template <class E>
Tags tags_of(const E& event) {
  static_assert(Tagged<E> || !requires(E& changed) { tags(changed); }, "daybook: write: daybook::Tags tags(const E&)");
  if constexpr (Tagged<E>)
    return tags(event);
  else
    return {};
}

namespace detail {

template <class E>
consteval void check_tagged() {
  static_assert(Tagged<E>,
                "daybook: the query asks for the event E by its tags, but E has none, so nothing would ever match; "
                "write, beside E: daybook::Tags tags(const E&)");
}

// Another event than E that is stored under its name.
template <class E, class Variant>
inline constexpr bool has_namesake = false;
template <class E, class... Es>
inline constexpr bool has_namesake<E, std::variant<Es...>> =
    ((!std::same_as<E, Es> && event_name<E>() == event_name<Es>()) || ...);

template <class E, class... A>
consteval void check_is_somewhere() {
  static_assert(owners<E, A...> > 0, "daybook: none of the aggregates that in<…>() names lists the event E");
  static_assert(!(has_namesake<E, typename A::Event> || ...),
                "daybook: one of the aggregates that in<…>() names has an event of its own of the stored name of E, "
                "which would be read as E; ask for each event in its own aggregate");
}
template <class A, class... E>
consteval void check_has_some() {
  static_assert(sizeof...(E) == 0 || (is_alternative<E, typename A::Event> || ...),
                "daybook: the aggregate A, which in<…>() names, lists none of the events");
}

}  // namespace detail

// A query that knows the types it asks for, so that a handler can take them as they are. Made by events<…>(). `Placed`:
// it says in whose streams, with in<…>() or everywhere().
template <bool Placed, class... E>
class Events {
 public:
  Events() : query_{{Query::Alternative{.types = {std::string(event_name<E>())...}}}} {}

  // Only those that have all of these tags; in a query of several alternatives, each.
  Events tagged(const Tags& tags) const {
    (detail::check_tagged<E>(), ...);
    Events narrowed = *this;
    for (auto& one : narrowed.query_.any_of) one.tags.insert(one.tags.end(), tags.begin(), tags.end());
    return narrowed;
  }
  // The same, as it reads: .tagged("flight", "LH2", "seat", seat). (One by one, because each key is checked while
  // compiling.)
  template <class V>
  Events tagged(TagKey key, const V& value) const {
    return tagged(Tags{{key, value}});
  }
  template <class V1, class V2>
  Events tagged(TagKey key1, const V1& value1, TagKey key2, const V2& value2) const {
    return tagged(Tags{{key1, value1}, {key2, value2}});
  }
  template <class V1, class V2, class V3>
  Events tagged(TagKey key1, const V1& value1, TagKey key2, const V2& value2, TagKey key3, const V3& value3) const {
    return tagged(Tags{{key1, value1}, {key2, value2}, {key3, value3}});
  }

  // Only those in streams of these aggregates. A handler of typed events must know whose they are, since another domain
  // may have events of the same name. Each event is one that an aggregate of these lists. (A boundary fills in those that
  // its own state reads.)
  template <class... A>
  Events<true, E...> in() const {
    (detail::check_is_somewhere<E, A...>(), ...);
    (detail::check_has_some<A, E...>(), ...);
    auto narrowed = query_;
    for (auto& one : narrowed.any_of) (one.categories.emplace_back(category_name<A>()), ...);
    return Events<true, E...>(std::move(narrowed));
  }
  // Those of this name in whosever streams, for who knows that they are all the same.
  Events<true, E...> everywhere() const { return Events<true, E...>(query_); }

  const Query& query() const& { return query_; }
  operator Query() const& { return query_; }         // NOLINT: it is one
  operator Query() && { return std::move(query_); }  // NOLINT

 private:
  template <bool, class...>
  friend class Events;
  template <bool P, class... A, bool Q, class... B>
  friend Events<P && Q, A..., B...> operator|(const Events<P, A...>& a, const Events<Q, B...>& b);
  explicit Events(Query query) : query_(std::move(query)) {}

  Query query_;
};

// What matches one or the other.
template <bool P, class... A, bool Q, class... B>
Events<P && Q, A..., B...> operator|(const Events<P, A...>& a, const Events<Q, B...>& b) {
  Query both = a.query_;
  both.any_of.insert(both.any_of.end(), b.query_.any_of.begin(), b.query_.any_of.end());
  return Events < P && Q, A..., B... > (std::move(both));
}

// Events of any of these types, of every type if none is named.
template <class... E>
Events<false, E...> events() {
  return {};
}

}  // namespace daybook
