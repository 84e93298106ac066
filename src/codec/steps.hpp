// What walking a payload by a schema that may come from anyone is allowed to cost.
#pragma once

#include <cstddef>

#include "codec/avro_schema.hpp"
#include "codec/failure.hpp"

namespace daybook::codec {

// A record of records of records that take no bytes can ask for 2^30 steps in a short schema and an empty payload. A
// payload of some size gets steps in proportion, and a few more.
class Steps {
 public:
  explicit Steps(std::size_t bytes) : left_(100'000 + 64 * bytes) {}
  bool one(Failure& failure) {
    if (left_ == 0)
      return failure.set("expected a payload in proportion to its schema, found one of endless empty parts");
    --left_;
    return true;
  }

 private:
  std::size_t left_;
};

// A union that our JSON writes as the value or null; all others name their branch.
inline bool is_optional(const AvroNode& node) {
  return node.type == AvroType::Union && node.branches.size() == 2 &&
         (node.branches[0]->type == AvroType::Null) != (node.branches[1]->type == AvroType::Null);
}

}  // namespace daybook::codec
