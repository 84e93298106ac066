// type_of<T>(): the table by which the codecs read and write a T (see type.hpp; which T: storable.hpp).
//
// ---- Which fields have a default --------------------------------------------------------------------------------
//
// An event that was written before a field existed lacks it. It can be read all the same if the field has a default:
// the value it has in a value-initialised struct, `E{}`. A field has one if
//
//   - it is a std::optional                    std::optional<std::string> note;
//   - its initialiser differs from what its    std::string currency = "EUR";
//     type is by itself
//   - the struct says so                       std::int64_t fee_cents = 0;
//                                              static constexpr std::string_view defaulted[] = {"fee_cents"};
//
// The third is for zeros: C++ does not tell `int64_t fee = 0` from `int64_t fee`, and a zero that nobody meant must not
// quietly become the amount of a year of old events. All other fields are required: an event without them does not
// decode, and schema.hpp finds the change before it is shipped.
#pragma once

#include <charconv>
#include <utility>

#include "daybook/codec/storable.hpp"
#include "daybook/codec/type.hpp"

namespace daybook::codec {
namespace detail {

template <class T>
constexpr Type describe();
template <class T>
inline constexpr Type type_table = describe<T>();

// ---- keys of maps ------------------------------------------------------------------------------------------------

template <class K>
std::string_view key_text(const K& key, std::string& room) {
  if constexpr (std::same_as<K, std::string>) {
    return key;
  } else if constexpr (Integer<K>) {
    room.resize(24);
    room.resize(static_cast<std::size_t>(std::to_chars(room.data(), room.data() + room.size(), key).ptr - room.data()));
    return room;
  } else if constexpr (std::same_as<K, Uuid>) {
    return room = to_string(key);
  } else if constexpr (std::is_enum_v<K>) {
    return reflect::enum_name(key);
  } else {
    return key_text(reflect::field<0>(key), room);
  }
}

// What the text of a key is made from.
template <class K>
constexpr const Type* key_type() {
  if constexpr (reflect::Reflectable<K> && !std::same_as<K, Uuid>)
    return key_type<reflect::FieldType<K, 0>>();
  else
    return &type_table<K>;
}

// Only the text that key_text would give: two texts of one key would be two entries.
template <class K>
bool parse_key(std::string_view text, K& key) {
  if constexpr (std::same_as<K, std::string>) {
    key = text;
    return true;
  } else if constexpr (Integer<K>) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key);
    std::string room;
    return error == std::errc{} && end == text.data() + text.size() && key_text(key, room) == text;
  } else if constexpr (std::same_as<K, Uuid>) {
    const auto id = parse_uuid(text);
    if (id) key = *id;
    return id.has_value() && to_string(key) == text;
  } else if constexpr (std::is_enum_v<K>) {
    const auto value = reflect::enum_from_name<K>(text);
    if (value) key = *value;
    return value.has_value();
  } else {
    return parse_key(text, reflect::field<0>(key));
  }
}

// ---- the operations of each kind ---------------------------------------------------------------------------------

template <class Int>
constexpr Kind integer_kind() {
  constexpr bool is_signed = std::is_signed_v<Int>;
  if constexpr (sizeof(Int) == 1)
    return is_signed ? Kind::Int8 : Kind::UInt8;
  else if constexpr (sizeof(Int) == 2)
    return is_signed ? Kind::Int16 : Kind::UInt16;
  else if constexpr (sizeof(Int) == 4)
    return is_signed ? Kind::Int32 : Kind::UInt32;
  else
    return is_signed ? Kind::Int64 : Kind::UInt64;
}

template <class T>
void with_zero(Borrowed<void(const void*)> show) {
  const T zero{};
  show(&zero);
}

template <class E>
struct EnumTable {
  static constexpr auto symbols = [] {
    constexpr auto& all = reflect::enumerators<E>;
    std::array<EnumSymbol, all.size()> table{};
    for (std::size_t i = 0; i < all.size(); ++i)
      table[i] = {static_cast<std::int64_t>(static_cast<std::underlying_type_t<E>>(all[i].value)), all[i].name};
    return table;
  }();
  static constexpr EnumOps ops{symbols, integer_kind<std::underlying_type_t<E>>()};
};

template <class T>
inline constexpr OptionalOps optional_ops{
    &type_table<T>,
    [](const void* value) -> const void* {
      const auto& self = *static_cast<const std::optional<T>*>(value);
      return self ? &*self : nullptr;
    },
    [](void* value) -> void* { return &static_cast<std::optional<T>*>(value)->emplace(); },
    [](void* value) { static_cast<std::optional<T>*>(value)->reset(); },
};

template <class A>
struct ArrayTable {
  using Item = typename Sequence<A>::Item;
  static constexpr bool is_fixed = reflect::is_fixed_size_sequence<A>;
  static constexpr bool is_set = requires(A a, Item i) { a.insert(std::move(i)).second; };

  static std::size_t size(const void* value) { return static_cast<const A*>(value)->size(); }
  static bool each(const void* value, Borrowed<bool(const void*)> show) {
    for (auto&& item : *static_cast<const A*>(value)) {
      if constexpr (std::same_as<A, std::vector<bool>>) {
        const bool bit = item;
        if (!show(&bit)) return false;
      } else {
        if (!show(&item)) return false;
      }
    }
    return true;
  }
  static void clear(void* value) {
    if constexpr (!is_fixed) static_cast<A*>(value)->clear();
  }
  static Added add(void* value, std::size_t index, Borrowed<bool(void*)> fill) {
    auto& self = *static_cast<A*>(value);
    if constexpr (is_fixed) {
      if (index >= self.size()) return Added::Full;
      return fill(&self[index]) ? Added::Yes : Added::Failed;
    } else if constexpr (is_set || std::same_as<A, std::vector<bool>>) {
      Item item{};
      if (!fill(&item)) return Added::Failed;
      if constexpr (is_set)
        return self.insert(std::move(item)).second ? Added::Yes : Added::Duplicate;
      else
        self.push_back(item);
      return Added::Yes;
    } else {
      return fill(&self.emplace_back()) ? Added::Yes : Added::Failed;
    }
  }
  static constexpr std::size_t fixed_size = [] {
    if constexpr (is_fixed) return std::tuple_size_v<A>;
    return static_cast<std::size_t>(SIZE_MAX);
  }();
  static constexpr ArrayOps ops{&type_table<Item>, fixed_size, is_set, size, each, clear, add};
};

template <class K, class V>
struct MapTable {
  using Map = std::map<K, V>;
  static std::size_t size(const void* value) { return static_cast<const Map*>(value)->size(); }
  static bool each(const void* value, Borrowed<bool(std::string_view, const void*)> show) {
    std::string room;
    for (const auto& [key, item] : *static_cast<const Map*>(value))
      if (!show(key_text(key, room), &item)) return false;
    return true;
  }
  static void clear(void* value) { static_cast<Map*>(value)->clear(); }
  static Added add(void* value, std::string_view text, Borrowed<bool(void*)> fill) {
    K key{};
    if (!parse_key(text, key)) return Added::BadKey;
    const auto [at, is_new] = static_cast<Map*>(value)->try_emplace(std::move(key));
    if (!is_new) return Added::Duplicate;
    return fill(&at->second) ? Added::Yes : Added::Failed;
  }
  static constexpr MapOps ops{key_type<K>(), &type_table<V>, size, each, clear, add};
};

template <class... Ts>
struct VariantTable {
  using Variant = std::variant<Ts...>;
  static constexpr std::array<const Type*, sizeof...(Ts)> alternatives{&type_table<Ts>...};
  static std::size_t index(const void* value) {
    const auto at = static_cast<const Variant*>(value)->index();
    return at == std::variant_npos ? SIZE_MAX : at;
  }
  static const void* get(const void* value) {
    return std::visit([](const auto& one) -> const void* { return &one; }, *static_cast<const Variant*>(value));
  }
  template <std::size_t I>
  static void* emplace_at(void* value) {
    return &static_cast<Variant*>(value)->template emplace<I>();
  }
  static void* emplace(void* value, std::size_t at) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      constexpr std::array<void* (*)(void*), sizeof...(Ts)> table{&emplace_at<I>...};
      return table[at](value);
    }(std::index_sequence_for<Ts...>{});
  }
  static constexpr VariantOps ops{alternatives, index, get, emplace};
};
template <class... Ts>
constexpr const VariantOps* variant_ops(std::type_identity<std::variant<Ts...>>) {
  return &VariantTable<Ts...>::ops;
}
template <class K, class V>
constexpr const MapOps* map_ops(std::type_identity<std::map<K, V>>) {
  return &MapTable<K, V>::ops;
}

// ---- structs -----------------------------------------------------------------------------------------------------

// Which fields the struct itself lists in `defaulted`, by their names in C++.
template <class T>
constexpr auto said_defaults() {
  std::array<bool, reflect::field_count<T> + 1> said{};  // one more, for structs without fields
  if constexpr (requires { T::defaulted; }) {
    auto one = [&](std::string_view name) {
      bool found = false;
      for (std::size_t i = 0; i < reflect::field_count<T>; ++i)
        if (reflect::member_names<T>[i] == name) said[i] = found = true;
      if (!found) throw "daybook: `defaulted` names something that is not a field of its struct";
    };
    if constexpr (std::convertible_to<decltype(T::defaulted), std::string_view>)
      one(T::defaulted);
    else
      for (const std::string_view name : T::defaulted) one(name);
  }
  return said;
}

template <class Struct, std::size_t I>
constexpr const Type* field_type() {
  using F = reflect::FieldType<Struct, I>;
  static_assert(Storable<F>,
                "daybook: this field can not be stored; <daybook/codec/storable.hpp> lists what can. `Struct` and `I` "
                "above say which field it is");
  static_assert(is_avro_name(reflect::field_names<Struct>[I]),
                "daybook: a stored field's name is made of A-Z, a-z, 0-9 and _; give it one in `stored_fields`");
  return &type_table<F>;
}

template <class T>
const Structure& structure_of() {
  static const Structure structure = [] {
    const T prototype{};
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] constexpr auto said = said_defaults<T>();
      [[maybe_unused]] const auto place = [&](const auto& field) {
        return static_cast<std::size_t>(reinterpret_cast<const char*>(&field) -
                                        reinterpret_cast<const char*>(&prototype));
      };
      const std::array<FieldSeed, sizeof...(I)> seeds{
          FieldSeed{reflect::field_names<T>[I], place(reflect::field<I>(prototype)), field_type<T, I>(), said[I]}...};
      return make_structure(type_name<T>(), &prototype, seeds);
    }(std::make_index_sequence<reflect::field_count<T>>{});
  }();
  return structure;
}

template <class T>
constexpr Type describe() {
  if constexpr (Chrono<T>::is) {
    // A duration or time point is a standard-layout class around its number, so a pointer to it is one to the number.
    static_assert(std::is_standard_layout_v<T> && sizeof(T) == sizeof(typename Chrono<T>::Number));
    Type type = describe<typename Chrono<T>::Number>();
    type.unit = Chrono<T>::unit;
    type.instant = Chrono<T>::instant;
    type.with_zero = &with_zero<T>;
    return type;
  } else {
    Type type{.kind = Kind::Null, .size = sizeof(T), .with_zero = &with_zero<T>};
    if constexpr (std::same_as<T, std::monostate>) {
      type.kind = Kind::Null;
    } else if constexpr (std::same_as<T, bool>) {
      type.kind = Kind::Bool;
    } else if constexpr (Integer<T>) {
      type.kind = integer_kind<T>();
    } else if constexpr (std::is_floating_point_v<T>) {
      type.kind = sizeof(T) == 4 ? Kind::Float : Kind::Double;
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(is_avro_name(type_name<T>()), "daybook: an enum's name is made of A-Z, a-z, 0-9 and _");
      type.kind = Kind::Enum;
      type.name = type_name<T>();
      type.enumeration = &EnumTable<T>::ops;
    } else if constexpr (std::same_as<T, std::string>) {
      type.kind = Kind::String;
    } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
      type.kind = Kind::Bytes;
    } else if constexpr (is_bytes_array<T>) {
      type.kind = Kind::Fixed;
      type.name = FixedText<std::tuple_size_v<T>>::text;
    } else if constexpr (std::same_as<T, Uuid>) {
      type.kind = Kind::Uuid;
      type.name = "Uuid";
    } else if constexpr (is_optional<T>) {
      type.kind = Kind::Optional;
      type.optional = &optional_ops<typename T::value_type>;
    } else if constexpr (is_variant<T>) {
      type.kind = Kind::Variant;
      type.variant = variant_ops(std::type_identity<T>{});
    } else if constexpr (Sequence<T>::is) {
      type.kind = Kind::Array;
      type.array = &ArrayTable<T>::ops;
    } else if constexpr (requires { map_ops(std::type_identity<T>{}); }) {
      type.kind = Kind::Map;
      type.map = map_ops(std::type_identity<T>{});
    } else {
      static_assert(is_avro_name(type_name<T>()),
                    "daybook: a stored struct's name is made of A-Z, a-z, 0-9 and _; give it a `stored_as`");
      type.kind = Kind::Struct;
      type.name = type_name<T>();
      type.structure = &structure_of<T>;
    }
    return type;
  }
}

}  // namespace detail

template <Storable T>
constexpr const Type& type_of() {
  return detail::type_table<T>;
}

}  // namespace daybook::codec
