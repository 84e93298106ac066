// Where the schemas that events were written with are found: in the log itself, or a registry later.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daybook/result.hpp"

namespace daybook {

// Where they stand in a log: one event each, its data the text of the schema, written before the first event that names
// it. The same text may stand there more than once.
inline constexpr std::string_view kSchemaStream = "$schemas";
inline constexpr std::string_view kSchemaType = "$schema";

// Every function may be called from any thread.
class Schemas {
 public:
  virtual ~Schemas() = default;

  // The text (Avro, JSON) of the schema with this fingerprint (codec/schema.hpp). NotFound if there is none: a record
  // that names a schema which is not there is damage, and whoever reads the record says so with its position.
  virtual Result<std::shared_ptr<const std::string>> find(std::uint64_t fingerprint) const = 0;
};

}  // namespace daybook
