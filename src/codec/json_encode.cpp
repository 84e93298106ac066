// encode_json: a value's table and memory to text.
#include <fmt/format.h>

#include <cstring>

#include "base/utf8.hpp"
#include "codec/branch.hpp"
#include "codec/failure.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/json.hpp"

namespace daybook::codec {
namespace {

template <class T>
const T& at(const void* value) {
  return *static_cast<const T*>(value);
}

class Encoder {
 public:
  // Lossy: show whatever there is rather than fail.
  Encoder(std::string& out, bool lossy) : out_(out), lossy_(lossy) {}

  bool put(const Type& type, const void* value) {
    switch (type.kind) {
      case Kind::Null: out_ += "null"; return true;
      case Kind::Bool: out_ += at<bool>(value) ? "true" : "false"; return true;
      case Kind::UInt64: append_number(out_, at<std::uint64_t>(value)); return true;
      case Kind::Int8:
      case Kind::Int16:
      case Kind::Int32:
      case Kind::Int64:
      case Kind::UInt8:
      case Kind::UInt16:
      case Kind::UInt32: return put_integer(type, value);
      case Kind::Float: append_number(out_, at<float>(value)); return true;
      case Kind::Double: append_number(out_, at<double>(value)); return true;
      case Kind::Enum: return put_enum(*type.enumeration, load_integer(type.enumeration->underlying, value));
      case Kind::String: return put_string(at<std::string>(value));
      case Kind::Bytes: {
        const auto& bytes = at<std::vector<std::byte>>(value);
        return put_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      }
      case Kind::Fixed: return put_bytes({static_cast<const char*>(value), type.size});
      case Kind::Uuid:
        out_ += '"';
        out_ += to_string(at<Uuid>(value));
        out_ += '"';
        return true;
      case Kind::Optional: {
        const void* item = type.optional->get(value);
        if (item != nullptr) return put(*type.optional->item, item);
        out_ += "null";
        return true;
      }
      case Kind::Array: return nested([&] { return put_array(*type.array, value); });
      case Kind::Map: return nested([&] { return put_map(*type.map, value); });
      case Kind::Variant: return put_variant(*type.variant, value);
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

  bool put_integer(const Type& type, const void* value) {
    const auto count = load_integer(type.kind, value);
    if (type.instant && append_time(out_, count, type.unit)) return true;
    if (is_date(type) && !is_date_in_range(count))
      return lossy_ || failure.set(fmt::format("{} days are beyond a date of 32 bits", count));
    append_number(out_, count);
    return true;
  }

  bool put_enum(const EnumOps& ops, std::int64_t value) {
    const auto symbol = symbol_of(ops, value);
    if (symbol == SIZE_MAX) {
      if (!lossy_) return failure.set(fmt::format("{} is the value of no enumerator", value));
      append_number(out_, value);
      return true;
    }
    out_ += '"';
    out_ += ops.symbols[symbol].name;
    out_ += '"';
    return true;
  }

  bool put_string(std::string_view text) {
    if (append_json_string(out_, text)) return true;
    if (!lossy_) return failure.set(fmt::format("{} is not well-formed UTF-8", base::quoted(text)));
    append_json_string_lossy(out_, text);
    return true;
  }

  bool put_bytes(std::string_view bytes) {
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
    return true;
  }

  bool put_array(const ArrayOps& ops, const void* value) {
    out_ += '[';
    std::size_t index = 0;
    const bool good = ops.each(value, [&](const void* item) {
      if (index++ > 0) out_ += ',';
      return put(*ops.item, item) || failure.within_item(index - 1);
    });
    out_ += ']';
    return good;
  }

  bool put_map(const MapOps& ops, const void* value) {
    out_ += '{';
    bool is_first = true;
    const bool good = ops.each(value, [&](std::string_view key, const void* item) {
      if (!is_first) out_ += ',';
      is_first = false;
      // A view of nothing is the name of an enum value that has none (key_text).
      if (!key.data() && !lossy_) return failure.set("a key is the value of no enumerator");
      if (!put_string(key)) return false;
      out_ += ':';
      return put(*ops.value, item) || failure.within(key);
    });
    out_ += '}';
    return good;
  }

  bool put_variant(const VariantOps& ops, const void* value) {
    const auto index = ops.index(value);
    if (index == SIZE_MAX) {
      if (!lossy_) return failure.set("a variant that lost its value to an exception");
      out_ += "null";
      return true;
    }
    const Type& type = *ops.alternatives[index];
    if (type.kind == Kind::Null) {
      out_ += "null";
      return true;
    }
    fmt::format_to(std::back_inserter(out_), "{{\"{}\":", branch_name(type));
    if (!nested([&] { return put(type, ops.get(value)); })) return failure.within(branch_name(type));
    out_ += '}';
    return true;
  }

  bool put_struct(const Structure& structure, const void* value) {
    char before = '{';
    for (const auto& field : structure.fields) {
      out_ += before;
      out_ += field.json_key;
      if (!put(*field.type, static_cast<const char*>(value) + field.offset)) return failure.within(field.name);
      before = ',';
    }
    out_ += structure.fields.empty() ? "{}" : "}";
    return true;
  }

  std::string& out_;
  bool lossy_;
  int depth_ = 0;
};

}  // namespace

Status encode_json_as(const Type& type, const void* value, std::string& out) {
  const auto before = out.size();
  Encoder encoder(out, false);
  if (encoder.put(type, value)) return {};
  out.resize(before);
  if (!type.name.empty()) encoder.failure.within(type.name);
  return fail(ErrorCode::BadPayload, "can not be stored: " + encoder.failure.text());
}

void print_json_as(const Type& type, const void* value, std::string& out) {
  Encoder encoder(out, true);
  if (!encoder.put(type, value)) out += "…";
}

}  // namespace daybook::codec
