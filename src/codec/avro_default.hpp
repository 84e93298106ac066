// A field's default as a schema spells it, in the JSON of Avro's specification (which is not the JSON of our payloads).
#pragma once

#include <string>
#include <string_view>

#include "codec/avro_schema.hpp"
#include "codec/json_value.hpp"

namespace daybook::codec {

// Appends it as Avro binary; false if it is no value of the type. A union's is one of its first branch that it fits
// (Avro 1.12). "NaN", "Infinity" and "-Infinity" are taken for floating-point fields.
bool encode_avro_default(const AvroNode& type, const JsonValue& json, std::string& out);

// The way back. False if the bytes are no value of the type, or one that has no such spelling.
bool print_avro_default(const AvroNode& type, std::string_view bytes, std::string& out);

}  // namespace daybook::codec
