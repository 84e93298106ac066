// The segments of a log with their indexes: what every reader and the sequencer look things up in.
//
// A list that is replaced whole when it changes, so that readers hold one state of it without a lock.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "daybook/port/event_log.hpp"
#include "daybook/port/journal.hpp"
#include "journal/format.hpp"
#include "log/cut_heads.hpp"
#include "log/guide.hpp"
#include "log/record_reader.hpp"
#include "log/segment_index.hpp"

namespace daybook::log {

struct IndexedSegment {
  Journal::Segment place;
  std::shared_ptr<const SegmentIndex> index;
  std::vector<std::shared_ptr<const Guide>> guides{};  // that end with it, by level - 1; null: not there yet

  // The guide of this level that ends with it, or null.
  const std::shared_ptr<const Guide>& guide(std::uint32_t level) const {
    static const std::shared_ptr<const Guide> none;
    return level <= guides.size() ? guides[level - 1] : none;
  }
  std::uint64_t first() const { return place.first.value; }
  // Ordinals below this are before position `until`, and indexed.
  std::uint32_t below(Position until) const {
    const auto indexed = index->events();
    if (until.value <= first()) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(until.value - first(), indexed));
  }
  Position at(std::uint32_t ordinal) const { return {first() + ordinal}; }
};

using SegmentList = std::vector<IndexedSegment>;  // by number, without a gap, never empty

// The list as it was when it was asked for, and kept. It must have a name to be walked: `for (… : *segments())` would
// walk a list that nobody keeps.
class KeptSegments {
 public:
  explicit KeptSegments(std::shared_ptr<const SegmentList> list) : list_(std::move(list)) {}
  const SegmentList& operator*() const& { return *list_; }
  const SegmentList& operator*() const&& = delete;
  const SegmentList* operator->() const { return list_.get(); }

 private:
  std::shared_ptr<const SegmentList> list_;
};

class Catalog {
 public:
  explicit Catalog(const Journal& journal) : journal_(&journal), hash_seed_(key_seed(journal.secret())) {}

  // Any thread.
  KeptSegments segments() const;
  // The writer or the sealer.
  void add(IndexedSegment segment);
  void replace_index(std::uint64_t number, const std::shared_ptr<const SegmentIndex>& index);
  // Of the segment that its last is. Null: forgets the one of this level.
  void set_guide(std::uint64_t last, std::uint32_t level, std::shared_ptr<const Guide> guide);
  void assign(SegmentList segments);
  // Of a log that begins at `begin`, because its oldest segments were deleted: before it was opened, or since. What is
  // known of their streams is in the file.
  Status cut_before(io::Files& files, const std::string& path, Position begin);

  const Journal& journal() const { return *journal_; }
  std::uint64_t hash_seed() const { return hash_seed_; }

  // The newest event of a stream before `until`, looked for from the newest segment back; `skip` of the newest are left
  // out. It may have been deleted, and what is known of it is where it stood.
  Result<std::optional<StreamHead>> head(std::string_view stream, Position until, std::size_t skip = 0) const;
  // Where this revision of a stream stands, if it is before `until`.
  Result<std::optional<Position>> position_of(std::string_view stream, Revision revision, Position until) const;
  // The last event of a stream among those that were deleted.
  std::optional<StreamHead> cut_head(std::string_view stream) const;
  // Whether an event before `until` and at or after `from` matches, without reading payloads. HistoryCut: none does
  // that is left, and some that were asked for were deleted.
  Result<bool> any_match(const Query& query, Position from, Position until, std::size_t skip = 0) const;

 private:
  const Journal* journal_;
  const std::uint64_t hash_seed_;
  mutable std::mutex mutex_;  // guards these
  std::shared_ptr<const CutHeads> cut_heads_;
  std::shared_ptr<const SegmentList> list_ = std::make_shared<SegmentList>();
};

// The header of the group that an index says holds this ordinal of its segment, and where that stands. Damage: it is
// not there.
struct StoredGroup {
  std::uint64_t offset = 0;
  journal::GroupHeader header;
};
Result<StoredGroup> group_of(const Journal& journal, const IndexedSegment& segment, std::uint32_t ordinal);

// The ordinals in one segment, of [from, below), that match a query; ascending.
Result<std::vector<std::uint32_t>> matching(const SegmentIndex& index, const Query& query, std::uint32_t from,
                                            std::uint32_t below);

// Whether there is one. Of the segment that is being written it is asked by its writer only.
Result<bool> any_matching(const SegmentIndex& index, const Query& query, std::uint32_t from, std::uint32_t below);

}  // namespace daybook::log
