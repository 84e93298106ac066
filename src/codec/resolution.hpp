// How a writer's schema becomes a reader's, as steps to run; and what stands against it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "codec/avro_schema.hpp"
#include "codec/numbers.hpp"
#include "daybook/codec/resolver.hpp"

namespace daybook::codec {

struct Step;

// One thing to do for a record: in the order of the writer's bytes where that is also the reader's order.
struct RecordAction {
  enum class Do : std::uint8_t { Read, Skip, Default };
  Do what = Do::Read;
  const Step* step = nullptr;          // Read
  const AvroNode* skipped = nullptr;   // Skip
  const std::string* bytes = nullptr;  // Default
  std::size_t writer_field = 0;        // Read
  const std::string* name = nullptr;   // for messages
};

struct Step {
  enum class Op : std::uint8_t {
    Nothing,  // null
    Byte,     // boolean
    Integer,  // to an integer; checked against `range` if it is narrower
    Real,     // any number to float or double
    Raw,      // `size` bytes
    Sized,    // string or bytes
    Enum,     // `indexes`
    Array,
    Map,
    Record,     // `actions`, one after the other
    Reordered,  // `actions`, each at its writer's field
    Union,      // the writer's: one step a branch
    Branch,     // the reader's: its number, then the value
    Refuse,     // no value of this can be read: `reason`
  };
  Op op = Op::Refuse;
  AvroType from = AvroType::Null, to = AvroType::Null;
  bool is_unsigned = false;  // Integer, Real: the writer's 64 bits have no sign
  bool is_checked = false;   // Integer
  Kind range = Kind::Int64;  // Integer
  std::size_t size = 0;
  std::int64_t branch = 0;
  std::vector<std::int64_t> indexes{};  // -1: the reader has no such symbol
  std::vector<const Step*> branches{};
  std::vector<RecordAction> actions{};
  const AvroNode* writer = nullptr;
  const Step* item = nullptr;
  std::string reason{};
};

struct Resolution {
  std::shared_ptr<const AvroSchema> writer, reader;
  std::deque<Step> steps;
  const Step* root = nullptr;
  std::vector<Mismatch> mismatches;
  bool by_name = true;  // the reader's names alone read the writer's JSON rightly
};

Resolution resolve_schemas(std::shared_ptr<const AvroSchema> writer, std::shared_ptr<const AvroSchema> reader);

}  // namespace daybook::codec
