#include "codec/logical.hpp"

#include "codec/branch.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace daybook::codec {
namespace {

constexpr std::array<std::string_view, 11> kUnits{"",      "nanos", "micros", "millis", "seconds", "minutes",
                                                  "hours", "days",  "weeks",  "months", "years"};

struct Named {
  std::string_view name;
  Kind kind;
  AvroType type;
};
constexpr std::array<Named, 6> kIntegers{{{"int8", Kind::Int8, AvroType::Int},
                                          {"int16", Kind::Int16, AvroType::Int},
                                          {"uint8", Kind::UInt8, AvroType::Int},
                                          {"uint16", Kind::UInt16, AvroType::Int},
                                          {"uint32", Kind::UInt32, AvroType::Long},
                                          {"uint64", Kind::UInt64, AvroType::Long}}};

}  // namespace

std::string logical_of(const Type& type) {
  if (type.kind == Kind::Uuid) return "uuid";
  if (type.unit != Unit::None) {
    const auto unit = kUnits[static_cast<std::size_t>(type.unit)];
    // Avro's own name for days as an int.
    if (is_date(type)) return "date";
    return fmt::format("{}-{}", type.instant ? "timestamp" : "duration", unit);
  }
  for (const auto& one : kIntegers)
    if (one.kind == type.kind) return std::string(one.name);
  return {};
}

Logical logical_of(const AvroNode& node) {
  Logical meaning;
  if (node.type == AvroType::Fixed) {
    meaning.is_uuid = node.logical == "uuid" && node.size == 16;
    return meaning;
  }
  if (node.type == AvroType::Int) meaning.integer = Kind::Int32;
  if (node.type == AvroType::Long) meaning.integer = Kind::Int64;
  if (meaning.integer == Kind::Null && node.type != AvroType::Float && node.type != AvroType::Double) return meaning;
  std::string_view name = node.logical;
  for (const auto& one : kIntegers)
    if (one.name == name && one.type == node.type) meaning.integer = one.kind;
  if (name == "date" && node.type == AvroType::Int) {
    meaning.unit = Unit::Days;
    meaning.instant = true;
  }
  for (const auto& [prefix, instant] : {std::pair{std::string_view("timestamp-"), true}, {"duration-", false}}) {
    if (!name.starts_with(prefix) || (instant && meaning.integer == Kind::Null)) continue;
    for (std::size_t i = 1; i < kUnits.size(); ++i)
      if (name.substr(prefix.size()) == kUnits[i]) {
        meaning.unit = static_cast<Unit>(i);
        meaning.instant = instant;
      }
  }
  return meaning;
}

}  // namespace daybook::codec
