// The index of the segment that is being written: in memory, one writer, any number of readers, no lock.
//
// Entries stand in chunks that never move. The writer fills an entry, then links it with a release store; a reader
// follows links with acquire loads and passes over ordinals that are not durable yet.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "daybook/event.hpp"
#include "log/chunked.hpp"
#include "log/segment_index.hpp"

namespace daybook::log {

class ActiveIndex final : public SegmentIndex {
 public:
  // More events than a segment may have: the log then begins the next one.
  static constexpr std::uint32_t kMaxEvents = 1u << 22;

  explicit ActiveIndex(std::uint64_t hash_seed);
  ~ActiveIndex() override;

  // ---- for the writer -----------------------------------------------------------------------------------------------

  // A stream as the writer knows it: looked up once for an event's conditions, and used again to add it.
  static constexpr std::uint32_t kNoKey = UINT32_MAX;
  std::uint32_t key_number(KeyKind kind, std::string_view name) const;  // kNoKey if not there
  // The last revision of a stream in this segment.
  Revision last_revision(std::uint32_t stream_key) const;

  // Whether the event's revision follows the last one of its stream in this segment, if it has one here.
  bool continues(const EventView& event) const;
  // Takes the next event, which continues what is here and whose record stands at `offset`. `stream_key`: its stream's
  // number, if it is known.
  void add(const EventView& event, std::uint32_t offset, std::uint32_t stream_key = kNoKey);
  void begin_group(std::uint32_t offset);
  // A copy of the first `events` events: for the case that what came after them could not be written.
  std::unique_ptr<ActiveIndex> first(std::uint32_t events) const;
  // Whether a batch of so many events and tags still fits; the log begins the next segment if not.
  bool has_room(std::size_t events, std::size_t tags) const;

  // Puts the ids of all events into the table of ids, and from now on those that come. Most logs never ask for an id,
  // and the table's cache misses would be half of what an append costs; until this is called, with_id() compares one by
  // one.
  void index_ids();
  Result<bool> any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const override;

  // ---- for any thread -----------------------------------------------------------------------------------------------
  std::uint32_t events() const override { return events_.load(std::memory_order_acquire); }
  Result<std::optional<KeyRef>> find(KeyKind kind, std::string_view name, std::uint32_t below) const override;
  Result<std::uint32_t> ordinal_of(const KeyRef& key, std::uint32_t nth) const override;
  Result<Postings> postings(const KeyRef& key, std::uint32_t from, std::uint32_t below) const override;
  Result<RecordPlace> place_of(std::uint32_t ordinal) const override;
  Result<GroupPlace> group_of(std::uint32_t ordinal) const override;
  Result<std::vector<std::uint32_t>> with_id(const Uuid& id, std::uint32_t from) const override;
  std::size_t memory_bytes() const override { return bytes_.load(std::memory_order_relaxed); }
  std::size_t mapped_bytes() const override { return 0; }

  // ---- for sealing: everything, once no more events come ------------------------------------------------------------
  struct Key {
    std::uint64_t hash = 0;
    std::uint64_t first_revision = 0;
    const char* name = nullptr;
    std::uint16_t name_size = 0;
    KeyKind kind = KeyKind::Stream;
    std::uint32_t category = kNoKey;      // of a stream
    std::atomic<std::uint32_t> last = 0;  // 1 + number of its newest link; 0: none
    std::atomic<std::uint32_t> count = 0;
    std::string_view text() const { return {name, name_size}; }
  };
  std::uint32_t keys() const { return key_count_; }
  const Key& key(std::uint32_t number) const { return keys_[number]; }
  std::uint32_t groups() const { return group_count_.load(std::memory_order_acquire); }
  const GroupPlace& group(std::uint32_t number) const { return groups_[number]; }
  std::uint32_t offset_of(std::uint32_t ordinal) const { return entries_[ordinal].offset; }
  std::uint64_t id_hash_of(std::uint32_t ordinal) const { return id_hash(ids_[ordinal], seed_); }
  // With the log's own seed.
  std::uint64_t hash_of(KeyKind kind, std::string_view name) const { return key_hash(kind, name, seed_); }
  // Calls f(key number, ordinal) for every membership, ordinals ascending.
  template <class F>
  void each_membership(F&& f) const {
    const auto n = links_count_;
    for (std::uint32_t i = 0; i < n; ++i) f(links_[i].key, links_[i].ordinal);
  }
  std::uint32_t memberships() const { return links_count_; }

 private:
  // An event in the list of one of its keys. An event has one link for its stream, its category, its type and each tag.
  struct Link {
    std::uint32_t ordinal;
    std::uint32_t key;
    std::uint32_t before;  // 1 + number of the link before it of the same key; 0: none
    std::uint32_t nth;     // how many links of the key come before it
  };
  struct Entry {
    std::uint32_t offset;
    std::uint32_t first_link;  // the stream's; then category, type, tags
  };
  struct Slots;

  std::uint32_t key_of(KeyKind kind, std::string_view name);
  std::uint32_t find_key(const Slots& slots, std::uint64_t hash, KeyKind kind, std::string_view name) const;
  bool has_all(std::uint32_t ordinal, std::span<const AnyOf> sets) const;
  void link(std::uint32_t key, std::uint32_t ordinal);
  void grow_keys();
  const char* keep(std::string_view name);
  void note_memory();

  const std::uint64_t seed_;
  std::atomic<std::uint32_t> events_ = 0;
  std::atomic<std::size_t> bytes_ = 0;

  Chunked<Entry, 1u << 14, 1u << 8> entries_;
  Chunked<Uuid, 1u << 14, 1u << 8> ids_;
  Chunked<Link, 1u << 15, 1u << 12> links_;
  std::uint32_t links_count_ = 0;
  Chunked<Key, 1u << 12, 1u << 12> keys_;
  std::uint32_t key_count_ = 0;
  Chunked<GroupPlace, 1u << 14, 1u << 8> groups_;
  std::atomic<std::uint32_t> group_count_ = 0;

  // Open addressing; a grown table replaces the old one, which readers may still be in, so all are kept until the end.
  std::atomic<Slots*> key_slots_;
  std::atomic<Slots*> id_slots_;
  std::atomic<std::uint32_t> ids_indexed_ = 0;  // ordinals below this are in id_slots_
  bool ids_wanted_ = false;
  std::vector<std::unique_ptr<Slots>> tables_;
  std::vector<std::unique_ptr<char[]>> names_;
  std::size_t names_left_ = 0;
  char* names_at_ = nullptr;
  std::uint32_t recent_type_ = kNoKey;  // of the event before: the next one's is mostly the same
};

}  // namespace daybook::log
