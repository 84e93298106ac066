#include "log/sealed_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/format.hpp"
#include "log/active_index.hpp"
#include "log/ordinal_lists.hpp"
#include "log/uniform_search.hpp"

namespace daybook::log {
namespace {

using base::load;
using base::store;

constexpr std::string_view kMagic = "DAYBKIDX";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 256;
constexpr std::size_t kCheckedBytes = kHeaderBytes - 8;  // the header's checksum is its last field
constexpr auto kBlock = CheckedBlocks::kBlock;
constexpr std::size_t kSections = 6;
constexpr std::size_t kSectionsAt = 96;

struct IdRecord {
  std::uint32_t hash;  // its high half
  std::uint32_t ordinal;
};

std::uint64_t aligned(std::uint64_t n) { return (n + 63) / 64 * 64; }

template <class T>
void append(std::string& out, const std::vector<T>& values) {
  out.resize(aligned(out.size()));
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

// Sorted by hash, then kind. One event: `at` is its ordinal. More: where its ordinals begin among the postings.
struct SealedIndex::KeyRecord {
  std::uint64_t hash;
  std::uint64_t first_revision;
  std::uint32_t events;
  std::uint32_t at;
  std::uint32_t kind;
  std::uint32_t zero;
};

Status SealedIndex::write(io::Files& files, const std::string& path, const SealedSegment& segment,
                          const ActiveIndex& index) {
  return io::replace_whole(files, path, encode(segment, index));
}

std::string SealedIndex::encode(const SealedSegment& segment, const ActiveIndex& index) {
  ENSURE(index.events() == segment.events);
  std::vector<std::uint32_t> order(index.keys());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::pair(index.key(i).hash, index.key(i).kind); });

  std::vector<KeyRecord> keys(order.size());
  std::vector<std::uint32_t> cursor(order.size());  // by active number: where its next ordinal goes
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    const auto& key = index.key(order[i]);
    const auto count = key.count.load(std::memory_order_relaxed);
    keys[i] = {key.hash, key.first_revision, count, next, static_cast<std::uint32_t>(key.kind), 0};
    cursor[order[i]] = next;
    if (count > 1) next += count;
  }
  std::vector<std::uint32_t> postings(next);
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  index.each_membership([&](std::uint32_t key, std::uint32_t ordinal) {
    auto& record = keys[place[key]];
    if (record.events == 1)
      record.at = ordinal;
    else
      postings[cursor[key]++] = ordinal;
  });
  std::vector<std::uint32_t> offsets(segment.events);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes(segment.events);
  for (std::uint32_t i = 0; i < segment.events; ++i) {
    offsets[i] = index.offset_of(i);
    hashes[i] = {index.id_hash_of(i), i};
  }
  std::ranges::sort(hashes);
  std::vector<IdRecord> ids(segment.events);
  for (std::uint32_t i = 0; i < segment.events; ++i)
    ids[i] = {static_cast<std::uint32_t>(hashes[i].first >> 32), hashes[i].second};
  std::vector<GroupPlace> groups(index.groups());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = index.group(i);

  std::string out(kHeaderBytes, '\0');
  std::array<Section, kSections> sections;
  const auto section = [&](std::size_t number, const auto& values) {
    append(out, values);
    const std::uint64_t bytes = values.size() * sizeof(values[0]);
    sections[number] = {out.size() - bytes, bytes};
  };
  section(0, offsets);
  section(1, groups);
  section(2, keys);
  section(3, postings);
  section(4, ids);
  out.resize(aligned(out.size()));
  std::vector<std::uint64_t> checksums;
  for (std::uint64_t at = kHeaderBytes; at < out.size(); at += kBlock)
    checksums.push_back(base::checksum(std::string_view(out).substr(at, kBlock)));
  section(5, checksums);

  char* p = out.data();
  std::memcpy(p, kMagic.data(), kMagic.size());
  store(p + 8, kVersion);
  store(p + 12, static_cast<std::uint32_t>(kHeaderBytes));
  std::memcpy(p + 16, segment.log.uuid.bytes.data(), 16);
  store(p + 32, segment.number);
  store(p + 40, segment.first.value);
  store(p + 48, segment.events);
  store(p + 64, segment.chain_after.value);
  store(p + 72, segment.last_recorded.time_since_epoch().count());
  store(p + 80, static_cast<std::uint64_t>(out.size()));
  store(p + 88, base::checksum(std::string_view(out).substr(sections[5].offset)));
  for (std::size_t i = 0; i < kSections; ++i) {
    store(p + kSectionsAt + 16 * i, sections[i].offset);
    store(p + kSectionsAt + 16 * i + 8, sections[i].bytes);
  }
  store(p + kCheckedBytes, base::checksum(std::string_view(out).substr(0, kCheckedBytes)));
  return out;
}

Result<std::unique_ptr<SealedIndex>> SealedIndex::open(io::Files& files, const std::string& path, const LogId& log,
                                                       std::uint64_t number, std::uint64_t hash_seed, HasKey has_key,
                                                       CheckedBlocks::Remake remake) {
  const auto damage = [&](std::string_view what) { return fail(ErrorCode::Damage, fmt::format("{}: {}", path, what)); };
  auto file = files.open(path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  auto map = (*file)->map();
  if (!map) return std::unexpected(map.error());
  const auto bytes = (*map)->bytes();
  if (bytes.size() < kHeaderBytes)
    return damage(fmt::format("has {} bytes; an index has a header of {}", bytes.size(), kHeaderBytes));
  if (auto there = (*map)->populate(0, kHeaderBytes); !there) return std::unexpected(there.error());
  const std::byte* p = bytes.data();
  if (base::as_text(bytes.first(8)) != kMagic) return damage("does not begin as an index file does");
  if (load<std::uint64_t>(p + kCheckedBytes) != base::checksum(base::as_text(bytes.first(kCheckedBytes))))
    return damage("its header does not match its checksum");
  if (const auto version = load<std::uint32_t>(p + 8); version != kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{}: has format version {}; this program reads version {}", path, version, kVersion));
  std::unique_ptr<SealedIndex> index(new SealedIndex);
  auto& s = index->segment_;
  std::memcpy(s.log.uuid.bytes.data(), p + 16, 16);
  s.number = load<std::uint64_t>(p + 32);
  if (s.log != log || s.number != number)
    return fail(ErrorCode::ForeignHistory,
                fmt::format("{}: is the index of segment {} of log {}", path, s.number, to_string(s.log.uuid)));
  s.first = {load<std::uint64_t>(p + 40)};
  s.events = load<std::uint32_t>(p + 48);
  s.chain_after = {load<std::uint64_t>(p + 64)};
  s.last_recorded = Time(std::chrono::nanoseconds(load<std::int64_t>(p + 72)));
  if (load<std::uint64_t>(p + 80) != bytes.size())
    return damage(fmt::format("has {} bytes; it was written with {}", bytes.size(), load<std::uint64_t>(p + 80)));
  std::array<Section*, kSections> sections{&index->offsets_,  &index->groups_, &index->keys_,
                                           &index->postings_, &index->ids_,    &index->checksums_};
  constexpr std::array<std::size_t, kSections> kElement{4, sizeof(GroupPlace), sizeof(KeyRecord),
                                                        4, sizeof(IdRecord),   8};
  for (std::size_t i = 0; i < kSections; ++i) {
    *sections[i] = {load<std::uint64_t>(p + kSectionsAt + 16 * i), load<std::uint64_t>(p + kSectionsAt + 16 * i + 8)};
    if (sections[i]->offset % 64 != 0 || sections[i]->offset > bytes.size() ||
        sections[i]->bytes > bytes.size() - sections[i]->offset || sections[i]->bytes % kElement[i] != 0)
      return damage("its sections lie outside it");
  }
  // All that is looked up is covered by the checksums, which stand behind it.
  for (std::size_t i = 0; i + 1 < kSections; ++i)
    if (sections[i]->offset < kHeaderBytes || sections[i]->offset + sections[i]->bytes > index->checksums_.offset)
      return damage("its sections lie outside it");
  if (index->offsets_.bytes != 4ull * s.events || index->ids_.bytes != 8ull * s.events)
    return damage("its sections do not fit its events");
  std::vector<std::uint64_t> checksums(index->checksums_.bytes / 8);
  if (checksums.size() != (index->checksums_.offset - kHeaderBytes + kBlock - 1) / kBlock)
    return damage("its checksums do not fit its blocks");
  if (auto there = (*map)->populate(index->checksums_.offset, index->checksums_.bytes); !there)
    return std::unexpected(there.error());
  if (load<std::uint64_t>(p + 88) != base::checksum(base::as_text(bytes.subspan(index->checksums_.offset))))
    return damage("its checksums do not match theirs");
  std::ranges::copy(bytes.subspan(index->checksums_.offset, index->checksums_.bytes),
                    std::as_writable_bytes(std::span(checksums)).begin());
  index->blocks_ = std::make_unique<CheckedBlocks>(
      path, std::move(*map), CheckedBlocks::Layout{kHeaderBytes, index->checksums_.offset, std::move(checksums)},
      s.first, std::move(remake));
  index->path_ = path;
  index->seed_ = hash_seed;
  index->has_key_ = std::move(has_key);
  return index;
}

template <class T>
Result<const T*> SealedIndex::element(const Section& section, std::uint64_t number, std::uint64_t count) const {
  ENSURE((number + count) * sizeof(T) <= section.bytes);
  const auto at = blocks_->at(section.offset + number * sizeof(T), count * sizeof(T));
  if (!at) return std::unexpected(at.error());
  return reinterpret_cast<const T*>(*at);
}

std::uint64_t SealedIndex::keys() const { return keys_.bytes / sizeof(KeyRecord); }

Result<std::uint64_t> SealedIndex::hash_of_key(std::uint64_t number) const {
  const auto key = element<KeyRecord>(keys_, number);
  if (!key) return std::unexpected(key.error());
  return (*key)->hash;
}

Result<std::optional<KeyRef>> SealedIndex::find(KeyKind kind, std::string_view name, std::uint32_t below) const {
  const auto count = keys();
  if (count == 0) return std::nullopt;
  const auto hash = key_hash(kind, name, seed_);
  const auto found = first_not_less(hash, count, [this](std::uint64_t i) { return hash_of_key(i); });
  if (!found) return std::unexpected(found.error());
  for (auto low = *found; low < count; ++low) {
    const auto key = element<KeyRecord>(keys_, low);
    if (!key) return std::unexpected(key.error());
    if ((*key)->hash != hash) break;
    if ((*key)->kind != static_cast<std::uint32_t>(kind) || (*key)->events == 0) continue;
    const auto ordinals = all_postings(**key);
    if (!ordinals) return std::unexpected(ordinals.error());
    const auto named = has_key_(ordinals->front(), kind, name);
    if (!named) return std::unexpected(named.error());
    if (!*named) continue;
    const auto events = static_cast<std::uint32_t>(std::ranges::lower_bound(*ordinals, below) - ordinals->begin());
    if (events == 0) return std::nullopt;
    return KeyRef{static_cast<std::uint32_t>(low), events, (*key)->first_revision};
  }
  return std::nullopt;
}

Result<std::span<const std::uint32_t>> SealedIndex::all_postings(const KeyRecord& key) const {
  if (key.events == 1) return std::span(&key.at, 1);
  if (std::uint64_t(key.at) + key.events > postings_.bytes / 4)
    return fail(ErrorCode::Damage, fmt::format("{}: a key's events lie outside it", path_), segment_.first);
  const auto ordinals = element<std::uint32_t>(postings_, key.at, key.events);
  if (!ordinals) return std::unexpected(ordinals.error());
  return std::span(*ordinals, key.events);
}

Result<std::uint32_t> SealedIndex::ordinal_of(const KeyRef& ref, std::uint32_t nth) const {
  const auto key = element<KeyRecord>(keys_, ref.number);
  if (!key) return std::unexpected(key.error());
  const auto all = all_postings(**key);
  if (!all) return std::unexpected(all.error());
  ENSURE(nth < all->size());
  return (*all)[nth];
}

Result<Postings> SealedIndex::postings(const KeyRef& ref, std::uint32_t from, std::uint32_t below) const {
  const auto key = element<KeyRecord>(keys_, ref.number);
  if (!key) return std::unexpected(key.error());
  const auto all = all_postings(**key);
  if (!all) return std::unexpected(all.error());
  const auto begin = std::ranges::lower_bound(*all, from);
  return Postings(std::span(begin, std::max(begin, std::ranges::lower_bound(*all, below))));
}

Result<bool> SealedIndex::any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const {
  if (sets.empty()) return from < below;
  std::vector<OrdinalLists> lists;
  for (const auto& set : sets) {
    auto& of_set = lists.emplace_back();
    for (const auto& ref : set) {
      const auto key = element<KeyRecord>(keys_, ref.number);
      if (!key) return std::unexpected(key.error());
      const auto all = all_postings(**key);
      if (!all) return std::unexpected(all.error());
      const auto begin = std::ranges::lower_bound(*all, from);
      of_set.emplace_back(begin, std::max(begin, std::ranges::lower_bound(*all, below)));
    }
  }
  return any_in_each(std::move(lists));
}

Result<RecordPlace> SealedIndex::place_of(std::uint32_t ordinal) const {
  if (ordinal >= segment_.events)
    return fail(ErrorCode::Damage, fmt::format("{}: names event {} of {}", path_, ordinal, segment_.events),
                segment_.first);
  const bool last = ordinal + 1 == segment_.events;
  const auto offset = element<std::uint32_t>(offsets_, ordinal, last ? 1 : 2);
  if (!offset) return std::unexpected(offset.error());
  if (last) return RecordPlace{**offset, 0};
  const auto next = (*offset)[1];
  if (next <= **offset)
    return fail(ErrorCode::Damage, fmt::format("{}: its offsets do not rise", path_),
                Position{segment_.first.value + ordinal});
  return RecordPlace{**offset, static_cast<std::uint32_t>(next - **offset)};
}

Result<GroupPlace> SealedIndex::group_of(std::uint32_t ordinal) const {
  std::uint64_t low = 0, high = groups_.bytes / sizeof(GroupPlace);
  if (high == 0) return fail(ErrorCode::Damage, fmt::format("{}: names no groups", path_), segment_.first);
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    const auto group = element<GroupPlace>(groups_, middle);
    if (!group) return std::unexpected(group.error());
    ((*group)->first_ordinal <= ordinal ? low : high) = middle;
  }
  const auto group = element<GroupPlace>(groups_, low);
  if (!group) return std::unexpected(group.error());
  return **group;
}

Result<std::vector<std::uint32_t>> SealedIndex::with_id(const Uuid& id, std::uint32_t from) const {
  const auto count = ids_.bytes / sizeof(IdRecord);
  std::vector<std::uint32_t> found;
  if (count == 0) return found;
  const auto hash = static_cast<std::uint32_t>(id_hash(id, seed_) >> 32);
  std::uint64_t low = 0, high = count;
  // A window around the guess holds it nearly always: the root of `count` is the scale of the deviation.
  const auto at = guess(std::uint64_t(hash) << 32, count);
  for (std::uint64_t width = 64;; width *= 8) {
    low = at > width ? at - width : 0;
    high = std::min(count, at + width);
    const auto first = element<IdRecord>(ids_, low);
    if (!first) return std::unexpected(first.error());
    const auto last = element<IdRecord>(ids_, high - 1);
    if (!last) return std::unexpected(last.error());
    if ((low == 0 || (*first)->hash < hash) && (high == count || (*last)->hash >= hash)) break;
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto value = element<IdRecord>(ids_, middle);
    if (!value) return std::unexpected(value.error());
    if ((*value)->hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < count; ++low) {
    const auto value = element<IdRecord>(ids_, low);
    if (!value) return std::unexpected(value.error());
    if ((*value)->hash != hash) break;
    if ((*value)->ordinal >= from) found.push_back((*value)->ordinal);
  }
  std::ranges::sort(found, std::greater<>());
  return found;
}

std::size_t SealedIndex::memory_bytes() const { return sizeof *this + blocks_->blocks() * 8; }

}  // namespace daybook::log
