// Every limit in one place. All but the hard ones can be set downwards when a store is opened.
#pragma once

#include <cstddef>
#include <cstdint>

namespace daybook {

struct Limits {
  std::size_t stream_name_bytes = 512;  // UTF-8, no control characters, not empty
  std::size_t type_bytes = 256;
  std::size_t payload_bytes = 8u << 20;
  std::size_t metadata_bytes = 64u << 10;
  std::size_t tags = 32;
  std::size_t tag_bytes = 256;
  std::size_t batch_bytes = 32u << 20;  // of encoded records
  std::size_t batch_events = 65'536;
  std::size_t conditions = 131'072;         // of one append, on streams
  std::size_t query_alternatives = 1'024;   // of an append's none_matching
  std::size_t query_terms = 4'096;          // categories, types and tags of all its alternatives
  std::size_t condition_bytes = 32u << 20;  // of their names and terms, and 64 for each
  std::size_t queue_bytes = 64u << 20;      // of appends accepted and not yet written, with their conditions

  friend constexpr bool operator==(const Limits&, const Limits&) = default;
};

inline constexpr Limits kHardLimits{};

static_assert(kHardLimits.payload_bytes + kHardLimits.metadata_bytes < kHardLimits.batch_bytes,
              "one event fits a batch");
static_assert(kHardLimits.batch_bytes + kHardLimits.condition_bytes <= kHardLimits.queue_bytes,
              "one batch and its conditions fit the queue");
static_assert(kHardLimits.conditions >= 2 * kHardLimits.batch_events,
              "a batch can name each stream it writes to, and as many that it read");
static_assert(kHardLimits.condition_bytes >= kHardLimits.batch_bytes,
              "and those it writes to fit: a name costs less as a condition than in a record (src/log/request.cpp)");
static_assert(kHardLimits.stream_name_bytes <= UINT16_MAX && kHardLimits.type_bytes <= UINT16_MAX &&
                  kHardLimits.tag_bytes <= UINT16_MAX && kHardLimits.tags <= UINT16_MAX,
              "record fields are 16 bits wide (docs/format/log.md)");

}  // namespace daybook
