// What tells the branches of a union apart, in schemas and in JSON: a named type's name, else the Avro type's.
#pragma once

#include <cstdint>
#include <string_view>

#include "daybook/codec/type.hpp"

namespace daybook::codec {

// A day: Avro has it as an int, whatever integer the standard library counts days in.
inline bool is_date(const Type& type) { return type.instant && type.unit == Unit::Days; }
inline bool is_date_in_range(std::int64_t days) { return days >= INT32_MIN && days <= INT32_MAX; }

inline std::string_view branch_name(const Type& type) {
  if (is_date(type)) return "int";
  switch (type.kind) {
    case Kind::Null: return "null";
    case Kind::Bool: return "boolean";
    case Kind::Int8:
    case Kind::Int16:
    case Kind::Int32:
    case Kind::UInt8:
    case Kind::UInt16: return "int";
    case Kind::Int64:
    case Kind::UInt32:
    case Kind::UInt64: return "long";
    case Kind::Float: return "float";
    case Kind::Double: return "double";
    case Kind::String: return "string";
    case Kind::Bytes: return "bytes";
    case Kind::Array: return "array";
    case Kind::Map: return "map";
    case Kind::Enum:
    case Kind::Fixed:
    case Kind::Uuid:
    case Kind::Struct: return type.name;
    case Kind::Optional:
    case Kind::Variant: break;  // no union stands in another
  }
  return "union";
}

}  // namespace daybook::codec
