// Reading what another struct wrote: Avro's schema resolution, worked out once and then run for every event.
//
// The writer's schema stands in the log; the reader's is made from the struct. A Resolver knows how the one becomes the
// other: fields are matched by name, in any order; a field that only the writer had is passed over, one that only the
// reader has takes its default; numbers are widened (int, long, float, double), string and bytes exchanged; a value
// becomes an optional or an alternative of a variant; enumerators are matched by name.
//
// Beyond Avro, and stricter: two units of time are never read as one another, and an integer that does not fit the
// reader's type is an error, not another number. One rule is left out: the two outermost records may have different
// names, since an event's type has been decided before.
//
// Immutable; any thread may use one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/codec/schema.hpp"
#include "daybook/port/schemas.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

// Something that a reader can not read of what a writer may write.
struct Mismatch {
  std::string path;    // "Deposited.amount.cents"
  std::string reason;  // "is missing from what was written, and has no default"
  std::string text() const { return path + " " + reason; }
  friend bool operator==(const Mismatch&, const Mismatch&) = default;
};

// All that stands between the two: empty if every value of the writer can be read. SchemaMismatch if one of the texts
// is no schema.
Result<std::vector<Mismatch>> mismatches(std::string_view writer, std::string_view reader);

class Resolver {
 public:
  // SchemaMismatch, naming the field, if nothing of the writer's could ever be read. What can be read in part (a
  // variant with one alternative too many, an enumerator that is gone, a narrower integer) is resolved; a value that
  // can not be read is then BadPayload.
  static Result<std::shared_ptr<const Resolver>> make(std::string_view writer, std::string_view reader);

  // What the writer wrote, as the reader would have: appended to `out`, which is left as it was after an error.
  Status resolve(std::string_view bytes, std::string& out) const;
  // The same from the JSON that the writer wrote.
  Status resolve_json(std::string_view json, std::string& out) const;

  // Reading the writer's JSON by the reader's names gives what resolving would: the faster way is open.
  bool reads_json_by_name() const;

  ~Resolver();

 private:
  struct Plan;
  explicit Resolver(std::unique_ptr<const Plan> plan);
  std::unique_ptr<const Plan> plan_;
};

[[nodiscard]] Status decode_avro_as(const Type& type, std::string_view bytes, const Resolver& resolver, void* value);
[[nodiscard]] Status decode_json_as(const Type& type, std::string_view text, const Resolver& resolver, void* value);

// `resolver` was made for the schema of T as the reader's.
template <Storable T>
[[nodiscard]] Status decode_avro(std::string_view bytes, const Resolver& resolver, T& value) {
  return decode_avro_as(type_of<T>(), bytes, resolver, &value);
}
// Gives the same value as decode_avro would for the same event, however its payload was written.
template <Storable T>
[[nodiscard]] Status decode_json(std::string_view text, const Resolver& resolver, T& value) {
  return decode_json_as(type_of<T>(), text, resolver, &value);
}

// The resolvers of one store: made when first needed, kept for good (there are as many as there were schemas). A
// look-up takes no lock. Any thread may use one; `schemas` must outlive it.
class Resolvers {
 public:
  explicit Resolvers(const Schemas& schemas) : schemas_(schemas) {}
  ~Resolvers();
  Resolvers(const Resolvers&) = delete;
  Resolvers& operator=(const Resolvers&) = delete;

  // Valid as long as this object. NotFound, SchemaMismatch; neither is remembered.
  Result<const Resolver*> find(std::uint64_t writer, const Schema& reader) const;

 private:
  struct Node;
  static constexpr std::size_t kSlots = 256;

  const Schemas& schemas_;
  mutable std::mutex making_;
  mutable std::array<std::atomic<Node*>, kSlots> slots_{};
};

}  // namespace daybook::codec
