// encode_avro: a value's table and memory to Avro binary.
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "codec/avro_binary.hpp"
#include "codec/branch.hpp"
#include "codec/json_reader.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/avro.hpp"

namespace daybook::codec {
namespace {

template <class T>
const T& at(const void* value) {
  return *static_cast<const T*>(value);
}

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  bool put(const Type& type, const void* value) {
    switch (type.kind) {
      case Kind::Null: return true;
      case Kind::Bool: out_ += at<bool>(value) ? '\1' : '\0'; return true;
      case Kind::Int8:
      case Kind::Int16:
      case Kind::Int32:
      case Kind::UInt8:
      case Kind::UInt16:
      case Kind::UInt32:
      case Kind::UInt64: append_long(out_, load_integer(type.kind, value)); return true;
      case Kind::Int64:
        if (is_date(type) && !is_date_in_range(at<std::int64_t>(value)))
          return failure.set(fmt::format("{} days are beyond a date of 32 bits", at<std::int64_t>(value)));
        append_long(out_, at<std::int64_t>(value));
        return true;
      case Kind::Float: append_raw(out_, at<float>(value)); return true;
      case Kind::Double: append_raw(out_, at<double>(value)); return true;
      case Kind::Enum: return put_enum(*type.enumeration, value);
      case Kind::String: return put_string(at<std::string>(value));
      case Kind::Bytes: {
        const auto& bytes = at<std::vector<std::byte>>(value);
        append_sized(out_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        return true;
      }
      case Kind::Fixed:
      case Kind::Uuid: out_.append(static_cast<const char*>(value), type.size); return true;
      case Kind::Optional: return put_optional(*type.optional, value);
      case Kind::Array: return nested([&] { return put_array(*type.array, value); });
      case Kind::Map: return nested([&] { return put_map(*type.map, value); });
      case Kind::Variant: return put_variant(*type.variant, value, 0);
      case Kind::Struct: return nested([&] { return put_struct(type.structure(), value); });
    }
    return false;
  }

  Failure failure;

 private:
  template <class F>
  bool nested(F&& inner) {
    if (++depth_ > kMaxDepth) return failure.set(fmt::format("nested deeper than {} levels", kMaxDepth));
    const bool good = inner();
    --depth_;
    return good;
  }

  bool put_string(std::string_view text) {
    if (!base::is_utf8(text)) return failure.set(fmt::format("{} is not well-formed UTF-8", base::quoted(text)));
    append_sized(out_, text);
    return true;
  }

  bool put_enum(const EnumOps& ops, const void* value) {
    const auto number = load_integer(ops.underlying, value);
    const auto symbol = symbol_of(ops, number);
    if (symbol == SIZE_MAX) return failure.set(fmt::format("{} is the value of no enumerator", number));
    append_long(out_, static_cast<std::int64_t>(symbol));
    return true;
  }

  // Branch 0 is null. An optional variant is one flat union, since Avro has none within another.
  bool put_optional(const OptionalOps& ops, const void* value) {
    const void* item = ops.get(value);
    if (item == nullptr) {
      append_long(out_, 0);
      return true;
    }
    if (ops.item->kind == Kind::Variant) return put_variant(*ops.item->variant, item, 1);
    append_long(out_, 1);
    return put(*ops.item, item);
  }

  bool put_variant(const VariantOps& ops, const void* value, std::size_t first) {
    const auto index = ops.index(value);
    if (index == SIZE_MAX) return failure.set("a variant that lost its value to an exception");
    append_long(out_, static_cast<std::int64_t>(index + first));
    const Type& type = *ops.alternatives[index];
    if (type.kind == Kind::Null) return true;
    return nested([&] { return put(type, ops.get(value)); }) || failure.within(branch_name(type));
  }

  bool put_array(const ArrayOps& ops, const void* value) {
    const auto size = ops.size(value);
    if (size > 0) {
      append_long(out_, static_cast<std::int64_t>(size));
      std::size_t index = 0;
      const auto before = out_.size();
      if (!ops.each(value, [&](const void* item) {
            ++index;
            return put(*ops.item, item) || failure.within_item(index - 1);
          }))
        return false;
      if (out_.size() == before && size > static_cast<std::size_t>(kMaxEmptyItems))
        return failure.set(
            fmt::format("{} items without content, where at most {} can be stored", size, kMaxEmptyItems));
    }
    append_long(out_, 0);
    return true;
  }

  bool put_map(const MapOps& ops, const void* value) {
    const auto size = ops.size(value);
    if (size > 0) {
      append_long(out_, static_cast<std::int64_t>(size));
      const bool good = ops.each(value, [&](std::string_view key, const void* item) {
        if (!key.data()) return failure.set("a key is the value of no enumerator");
        return put_string(key) && (put(*ops.value, item) || failure.within(key));
      });
      if (!good) return false;
    }
    append_long(out_, 0);
    return true;
  }

  bool put_struct(const Structure& structure, const void* value) {
    for (const auto& field : structure.fields)
      if (!put(*field.type, static_cast<const char*>(value) + field.offset)) return failure.within(field.name);
    return true;
  }

  std::string& out_;
  int depth_ = 0;
};

}  // namespace

Status encode_avro_as(const Type& type, const void* value, std::string& out) {
  const auto before = out.size();
  Encoder encoder(out);
  if (encoder.put(type, value)) return {};
  out.resize(before);
  if (!type.name.empty()) encoder.failure.within(type.name);
  return fail(ErrorCode::BadPayload, "can not be stored: " + encoder.failure.text());
}

}  // namespace daybook::codec
