// The schemas that stand in a log, by fingerprint: what makes its Avro payloads readable without the program that wrote
// them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "codec/avro_schema.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/port/schemas.hpp"

namespace daybook::cli {

// For one thread at a time. Reads the log only when a schema is asked for that it has not met yet.
class LoggedSchemas {
 public:
  explicit LoggedSchemas(const EventLog& log) : log_(&log) {}

  // NotFound if no schema in the log has this fingerprint; SchemaMismatch if the one that has is no Avro schema.
  Result<std::shared_ptr<const codec::AvroSchema>> find(std::uint64_t fingerprint);
  // Whether the log has it, for those who do not need it parsed.
  Result<bool> contains(std::uint64_t fingerprint);

 private:
  struct Known {
    std::string text;
    std::shared_ptr<const codec::AvroSchema> parsed;
  };
  Status read_on();

  const EventLog* log_;
  std::map<std::uint64_t, Known> known_;
  Position next_{};
  bool begun_ = false;
};

}  // namespace daybook::cli
