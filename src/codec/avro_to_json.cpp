// Avro binary to our JSON by a schema: what encode_json would have written, without the struct.
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "codec/avro_binary.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"
#include "codec/logical.hpp"
#include "codec/steps.hpp"
#include "codec/transcode.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::codec {
namespace {

class Printer {
 public:
  Printer(std::string_view bytes, std::string& out) : in(bytes), out_(out), steps_(bytes.size()) {}

  bool put(const AvroNode& node) {
    std::string_view bytes;
    if (!steps_.one(in.failure)) return false;
    switch (node.type) {
      case AvroType::Null: out_ += "null"; return true;
      case AvroType::Boolean: {
        bool flag = false;
        if (!in.take_bool(flag)) return false;
        out_ += flag ? "true" : "false";
        return true;
      }
      case AvroType::Int: {
        std::int32_t number = 0;
        return in.take_int(number) && put_integer(node, number);
      }
      case AvroType::Long: {
        std::int64_t number = 0;
        return in.take_long(number) && put_integer(node, number);
      }
      case AvroType::Float: return put_real<float>("a float");
      case AvroType::Double: return put_real<double>("a double");
      case AvroType::String: return in.take_sized(bytes) && put_string(bytes);
      case AvroType::Bytes: return in.take_sized(bytes) && put_bytes(bytes);
      case AvroType::Fixed: return in.take_bytes(node.size, bytes) && put_fixed(node, bytes);
      case AvroType::Enum: {
        std::size_t index = 0;
        return in.take_index(node.symbols.size(), "a symbol", index) && put_string(node.symbols[index]);
      }
      case AvroType::Union: return put_union(node);
      case AvroType::Array:
      case AvroType::Map: return nested([&] { return put_items(node); });
      case AvroType::Record: return nested([&] { return put_record(node); });
    }
    return false;
  }

  AvroReader in;

 private:
  template <class F>
  bool nested(F&& inner) {
    if (++depth_ > kMaxDepth) return in.failure.set(fmt::format("nested deeper than {} levels", kMaxDepth));
    const bool good = inner();
    --depth_;
    return good;
  }

  bool put_integer(const AvroNode& node, std::int64_t number) {
    const auto meaning = logical_of(node);
    if (meaning.instant && append_time(out_, number, meaning.unit)) return true;
    if (meaning.integer == Kind::UInt64)
      append_number(out_, static_cast<std::uint64_t>(number));
    else
      append_number(out_, number);
    return true;
  }

  template <class F>
  bool put_real(const char* what) {
    F value{};
    if (!in.take_raw(value, what)) return false;
    append_number(out_, value);
    return true;
  }

  bool put_string(std::string_view text) {
    return append_json_string(out_, text) ||
           in.failure.set(fmt::format("expected well-formed UTF-8, found {} {}", base::quoted(text), in.place()));
  }

  bool put_bytes(std::string_view bytes) {
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
    return true;
  }

  bool put_fixed(const AvroNode& node, std::string_view bytes) {
    if (!logical_of(node).is_uuid) return put_bytes(bytes);
    Uuid id;
    std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
    out_ += '"' + to_string(id) + '"';
    return true;
  }

  bool put_union(const AvroNode& node) {
    std::size_t index = 0;
    if (!in.take_index(node.branches.size(), "a branch", index)) return false;
    const auto& branch = *node.branches[index];
    if (branch.type == AvroType::Null || is_optional(node)) return put(branch);
    return nested([&] {
      fmt::format_to(std::back_inserter(out_), "{{\"{}\":", branch.branch_name());
      if (!put(branch)) return in.failure.within(branch.branch_name());
      out_ += '}';
      return true;
    });
  }

  bool put_items(const AvroNode& node) {
    const bool is_map = node.type == AvroType::Map;
    out_ += is_map ? '{' : '[';
    std::size_t index = 0;
    std::string_view key;
    for (;;) {
      std::int64_t count = 0;
      if (!in.take_block(node.item->least_bytes + (is_map ? 1 : 0), count)) return false;
      if (count == 0) break;
      for (; count > 0; --count, ++index) {
        if (index > 0) out_ += ',';
        if (is_map) {
          if (!in.take_sized(key) || !put_string(key)) return false;
          out_ += ':';
        }
        if (!put(*node.item)) return is_map ? in.failure.within(key) : in.failure.within_item(index);
      }
    }
    out_ += is_map ? '}' : ']';
    return true;
  }

  bool put_record(const AvroNode& node) {
    char before = '{';
    for (const auto& field : node.fields) {
      out_ += before;
      out_ += '"';
      out_ += field.name;
      out_ += "\":";
      if (!put(*field.type)) return in.failure.within(field.name);
      before = ',';
    }
    out_ += node.fields.empty() ? "{}" : "}";
    return true;
  }

  std::string& out_;
  Steps steps_;
  int depth_ = 0;
};

}  // namespace

Status avro_to_json(const AvroSchema& schema, std::string_view bytes, std::string& out) {
  const auto before = out.size();
  Printer printer(bytes, out);
  if (printer.put(schema.root()) && printer.in.end()) return {};
  out.resize(before);
  if (schema.root().is_named()) printer.in.failure.within(schema.root().name);
  return fail(ErrorCode::BadPayload, printer.in.failure.text());
}

Result<std::string> avro_to_json(std::string_view schema, std::string_view bytes) {
  const auto parsed = AvroSchema::parse(schema);
  if (!parsed) return std::unexpected(parsed.error());
  std::string out;
  if (auto done = avro_to_json(**parsed, bytes, out); !done) return std::unexpected(std::move(done.error()));
  return out;
}

}  // namespace daybook::codec
