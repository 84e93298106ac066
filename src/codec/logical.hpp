// What our schemas say beyond Avro's own types, as logicalType: the range of an integer, the unit of a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/avro_schema.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/type.hpp"

namespace daybook::codec {

// "uint64", "timestamp-nanos", "duration-seconds", "date", "uuid"; empty for what Avro says itself.
std::string logical_of(const Type& type);

// The meaning of a node's logicalType, if it is one that this program knows and that fits the node's type; else the
// node is read as plain Avro.
struct Logical {
  Kind integer = Kind::Null;  // of an int or long: its range (UInt64: the sign bit is a value bit)
  Unit unit = Unit::None;
  bool instant = false;
  bool is_uuid = false;
};
Logical logical_of(const AvroNode& node);

}  // namespace daybook::codec
