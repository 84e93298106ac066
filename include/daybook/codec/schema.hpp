// The schema of a struct, as Avro JSON: what stands in the log beside the events, so that they can be read without the
// program that wrote them.
//
//     schema_of<Deposited>()
//     {"type":"record","name":"Deposited","fields":[{"name":"amount","type":
//         {"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]}}]}        (in one line)
//
// Made from the struct alone, without white space, the same on every machine and with every compiler. Names have no
// namespace. Integers narrower than Avro's, and unsigned ones, are Avro's int or long with a logicalType ("uint8",
// "uint64", …) that keeps their range; times and durations likewise say their unit. docs/format/payloads.md has the
// table. A field that has a default (describe.hpp) says it.
//
// Any thread may call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/codec/describe.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

// A schema's name in the records: the first 8 bytes of the SHA-256 of its text, little-endian. 0 means "none", and no
// schema has it.
std::uint64_t schema_fingerprint(std::string_view schema);

struct Schema {
  std::string text;
  std::uint64_t fingerprint;
};

// Made anew at every call.
Schema make_schema(const Type& type);

template <Storable T>
const Schema& schema_with_fingerprint_of() {
  static const Schema schema = make_schema(type_of<T>());
  return schema;
}
template <Storable T>
const std::string& schema_of() {
  return schema_with_fingerprint_of<T>().text;
}
template <Storable T>
std::uint64_t fingerprint_of() {
  return schema_with_fingerprint_of<T>().fingerprint;
}

// The payload as JSON, from nothing but the schema it was written with: the very text that encode_json would have given
// for the value. Unknown logical types and other tools' schemas are read as plain Avro. SchemaMismatch, BadPayload.
Result<std::string> avro_to_json(std::string_view schema, std::string_view bytes);

// The way back. Fields may come in any order, unknown ones are passed over, missing ones take the schema's default.
// SchemaMismatch, BadPayload.
Result<std::string> json_to_avro(std::string_view schema, std::string_view json);

}  // namespace daybook::codec
