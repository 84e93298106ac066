// decode_avro: Avro binary to a value, by its table, when writer and reader are the same struct.
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "codec/avro_binary.hpp"
#include "codec/branch.hpp"
#include "codec/json_reader.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/avro.hpp"

namespace daybook::codec {
namespace {

// What a value takes at least: whether arrays of it can claim to be long.
std::size_t least_bytes(const Type& type) {
  switch (type.kind) {
    case Kind::Null: return 0;
    case Kind::Float: return 4;
    case Kind::Double: return 8;
    case Kind::Fixed:
    case Kind::Uuid: return type.size;
    case Kind::Struct:
      for (const auto& leaf : type.structure().leaves)
        if (leaf.type->kind != Kind::Null) return 1;
      return 0;
    default: return 1;
  }
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : in(bytes) {}

  bool get(const Type& type, void* value) {
    switch (type.kind) {
      case Kind::Null: return true;
      case Kind::Bool: return in.take_bool(*static_cast<bool*>(value));
      case Kind::UInt64: return in.take_long(*static_cast<std::int64_t*>(value));
      case Kind::Int64:
        if (is_date(type)) return get_date(*static_cast<std::int64_t*>(value));
        return in.take_long(*static_cast<std::int64_t*>(value));
      case Kind::Int8:
      case Kind::Int16:
      case Kind::Int32:
      case Kind::UInt8:
      case Kind::UInt16:
      case Kind::UInt32: return get_integer(type, value);
      case Kind::Float: return in.take_raw(*static_cast<float*>(value), "a float");
      case Kind::Double: return in.take_raw(*static_cast<double*>(value), "a double");
      case Kind::Enum: {
        std::size_t index = 0;
        const auto& ops = *type.enumeration;
        return in.take_index(ops.symbols.size(), "a symbol", index) &&
               store_integer(ops.underlying, ops.symbols[index].value, value);
      }
      case Kind::String: {
        std::string_view text;
        if (!get_text(text)) return false;
        static_cast<std::string*>(value)->assign(text);
        return true;
      }
      case Kind::Bytes: {
        std::string_view bytes;
        if (!in.take_sized(bytes)) return false;
        const auto* from = reinterpret_cast<const std::byte*>(bytes.data());
        static_cast<std::vector<std::byte>*>(value)->assign(from, from + bytes.size());
        return true;
      }
      case Kind::Fixed:
      case Kind::Uuid: {
        std::string_view bytes;
        if (!in.take_bytes(type.size, bytes)) return false;
        std::memcpy(value, bytes.data(), bytes.size());
        return true;
      }
      case Kind::Optional: return get_optional(*type.optional, value);
      case Kind::Array: return nested([&] { return get_array(*type.array, value); });
      case Kind::Map: return nested([&] { return get_map(*type.map, value); });
      case Kind::Variant: return get_variant(*type.variant, value, 0);
      case Kind::Struct: return get_struct(type.structure(), value);
    }
    return false;
  }

  AvroReader in;

 private:
  bool too_deep() { return in.failure.set(fmt::format("nested deeper than {} levels", kMaxDepth)); }

  template <class F>
  bool nested(F&& inner) {
    if (++depth_ > kMaxDepth) return too_deep();
    const bool good = inner();
    --depth_;
    return good;
  }

  bool get_date(std::int64_t& days) {
    std::int32_t number = 0;
    const bool good = in.take_int(number);
    days = number;
    return good;
  }

  bool get_integer(const Type& type, void* value) {
    std::int64_t number = 0;
    if (!in.take_long(number)) return false;
    if (store_integer(type.kind, number, value)) return true;
    const auto range = range_of(type.kind);
    return in.failure.set(
        fmt::format("expected a whole number from {} to {}, found {} {}", range.first, range.last, number, in.place()));
  }

  bool get_text(std::string_view& text) {
    if (!in.take_sized(text)) return false;
    return base::is_utf8(text) ||
           in.failure.set(fmt::format("expected well-formed UTF-8, found {} {}", base::quoted(text), in.place()));
  }

  bool get_optional(const OptionalOps& ops, void* value) {
    const bool is_variant = ops.item->kind == Kind::Variant;
    std::size_t branch = 0;
    const auto before = in.at();
    if (!in.take_index(is_variant ? 1 + ops.item->variant->alternatives.size() : 2, "a branch", branch)) return false;
    if (branch == 0) {
      ops.reset(value);
      return true;
    }
    if (!is_variant) return get(*ops.item, ops.emplace(value));
    in.seek(before);
    return get_variant(*ops.item->variant, ops.emplace(value), 1);
  }

  bool get_variant(const VariantOps& ops, void* value, std::size_t first) {
    std::size_t branch = 0;
    if (!in.take_index(first + ops.alternatives.size(), "a branch", branch)) return false;
    const Type& type = *ops.alternatives[branch - first];
    void* alternative = ops.emplace(value, branch - first);
    if (type.kind == Kind::Null) return true;
    return nested([&] { return get(type, alternative); }) || in.failure.within(branch_name(type));
  }

  bool get_array(const ArrayOps& ops, void* value) {
    ops.clear(value);
    const auto least = least_bytes(*ops.item);
    std::size_t index = 0;
    for (;;) {
      std::int64_t count = 0;
      if (!in.take_block(least, count)) return false;
      if (count == 0) break;
      // Empty items can come in any number of blocks; what counts is how many there are in all.
      if (least == 0 && index + static_cast<std::size_t>(count) > static_cast<std::size_t>(kMaxEmptyItems))
        return in.failure.set(fmt::format("expected at most {} items without content {}", kMaxEmptyItems, in.place()));
      for (; count > 0; --count, ++index) {
        const auto how = ops.add(value, index, [&](void* item) { return get(*ops.item, item); });
        if (how == Added::Yes) continue;
        if (how == Added::Duplicate) in.failure.set("an item of the set stands there twice");
        if (how == Added::Full) in.failure.set("there are more items than the array has places");
        return in.failure.within_item(index);
      }
    }
    return ops.fixed_size == SIZE_MAX || index == ops.fixed_size ||
           in.failure.set(fmt::format("there are {} items where the array has {}", index, ops.fixed_size));
  }

  bool get_map(const MapOps& ops, void* value) {
    ops.clear(value);
    const auto least = 1 + least_bytes(*ops.value);
    for (;;) {
      std::int64_t count = 0;
      if (!in.take_block(least, count)) return false;
      if (count == 0) return true;
      for (; count > 0; --count) {
        std::string_view key;
        if (!get_text(key)) return false;
        const auto how = ops.add(value, key, [&](void* item) { return get(*ops.value, item); });
        if (how == Added::Yes) continue;
        if (how == Added::Duplicate) in.failure.set("this key stands there twice");
        if (how == Added::BadKey) in.failure.set("this is not a key of the map");
        return in.failure.within(key);
      }
    }
  }

  bool get_struct(const Structure& structure, void* value) {
    if (depth_ + structure.levels > kMaxDepth) return too_deep();
    for (const auto& leaf : structure.leaves) {
      depth_ += leaf.levels;
      if (!get(*leaf.type, static_cast<char*>(value) + leaf.offset)) return in.failure.within(leaf.path);
      depth_ -= leaf.levels;
    }
    return true;
  }

  int depth_ = 0;
};

}  // namespace

Status decode_avro_as(const Type& type, std::string_view bytes, void* value) {
  Decoder decoder(bytes);
  if (decoder.get(type, value) && decoder.in.end()) return {};
  if (!type.name.empty()) decoder.in.failure.within(type.name);
  return fail(ErrorCode::BadPayload, decoder.in.failure.text());
}

}  // namespace daybook::codec
