#include "codec/avro_default.hpp"

#include <charconv>

#include "codec/avro_binary.hpp"
#include "codec/json_text.hpp"

namespace daybook::codec {
namespace {

using What = JsonReader::What;

// Avro spells bytes as a string of the characters U+0000 to U+00FF.
bool latin1(std::string_view text, std::string& bytes) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      bytes += text[i];
    } else if ((c == 0xc2 || c == 0xc3) && i + 1 < text.size()) {
      bytes += static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    } else {
      return false;
    }
  }
  return true;
}

void append_latin1(std::string& out, std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    if (c >= 0x80) {
      text += static_cast<char>(0xc0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      text += byte;
    }
  }
  append_json_string(out, text);
}

template <class F>
bool real(const JsonValue& json, std::string& out) {
  std::string text;
  json.print(text);
  JsonReader in(text);
  F value{};
  if (!in.number(value)) return false;
  append_raw(out, value);
  return true;
}

// Steps left: a union's branches are tried one after the other, at every level, and defaults hold defaults; a few lines
// of schema could otherwise take for ever.
using Budget = std::size_t;
constexpr Budget kBudget = 100'000;

bool encode(const AvroNode& type, const JsonValue& json, std::string& out, Budget& budget);

bool record(const AvroNode& type, const JsonValue& json, std::string& out, Budget& budget) {
  if (!json.is(What::Object)) return false;
  for (const auto& field : type.fields) {
    const auto* value = json.find(field.name);
    if (value != nullptr) {
      if (!encode(*field.type, *value, out, budget)) return false;
    } else if (field.default_bytes) {
      out += *field.default_bytes;
    } else {
      return false;
    }
    if (out.size() > kMaxSchemaBytes) return false;
  }
  return true;
}

class Printer {
 public:
  Printer(std::string_view bytes, std::string& out) : in(bytes), out_(out) {}

  bool put(const AvroNode& type) {
    std::int64_t number = 0;
    std::string_view bytes;
    std::size_t index = 0;
    bool flag = false;
    switch (type.type) {
      case AvroType::Null: out_ += "null"; return true;
      case AvroType::Boolean:
        if (!in.take_bool(flag)) return false;
        out_ += flag ? "true" : "false";
        return true;
      case AvroType::Int:
      case AvroType::Long:
        if (!in.take_long(number)) return false;
        append_number(out_, number);
        return true;
      case AvroType::Float: return put_real<float>();
      case AvroType::Double: return put_real<double>();
      case AvroType::String: return in.take_sized(bytes) && append_json_string(out_, bytes);
      case AvroType::Bytes:
      case AvroType::Fixed:
        if (!(type.type == AvroType::Bytes ? in.take_sized(bytes) : in.take_bytes(type.size, bytes))) return false;
        append_latin1(out_, bytes);
        return true;
      case AvroType::Enum:
        return in.take_index(type.symbols.size(), "a symbol", index) && append_json_string(out_, type.symbols[index]);
      case AvroType::Union: return in.take_index(type.branches.size(), "a branch", index) && put(*type.branches[index]);
      case AvroType::Array:
      case AvroType::Map: return put_items(type);
      case AvroType::Record: {
        char before = '{';
        for (const auto& field : type.fields) {
          out_ += before;
          append_json_string(out_, field.name);
          out_ += ':';
          if (!put(*field.type)) return false;
          before = ',';
        }
        out_ += type.fields.empty() ? "{}" : "}";
        return true;
      }
    }
    return false;
  }

  AvroReader in;

 private:
  template <class F>
  bool put_real() {
    F value{};
    if (!in.take_raw(value, "a number")) return false;
    append_number(out_, value);
    return true;
  }

  bool put_items(const AvroNode& type) {
    const bool is_map = type.type == AvroType::Map;
    std::string_view key;
    out_ += is_map ? '{' : '[';
    for (std::size_t index = 0;;) {
      std::int64_t count = 0;
      if (!in.take_block(type.item->least_bytes + (is_map ? 1 : 0), count)) return false;
      if (count == 0) break;
      for (; count > 0; --count, ++index) {
        if (index > 0) out_ += ',';
        if (is_map) {
          if (!in.take_sized(key) || !append_json_string(out_, key)) return false;
          out_ += ':';
        }
        if (!put(*type.item)) return false;
      }
    }
    out_ += is_map ? '}' : ']';
    return true;
  }

  std::string& out_;
};

bool encode(const AvroNode& type, const JsonValue& json, std::string& out, Budget& budget) {
  if (budget == 0) return false;
  --budget;
  switch (type.type) {
    case AvroType::Null: return json.is(What::Null);
    case AvroType::Boolean:
      out += json.is(What::True) ? '\1' : '\0';
      return json.is(What::True) || json.is(What::False);
    case AvroType::Int:
    case AvroType::Long: {
      if (!json.is(What::Number)) return false;
      std::int64_t value = 0;
      const auto* end = json.text.data() + json.text.size();
      const auto [stop, error] = std::from_chars(json.text.data(), end, value);
      if (error != std::errc{} || stop != end) return false;
      append_long(out, value);
      return type.type == AvroType::Long || (value >= INT32_MIN && value <= INT32_MAX);
    }
    case AvroType::Float: return real<float>(json, out);
    case AvroType::Double: return real<double>(json, out);
    case AvroType::String:
      if (!json.is_string()) return false;
      append_sized(out, json.text);
      return true;
    case AvroType::Bytes:
    case AvroType::Fixed: {
      std::string bytes;
      if (!json.is_string() || !latin1(json.text, bytes)) return false;
      if (type.type == AvroType::Bytes)
        append_sized(out, bytes);
      else
        out += bytes;
      return type.type == AvroType::Bytes || bytes.size() == type.size;
    }
    case AvroType::Enum:
      for (std::size_t i = 0; json.is_string() && i < type.symbols.size(); ++i)
        if (type.symbols[i] == json.text) {
          append_long(out, static_cast<std::int64_t>(i));
          return true;
        }
      return false;
    case AvroType::Array:
    case AvroType::Map: {
      const bool is_map = type.type == AvroType::Map;
      if (!json.is(is_map ? What::Object : What::Array)) return false;
      const auto size = is_map ? json.members.size() : json.items.size();
      if (size > 0) append_long(out, static_cast<std::int64_t>(size));
      for (std::size_t i = 0; i < size; ++i) {
        if (is_map) append_sized(out, json.members[i].first);
        if (!encode(*type.item, is_map ? json.members[i].second : json.items[i], out, budget)) return false;
      }
      append_long(out, 0);
      return true;
    }
    case AvroType::Union:
      for (std::size_t i = 0; i < type.branches.size(); ++i) {
        std::string value;
        if (!encode(*type.branches[i], json, value, budget)) continue;
        append_long(out, static_cast<std::int64_t>(i));
        out += value;
        return true;
      }
      return false;
    case AvroType::Record: return record(type, json, out, budget);
  }
  return false;
}

}  // namespace

bool encode_avro_default(const AvroNode& type, const JsonValue& json, std::string& out) {
  Budget budget = kBudget;
  return encode(type, json, out, budget);
}

bool print_avro_default(const AvroNode& type, std::string_view bytes, std::string& out) {
  Printer printer(bytes, out);
  return printer.put(type) && printer.in.end();
}

}  // namespace daybook::codec
