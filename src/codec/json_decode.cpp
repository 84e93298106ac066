// decode_json: text to a value, by its table, in one pass.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>

#include "codec/branch.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"

namespace daybook::codec {
namespace {

using More = JsonReader::More;
using What = JsonReader::What;

class Decoder {
 public:
  explicit Decoder(std::string_view text) : in(text) {}

  bool get(const Type& type, void* value) {
    switch (type.kind) {
      case Kind::Null: return in.null();
      case Kind::Bool: return in.boolean(*static_cast<bool*>(value));
      case Kind::Int64:
        if (!type.instant) return in.integer(*static_cast<std::int64_t*>(value));
        [[fallthrough]];
      case Kind::Int8:
      case Kind::Int16:
      case Kind::Int32:
      case Kind::UInt8:
      case Kind::UInt16:
      case Kind::UInt32: return get_integer(type, value);
      case Kind::UInt64: return in.unsigned_integer(*static_cast<std::uint64_t*>(value));
      case Kind::Float: return in.number(*static_cast<float*>(value));
      case Kind::Double: return in.number(*static_cast<double*>(value));
      case Kind::Enum: return get_enum(*type.enumeration, value);
      case Kind::String: return in.string(*static_cast<std::string*>(value));
      case Kind::Bytes:
      case Kind::Fixed: return get_bytes(type, value);
      case Kind::Uuid: return get_uuid(*static_cast<Uuid*>(value));
      case Kind::Optional: return get_optional(*type.optional, value);
      case Kind::Array: return get_array(*type.array, value);
      case Kind::Map: return get_map(*type.map, value);
      case Kind::Variant: return get_variant(*type.variant, value);
      case Kind::Struct: return get_struct(type.structure(), value);
    }
    return false;
  }

  JsonReader in;

 private:
  bool get_count(const Type& type, std::int64_t& count) {
    if (!type.instant || in.peek() != What::String) return in.integer(count);
    std::string_view text;
    return in.string(text) &&
           (parse_time(text, type.unit, count) ||
            in.fail("a time such as \"2026-11-23T10:15:00Z\", in range and no finer than its field"));
  }

  bool get_integer(const Type& type, void* value) {
    std::int64_t count = 0;
    if (!get_count(type, count)) return false;
    if ((!is_date(type) || is_date_in_range(count)) && store_integer(type.kind, count, value)) return true;
    const auto range = range_of(is_date(type) ? Kind::Int32 : type.kind);
    return in.fail(fmt::format("a whole number from {} to {}", range.first, range.last));
  }

  bool get_enum(const EnumOps& ops, void* value) {
    std::string_view name;
    if (!in.string(name)) return false;
    const auto symbol = symbol_of(ops, name);
    if (symbol != SIZE_MAX) return store_integer(ops.underlying, ops.symbols[symbol].value, value);
    std::string names;
    for (const auto& one : ops.symbols) names += (names.empty() ? "" : ", ") + std::string(one.name);
    return in.fail("one of " + names);
  }

  bool get_bytes(const Type& type, void* value) {
    std::string_view text;
    if (!in.string(text)) return false;
    if (!parse_base64(text, room_)) return in.fail("bytes as base64 with padding");
    if (type.kind == Kind::Fixed) {
      if (room_.size() != type.size) return in.fail(fmt::format("{} bytes as base64, not {}", type.size, room_.size()));
      std::memcpy(value, room_.data(), room_.size());
    } else {
      const auto* bytes = reinterpret_cast<const std::byte*>(room_.data());
      static_cast<std::vector<std::byte>*>(value)->assign(bytes, bytes + room_.size());
    }
    return true;
  }

  bool get_uuid(Uuid& id) {
    std::string_view text;
    if (!in.string(text)) return false;
    const auto parsed = parse_uuid(text);
    if (!parsed) return in.fail("a UUID of 36 characters");
    id = *parsed;
    return true;
  }

  bool get_optional(const OptionalOps& ops, void* value) {
    if (in.peek() != What::Null) return get(*ops.item, ops.emplace(value));
    ops.reset(value);
    return in.null();
  }

  bool added(Added how, std::string_view key) {
    switch (how) {
      case Added::Yes: return true;
      case Added::Failed: return false;
      case Added::Duplicate: return in.fail_at_all(fmt::format("{} stands there twice", key));
      case Added::Full: return in.fail_at_all("there are more items than the array has places");
      case Added::BadKey: return in.fail_at_all(fmt::format("{} is not a key of this map", key));
    }
    return false;
  }

  bool get_array(const ArrayOps& ops, void* value) {
    if (!in.begin_array()) return false;
    ops.clear(value);
    std::size_t index = 0;
    for (;; ++index) {
      const auto more = in.next_item();
      if (more == More::Bad) return false;
      if (more == More::End) break;
      if (!added(ops.add(value, index, [&](void* item) { return get(*ops.item, item); }), "an item of the set"))
        return in.within_item(index);
    }
    return ops.fixed_size == SIZE_MAX || index == ops.fixed_size ||
           in.fail_at_all(fmt::format("there are {} items where the array has {}", index, ops.fixed_size));
  }

  bool get_map(const MapOps& ops, void* value) {
    if (!in.begin_object()) return false;
    ops.clear(value);
    std::string_view key;
    for (;;) {
      const auto more = in.next_key(key);
      if (more == More::Bad) return false;
      if (more == More::End) return true;
      // The view goes when the value is read, and only then is an error put together.
      const std::string name(key);
      if (!added(ops.add(value, name, [&](void* item) { return get(*ops.value, item); }), name)) return in.within(name);
    }
  }

  bool get_variant(const VariantOps& ops, void* value) {
    if (in.peek() == What::Null) {
      for (std::size_t i = 0; i < ops.alternatives.size(); ++i)
        if (ops.alternatives[i]->kind == Kind::Null) {
          ops.emplace(value, i);
          return in.null();
        }
    }
    std::string_view key;
    if (!in.begin_object()) return false;
    const auto first = in.next_key(key);
    if (first == More::Bad) return false;
    for (std::size_t i = 0; first == More::Yes && i < ops.alternatives.size(); ++i) {
      const Type& type = *ops.alternatives[i];
      if (type.kind == Kind::Null || branch_name(type) != key) continue;
      if (!get(type, ops.emplace(value, i))) return in.within(branch_name(type));
      const auto second = in.next_key(key);
      return second == More::End || (second == More::Yes && in.fail_at_all("a second key where a variant has one"));
    }
    std::string names;
    for (const auto* one : ops.alternatives) names += (names.empty() ? "" : ", ") + std::string(branch_name(*one));
    return in.fail_at_all(fmt::format("the one key of a variant must be one of {}", names));
  }

  static std::size_t find(const Structure& structure, std::string_view name, std::size_t expected) {
    const auto count = structure.fields.size();
    // Our own writer keeps the order, so the first look nearly always finds it.
    for (std::size_t n = 0, i = expected; n < count; ++n, ++i) {
      if (i == count) i = 0;
      if (structure.fields[i].name == name) return i;
    }
    return SIZE_MAX;
  }

  bool get_struct(const Structure& structure, void* value) {
    if (!in.begin_object()) return false;
    static_assert(kMaxFields <= 128);
    std::array<std::uint64_t, 2> seen{};
    std::size_t expected = 0, count = 0;
    std::string_view key;
    for (;;) {
      const auto more = in.next_key(key);
      if (more == More::Bad) return false;
      if (more == More::End) break;
      const auto i = find(structure, key, expected);
      if (i == SIZE_MAX) {
        if (!in.skip()) return false;
        continue;
      }
      const auto& field = structure.fields[i];
      const auto bit = std::uint64_t{1} << (i % 64);
      if ((seen[i / 64] & bit) != 0) return in.fail_at_all(fmt::format("field {} stands there twice", field.name));
      seen[i / 64] |= bit;
      if (!get(*field.type, static_cast<char*>(value) + field.offset)) return in.within(field.name);
      expected = i + 1;
      ++count;
    }
    if (count == structure.fields.size()) return true;
    for (std::size_t i = 0; i < structure.fields.size(); ++i) {
      if ((seen[i / 64] >> (i % 64) & 1) != 0) continue;
      const auto& field = structure.fields[i];
      if (!field.has_default) return in.fail_at_all(fmt::format("field {} is missing and has no default", field.name));
      const auto filled = decode_avro_as(*field.type, field.default_bytes, static_cast<char*>(value) + field.offset);
      if (!filled) return in.fail_at_all(filled.error().message);
    }
    return true;
  }

  std::string room_;
};

}  // namespace

Status decode_json_as(const Type& type, std::string_view text, void* value) {
  Decoder decoder(text);
  if (decoder.get(type, value) && decoder.in.end()) return {};
  if (!type.name.empty()) decoder.in.within(type.name);
  return fail(ErrorCode::BadPayload, decoder.in.error());
}

}  // namespace daybook::codec
