// Parsing Canonical Form and its fingerprint, as the Avro specification defines them.
#include <array>
#include <set>

#include "codec/avro_schema.hpp"

namespace daybook::codec {
namespace {

class Writer {
 public:
  std::string out;

  void put(const AvroNode& node) {
    if (node.is_named() && !defined_.insert(&node).second) {
      quoted(node.name);
      return;
    }
    switch (node.type) {
      case AvroType::Array: container("array", "items", *node.item); return;
      case AvroType::Map: container("map", "values", *node.item); return;
      case AvroType::Union: list(node.branches, '[', ']', [&](const AvroNode* branch) { put(*branch); }); return;
      case AvroType::Record:
        head(node, "record");
        out += ",\"fields\":";
        list(node.fields, '[', ']', [&](const AvroField& field) {
          out += "{\"name\":";
          quoted(field.name);
          out += ",\"type\":";
          put(*field.type);
          out += '}';
        });
        out += '}';
        return;
      case AvroType::Enum:
        head(node, "enum");
        out += ",\"symbols\":";
        list(node.symbols, '[', ']', [&](const std::string& symbol) { quoted(symbol); });
        out += '}';
        return;
      case AvroType::Fixed:
        head(node, "fixed");
        out += ",\"size\":" + std::to_string(node.size) + '}';
        return;
      default: quoted(name_of(node.type));
    }
  }

 private:
  void quoted(std::string_view name) {
    out += '"';
    out += name;
    out += '"';
  }
  void head(const AvroNode& node, std::string_view type) {
    out += "{\"name\":";
    quoted(node.name);
    out += ",\"type\":";
    quoted(type);
  }
  void container(std::string_view type, std::string_view attribute, const AvroNode& item) {
    out += "{\"type\":";
    quoted(type);
    out += ',';
    quoted(attribute);
    out += ':';
    put(item);
    out += '}';
  }
  template <class List, class F>
  void list(const List& items, char open, char close, F&& put_one) {
    out += open;
    bool is_first = true;
    for (const auto& one : items) {
      if (!is_first) out += ',';
      is_first = false;
      put_one(one);
    }
    out += close;
  }

  std::set<const AvroNode*> defined_;
};

constexpr std::uint64_t kEmpty = 0xc15d213aa4d7a795u;
constexpr auto kTable = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (kEmpty & (0 - (value & 1)));
    table[i] = value;
  }
  return table;
}();

}  // namespace

std::string AvroSchema::canonical() const {
  Writer writer;
  writer.put(*root_);
  return writer.out;
}

std::uint64_t crc64_avro(std::string_view bytes) {
  std::uint64_t crc = kEmpty;
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return crc;
}

}  // namespace daybook::codec
