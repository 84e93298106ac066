// The index of a sealed segment: a file beside it, mapped (docs/format/index.md). Made from the active index, or anew
// from the segment.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/file.hpp"
#include "log/checked_blocks.hpp"
#include "log/segment_index.hpp"

namespace daybook::log {

class ActiveIndex;

// What the file says about its segment.
struct SealedSegment {
  LogId log;
  std::uint64_t number = 1;
  Position first{};
  std::uint32_t events = 0;
  Chain chain_after{};
  Time last_recorded{};  // of the last event; the segment's floor if there is none
  Position end() const { return {first.value + events}; }
  friend bool operator==(const SealedSegment&, const SealedSegment&) = default;
};

class SealedIndex final : public SegmentIndex {
 public:
  // Whether the event at this ordinal has the key: asked of the record itself, since a hash is no proof.
  using HasKey = std::function<Result<bool>(std::uint32_t ordinal, KeyKind kind, std::string_view name)>;

  // Writes it beside, syncs, renames: durable when it returns. `index` must hold all events of the segment.
  static Status write(io::Files& files, const std::string& path, const SealedSegment& segment,
                      const ActiveIndex& index);

  // The bytes that write() writes: the same for the same segment, whoever made the active index.
  static std::string encode(const SealedSegment& segment, const ActiveIndex& index);

  // Errors: NotFound, Damage, UnsupportedVersion, ForeignHistory (of another log or segment). None is fatal: the index
  // can be made anew. Blocks are checked when first touched; one that is damaged makes `remake` provide the file again.
  static Result<std::unique_ptr<SealedIndex>> open(io::Files& files, const std::string& path, const LogId& log,
                                                   std::uint64_t number, std::uint64_t hash_seed, HasKey has_key,
                                                   CheckedBlocks::Remake remake = {});

  const SealedSegment& segment() const { return segment_; }
  // Every block against its checksum.
  Status check_all() const { return blocks_->check_all(); }
  // The hashes of its keys, ascending: what a guide is made from.
  std::uint64_t keys() const;
  Result<std::uint64_t> hash_of_key(std::uint64_t number) const;

  std::uint32_t events() const override { return segment_.events; }
  Result<std::optional<KeyRef>> find(KeyKind kind, std::string_view name, std::uint32_t below) const override;
  Result<std::uint32_t> ordinal_of(const KeyRef& key, std::uint32_t nth) const override;
  Result<Postings> postings(const KeyRef& key, std::uint32_t from, std::uint32_t below) const override;
  Result<bool> any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const override;
  Result<RecordPlace> place_of(std::uint32_t ordinal) const override;
  Result<GroupPlace> group_of(std::uint32_t ordinal) const override;
  Result<std::vector<std::uint32_t>> with_id(const Uuid& id, std::uint32_t from) const override;
  std::size_t memory_bytes() const override;
  std::size_t mapped_bytes() const override { return blocks_->bytes(); }

 private:
  struct KeyRecord;
  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  SealedIndex() = default;
  // Elements of a section, checked.
  template <class T>
  Result<const T*> element(const Section& section, std::uint64_t number, std::uint64_t count = 1) const;
  Result<std::span<const std::uint32_t>> all_postings(const KeyRecord& key) const;

  std::string path_;
  SealedSegment segment_;
  std::uint64_t seed_ = 0;
  HasKey has_key_;
  Section offsets_, groups_, keys_, postings_, ids_, checksums_;
  std::unique_ptr<CheckedBlocks> blocks_;
};

}  // namespace daybook::log
