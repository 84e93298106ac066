// An Avro schema, parsed: a graph of nodes that refer to one another by name where types recur.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/result.hpp"

namespace daybook::codec {

enum class AvroType : std::uint8_t {
  Null,
  Boolean,
  Int,
  Long,
  Float,
  Double,
  Bytes,
  String,
  Array,
  Map,
  Union,
  Record,
  Enum,
  Fixed,
};
// "int", "record", …
std::string_view name_of(AvroType type);

struct AvroNode;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases{};
  const AvroNode* type = nullptr;
  std::optional<std::string> default_bytes{};  // as Avro binary of `type`
};

struct AvroNode {
  AvroType type = AvroType::Null;
  std::string logical{};               // "logicalType", or empty
  std::string name{};                  // full name of a record, enum or fixed
  std::vector<std::string> aliases{};  // full names
  std::vector<AvroField> fields{};     // of a record
  std::vector<std::string> symbols{};  // of an enum
  std::optional<std::size_t> default_symbol{};
  std::size_t size = 0;                     // of a fixed
  const AvroNode* item = nullptr;           // of an array or map
  std::vector<const AvroNode*> branches{};  // of a union
  std::size_t least_bytes = 0;              // that a value takes

  bool is_named() const { return type >= AvroType::Record; }
  // "Money" of "bank.Money".
  std::string_view short_name() const { return std::string_view(name).substr(name.rfind('.') + 1); }
  // What tells it apart from other branches of a union.
  std::string_view branch_name() const { return is_named() ? std::string_view(name) : name_of(type); }
};

// Immutable; any thread may use it.
class AvroSchema {
 public:
  // SchemaMismatch if the text is no Avro schema: says what is wrong with which part. Unknown attributes and logical
  // types are passed over, as the specification asks. More than kMaxSchemaBytes is refused.
  static Result<std::shared_ptr<const AvroSchema>> parse(std::string_view text);

  const AvroNode& root() const { return *root_; }
  // Avro's Parsing Canonical Form: equal for schemas that read and write the same bytes.
  std::string canonical() const;

 private:
  friend class AvroSchemaParser;
  std::deque<AvroNode> nodes_;
  const AvroNode* root_ = nullptr;
};

inline constexpr std::size_t kMaxSchemaBytes = 1u << 20;

// CRC-64-AVRO, the fingerprint by which other tools know a canonical form.
std::uint64_t crc64_avro(std::string_view bytes);

}  // namespace daybook::codec
