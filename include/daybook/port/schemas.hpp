// Where the schemas that events were written with are found: in the log itself (src/schema), or a registry later.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daybook/result.hpp"

namespace daybook {

namespace codec {
class Resolvers;
}

// Every function may be called from any thread.
class Schemas {
 public:
  Schemas();
  virtual ~Schemas();
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;

  // The text (Avro, JSON) of the schema with this fingerprint (codec/schema.hpp). NotFound if there is none: a record that
  // names a schema which is not there is damage, and whoever reads the record says so with its position.
  virtual Result<std::shared_ptr<const std::string>> find(std::uint64_t fingerprint) const = 0;

  // What has been worked out from these schemas (codec/resolver.hpp); filled as events are decoded.
  const codec::Resolvers& resolvers() const { return *resolvers_; }

 private:
  std::unique_ptr<codec::Resolvers> resolvers_;
};

}  // namespace daybook
