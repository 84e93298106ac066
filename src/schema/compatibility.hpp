// May a schema take another's place? The rules of schema registries, over Avro's resolution and our own stricter points
// (codec/resolver.hpp).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "daybook/codec/resolver.hpp"
#include "daybook/result.hpp"

namespace daybook::schema {

enum class Compatibility : std::uint8_t {
  Backward,  // the new schema reads all that was written with the old one: readers are brought up first
  Forward,   // the old schema reads all that will be written with the new one: writers are brought up first
  Full,      // both: in any order
};

// All that the rule forbids of the step; empty if it allows it. SchemaMismatch if one of the texts is no schema.
Result<std::vector<codec::Mismatch>> incompatibilities(std::string_view old_schema, std::string_view new_schema,
                                                       Compatibility rule);

}  // namespace daybook::schema
