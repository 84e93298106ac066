// schema_of: a type's table to its Avro schema.
#include "daybook/codec/schema.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <map>

#include "base/ensure.hpp"
#include "codec/avro_default.hpp"
#include "codec/avro_schema.hpp"
#include "codec/branch.hpp"
#include "codec/logical.hpp"

namespace daybook::codec {
namespace {

class Writer {
 public:
  std::string out;

  void put(const Type& type) {
    if (const auto logical = logical_of(type); !logical.empty() && type.kind != Kind::Uuid) {
      out += fmt::format(R"({{"type":"{}","logicalType":"{}"}})", branch_name(type), logical);
      return;
    }
    switch (type.kind) {
      case Kind::Optional:
        out += R"(["null",)";
        if (type.optional->item->kind == Kind::Variant)
          put_alternatives(*type.optional->item->variant);
        else
          put(*type.optional->item);
        out += ']';
        return;
      case Kind::Variant:
        out += '[';
        put_alternatives(*type.variant);
        out += ']';
        return;
      case Kind::Array:
        out += R"({"type":"array","items":)";
        put(*type.array->item);
        out += '}';
        return;
      case Kind::Map:
        out += R"({"type":"map","values":)";
        put(*type.map->value);
        out += '}';
        return;
      case Kind::Enum:
      case Kind::Fixed:
      case Kind::Uuid:
      case Kind::Struct: put_named(type); return;
      default: out += fmt::format(R"("{}")", branch_name(type));
    }
  }

 private:
  void put_alternatives(const VariantOps& ops) {
    for (const auto* one : ops.alternatives) {
      if (one != ops.alternatives.front()) out += ',';
      put(*one);
    }
  }

  // Defined where it comes first, then named.
  void put_named(const Type& type) {
    const auto [known, is_new] = named_.try_emplace(std::string(type.name), &type);
    if (!is_new) {
      if (known->second != &type) {
        // Two structs of one name in one event would be one type to every reader. Only the program's own source can
        // bring this about, so it stops.
        std::fprintf(stderr, "daybook: two different types are stored as %s in one schema; give one a stored_as\n",
                     known->first.c_str());
        ENSURE(known->second == &type);
      }
      out += fmt::format(R"("{}")", type.name);
      return;
    }
    switch (type.kind) {
      case Kind::Enum: {
        out += fmt::format(R"({{"type":"enum","name":"{}","symbols":[)", type.name);
        const char* before = "\"";
        for (const auto& symbol : type.enumeration->symbols) {
          out += before;
          out += symbol.name;
          before = "\",\"";
        }
        out += "\"]}";
        return;
      }
      case Kind::Fixed: out += fmt::format(R"({{"type":"fixed","name":"{}","size":{}}})", type.name, type.size); return;
      case Kind::Uuid: out += R"({"type":"fixed","name":"Uuid","size":16,"logicalType":"uuid"})"; return;
      default: put_record(type);
    }
  }

  void put_record(const Type& type) {
    out += fmt::format(R"({{"type":"record","name":"{}","fields":[)", type.name);
    const auto& fields = type.structure().fields;
    for (const auto& field : fields) {
      if (&field != fields.data()) out += ',';
      out += fmt::format(R"({{"name":"{}","type":)", field.name);
      put(*field.type);
      if (field.has_default) put_default(field);
      out += '}';
    }
    out += "]}";
  }

  // Spelled by the schema of the field alone. A default that does not come back as the same value from its spelling (a
  // union's, read as its first branch that fits) is left out; the field then counts as one without.
  void put_default(const Field& field) {
    const auto alone = AvroSchema::parse(make_schema(*field.type).text);
    ENSURE(alone);
    std::string text, back;
    if (!print_avro_default((*alone)->root(), field.default_bytes, text)) return;
    const auto json = parse_json(text);
    if (!json || !encode_avro_default((*alone)->root(), *json, back) || back != field.default_bytes) return;
    out += R"(,"default":)" + text;
  }

  std::map<std::string, const Type*> named_;
};

}  // namespace

std::uint64_t schema_fingerprint(std::string_view schema) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(schema.data()), schema.size(), digest.data());
  std::uint64_t value;
  std::memcpy(&value, digest.data(), sizeof value);
  return value == 0 ? 1 : value;
}

Schema make_schema(const Type& type) {
  Writer writer;
  writer.put(type);
  const auto fingerprint = schema_fingerprint(writer.out);
  return {std::move(writer.out), fingerprint};
}

}  // namespace daybook::codec
