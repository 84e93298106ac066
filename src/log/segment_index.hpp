// Where the events of one segment stand, by stream, type, category and tag. Derived from the segment; always
// rebuildable.
//
// Two kinds: the active segment's, in memory and growing (active_index.hpp), and a sealed one's, a mapped file
// (sealed_index.hpp). Within a segment an event is named by its ordinal: position - the segment's first position.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daybook/port/journal.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook::log {

enum class KeyKind : std::uint8_t { Stream = 0, Category = 1, Type = 2, Tag = 3 };

// A key of one index: what find() found.
struct KeyRef {
  std::uint32_t number = 0;
  std::uint32_t events = 0;          // at least one
  std::uint64_t first_revision = 0;  // Stream: of its first event in the segment
};

// Keys of which an event must have at least one; ascending by number.
using AnyOf = std::vector<KeyRef>;
inline std::uint64_t events_of(const AnyOf& keys) {
  std::uint64_t sum = 0;
  for (const auto& key : keys) sum += key.events;
  return sum;
}

// Ordinals, ascending. Owns them or points into a mapped index, which must be kept alive.
class Postings {
 public:
  Postings() = default;
  explicit Postings(std::vector<std::uint32_t> own) : own_(std::move(own)), view_(own_) {}
  explicit Postings(std::span<const std::uint32_t> view) : view_(view) {}
  Postings(Postings&& other) noexcept { *this = std::move(other); }
  Postings& operator=(Postings&& other) noexcept {
    own_ = std::move(other.own_);  // its elements stay where they are
    view_ = other.view_;
    return *this;
  }
  std::span<const std::uint32_t> ordinals() const { return view_; }
  void leave_out_first(std::size_t n) { view_ = view_.subspan(n); }

 private:
  std::vector<std::uint32_t> own_;
  std::span<const std::uint32_t> view_;
};

// Where a group begins.
struct GroupPlace {
  std::uint32_t first_ordinal = 0;
  std::uint32_t offset = 0;
  friend bool operator==(const GroupPlace&, const GroupPlace&) = default;
};

// Bytes of the segment that hold one framed record: from `offset`, at most `bytes` (0: not known).
struct RecordPlace {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
};

class SegmentIndex {
 public:
  virtual ~SegmentIndex() = default;

  // ---- any thread ---------------------------------------------------------------------------------------------------

  // Ordinals below this are indexed; they may not be durable yet.
  virtual std::uint32_t events() const = 0;
  // The key, if it has an event with an ordinal below `below`. Keys are compared by their names, not by hash alone; for
  // a sealed index that reads a record. Damage when the index does not match its checksum.
  virtual Result<std::optional<KeyRef>> find(KeyKind kind, std::string_view name, std::uint32_t below) const = 0;
  // Where a key's event number `nth` stands (0: its first in the segment), of those that the key has.
  virtual Result<std::uint32_t> ordinal_of(const KeyRef& key, std::uint32_t nth) const = 0;
  // A key's events with ordinals in [from, below). What stands before `from` costs nothing: a tail asks at every event.
  virtual Result<Postings> postings(const KeyRef& key, std::uint32_t from, std::uint32_t below) const = 0;
  // Whether an event in [from, below) has of each of these sets at least one key: looked for from the newest back, and
  // over at the first. Of the segment that is being written it is asked by its writer only.
  virtual Result<bool> any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const = 0;
  virtual Result<RecordPlace> place_of(std::uint32_t ordinal) const = 0;
  // The group that holds the ordinal.
  virtual Result<GroupPlace> group_of(std::uint32_t ordinal) const = 0;
  // Whether an event with this id stands at an ordinal in [from, events()): its candidates, newest first. An index that
  // keeps no ids of its own names ordinals whose record must be compared.
  virtual Result<std::vector<std::uint32_t>> with_id(const Uuid& id, std::uint32_t from) const = 0;
  // Anonymous memory, and mapped file, in bytes.
  virtual std::size_t memory_bytes() const = 0;
  virtual std::size_t mapped_bytes() const = 0;
};

// Hashes are seeded by the log's secret, so that nobody can choose names that collide.
std::uint64_t key_seed(const Journal::Secret& secret);
std::uint64_t key_hash(KeyKind kind, std::string_view name, std::uint64_t seed);
std::uint64_t id_hash(const Uuid& id, std::uint64_t seed);

}  // namespace daybook::log
