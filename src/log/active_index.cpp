#include "log/active_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "journal/format.hpp"

namespace daybook::log {

std::uint64_t key_seed(const Journal::Secret& secret) { return journal::group_seed(secret) ^ 0x6b657973; }

std::uint64_t key_hash(KeyKind kind, std::string_view name, std::uint64_t seed) {
  return base::hash(name, seed + static_cast<std::uint64_t>(kind));
}

std::uint64_t id_hash(const Uuid& id, std::uint64_t seed) {
  return base::hash({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}, seed ^ 0x1d);
}

// 1 + a key's number, or 1 + an ordinal; 0 is free. Values are linked in by the writer and never taken out.
struct ActiveIndex::Slots {
  explicit Slots(std::size_t count) : mask(count - 1), values(new std::atomic<std::uint64_t>[count]()) {}
  std::uint64_t mask;
  std::unique_ptr<std::atomic<std::uint64_t>[]> values;  // high half: part of the hash; low half: the number
  std::size_t bytes() const { return (mask + 1) * sizeof(std::uint64_t); }

  void put(std::uint64_t hash, std::uint32_t value) {
    auto at = hash & mask;
    while (values[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & mask;
    values[at].store((hash & 0xffffffff00000000u) | value, std::memory_order_release);
  }
};

ActiveIndex::ActiveIndex(std::uint64_t hash_seed) : seed_(hash_seed) {
  tables_.push_back(std::make_unique<Slots>(1u << 10));
  key_slots_ = tables_.back().get();
  tables_.push_back(std::make_unique<Slots>(1u << 10));
  id_slots_ = tables_.back().get();
}

ActiveIndex::~ActiveIndex() = default;

std::uint32_t ActiveIndex::find_key(const Slots& slots, std::uint64_t hash, KeyKind kind, std::string_view name) const {
  for (auto at = hash & slots.mask;; at = (at + 1) & slots.mask) {
    const auto value = slots.values[at].load(std::memory_order_acquire);
    if (value == 0) return kNoKey;
    if ((value ^ hash) >> 32 != 0) continue;
    const auto number = static_cast<std::uint32_t>(value) - 1;
    const Key& key = keys_[number];
    if (key.hash == hash && key.kind == kind && key.text() == name) return number;
  }
}

std::uint32_t ActiveIndex::key_number(KeyKind kind, std::string_view name) const {
  return find_key(*key_slots_.load(std::memory_order_acquire), key_hash(kind, name, seed_), kind, name);
}

Revision ActiveIndex::last_revision(std::uint32_t stream_key) const {
  const Key& key = keys_[stream_key];
  return {key.first_revision + key.count.load(std::memory_order_relaxed) - 1};
}

const char* ActiveIndex::keep(std::string_view name) {
  constexpr std::size_t kBlock = 64u << 10;
  if (names_left_ < name.size()) {
    names_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
    names_at_ = names_.back().get();
    names_left_ = kBlock;
  }
  std::ranges::copy(name, names_at_);
  const char* kept = names_at_;
  names_at_ += name.size();
  names_left_ -= name.size();
  return kept;
}

std::uint32_t ActiveIndex::key_of(KeyKind kind, std::string_view name) {
  const auto hash = key_hash(kind, name, seed_);
  auto* slots = key_slots_.load(std::memory_order_relaxed);
  if (const auto there = find_key(*slots, hash, kind, name); there != kNoKey) return there;
  const auto number = key_count_++;
  Key& key = keys_.grow(number);
  key.hash = hash;
  key.kind = kind;
  key.name = keep(name);
  key.name_size = static_cast<std::uint16_t>(name.size());
  if (std::uint64_t(key_count_) * 2 > slots->mask) {
    grow_keys();  // puts in all of them
  } else {
    slots->put(hash, number + 1);
  }
  return number;
}

void ActiveIndex::grow_keys() {
  auto bigger = std::make_unique<Slots>((key_slots_.load(std::memory_order_relaxed)->mask + 1) * 4);
  for (std::uint32_t i = 0; i < key_count_; ++i) bigger->put(keys_[i].hash, i + 1);
  key_slots_.store(bigger.get(), std::memory_order_release);
  tables_.push_back(std::move(bigger));
  note_memory();
}

void ActiveIndex::index_ids() {
  ids_wanted_ = true;
  const auto events = events_.load(std::memory_order_relaxed);
  auto indexed = ids_indexed_.load(std::memory_order_relaxed);
  auto* slots = id_slots_.load(std::memory_order_relaxed);
  if (std::uint64_t(events) * 2 > slots->mask) {
    auto bigger = std::make_unique<Slots>(std::bit_ceil(std::uint64_t(events) * 4));
    for (std::uint32_t i = 0; i < indexed; ++i) bigger->put(id_hash_of(i), i + 1);
    slots = bigger.get();
    id_slots_.store(slots, std::memory_order_release);
    tables_.push_back(std::move(bigger));
    note_memory();
  }
  for (; indexed < events; ++indexed) slots->put(id_hash_of(indexed), indexed + 1);
  ids_indexed_.store(indexed, std::memory_order_release);
}

void ActiveIndex::note_memory() {
  std::size_t bytes =
      entries_.bytes() + ids_.bytes() + links_.bytes() + keys_.bytes() + groups_.bytes() + names_.size() * (64u << 10);
  for (const auto& table : tables_) bytes += table->bytes();
  bytes_.store(bytes, std::memory_order_relaxed);
}

void ActiveIndex::link(std::uint32_t number, std::uint32_t ordinal) {
  Key& key = keys_.at(number);
  const auto count = key.count.load(std::memory_order_relaxed);
  Link& link = links_.grow(links_count_);
  link = {ordinal, number, key.last.load(std::memory_order_relaxed), count};
  ++links_count_;
  key.last.store(links_count_, std::memory_order_release);
  key.count.store(count + 1, std::memory_order_relaxed);
}

void ActiveIndex::begin_group(std::uint32_t offset) {
  const auto number = group_count_.load(std::memory_order_relaxed);
  groups_.grow(number) = {events_.load(std::memory_order_relaxed), offset};
  group_count_.store(number + 1, std::memory_order_release);
}

bool ActiveIndex::continues(const EventView& event) const {
  if (event.revision.value == UINT64_MAX) return false;  // nothing could follow it
  const auto key = key_number(KeyKind::Stream, event.stream);
  return key == kNoKey || keys_[key].count.load(std::memory_order_relaxed) == 0 ||
         last_revision(key).next() == event.revision;
}

void ActiveIndex::add(const EventView& event, std::uint32_t offset, std::uint32_t stream_key) {
  const auto ordinal = events_.load(std::memory_order_relaxed);
  ENSURE(ordinal < kMaxEvents);
  entries_.grow(ordinal) = {offset, links_count_};
  ids_.grow(ordinal) = event.id;

  if (stream_key == kNoKey) stream_key = key_of(KeyKind::Stream, event.stream);
  Key& stream = keys_.at(stream_key);
  if (stream.category == kNoKey) stream.category = key_of(KeyKind::Category, category_of(event.stream));
  if (stream.count.load(std::memory_order_relaxed) == 0) stream.first_revision = event.revision.value;
  ENSURE(stream.first_revision + stream.count.load(std::memory_order_relaxed) == event.revision.value);
  link(stream_key, ordinal);
  link(stream.category, ordinal);
  if (recent_type_ == kNoKey || keys_[recent_type_].text() != event.type)
    recent_type_ = key_of(KeyKind::Type, event.type);
  link(recent_type_, ordinal);
  for (const auto tag : event.tags) {
    const auto key = key_of(KeyKind::Tag, tag);
    // A tag written twice on one event is one membership.
    const auto last = keys_[key].last.load(std::memory_order_relaxed);
    if (last == 0 || links_[last - 1].ordinal != ordinal) link(key, ordinal);
  }

  events_.store(ordinal + 1, std::memory_order_release);
  if (ids_wanted_) index_ids();
  if (ordinal % (1u << 14) == 0) note_memory();
}

bool ActiveIndex::has_room(std::size_t events, std::size_t tags) const {
  return events_.load(std::memory_order_relaxed) + events <= kMaxEvents &&
         links_count_ + 3 * events + tags <= links_.capacity() && key_count_ + 3 * events + tags <= keys_.capacity();
}

std::unique_ptr<ActiveIndex> ActiveIndex::first(std::uint32_t events) const {
  auto copy = std::make_unique<ActiveIndex>(seed_);
  std::uint32_t group = 0;
  const auto groups = group_count_.load(std::memory_order_relaxed);
  for (std::uint32_t ordinal = 0; ordinal < events; ++ordinal) {
    for (; group < groups && groups_[group].first_ordinal == ordinal; ++group) copy->begin_group(groups_[group].offset);
    const auto& entry = entries_[ordinal];
    const auto end =
        ordinal + 1 < events_.load(std::memory_order_relaxed) ? entries_[ordinal + 1].first_link : links_count_;
    EventView event;
    event.id = ids_[ordinal];
    const auto& stream = links_[entry.first_link];
    event.stream = keys_[stream.key].text();
    event.revision = {keys_[stream.key].first_revision + stream.nth};
    event.type = keys_[links_[entry.first_link + 2].key].text();
    std::string tag_bytes;
    for (auto i = entry.first_link + 3; i < end; ++i) {
      const auto tag = keys_[links_[i].key].text();
      std::array<char, 2> size{};
      base::store(size.data(), static_cast<std::uint16_t>(tag.size()));
      tag_bytes.append(size.data(), size.size()).append(tag);
    }
    event.tags = TagsView(tag_bytes, static_cast<std::uint16_t>(end - entry.first_link - 3));
    copy->add(event, entry.offset);
  }
  return copy;
}

// An event's links stand side by side, so its keys are looked for there.
bool ActiveIndex::has_all(std::uint32_t ordinal, std::span<const AnyOf> sets) const {
  const auto begin = entries_[ordinal].first_link;
  const auto end =
      ordinal + 1 < events_.load(std::memory_order_relaxed) ? entries_[ordinal + 1].first_link : links_count_;
  return std::ranges::all_of(sets, [&](const AnyOf& set) {
    for (auto i = begin; i < end; ++i)
      if (std::ranges::binary_search(set, links_[i].key, {}, &KeyRef::number)) return true;
    return false;
  });
}

Result<bool> ActiveIndex::any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const {
  if (sets.empty()) return from < below;
  for (const auto& key : *std::ranges::min_element(sets, {}, events_of))
    for (auto at = keys_[key.number].last.load(std::memory_order_acquire); at != 0; at = links_[at - 1].before) {
      const auto ordinal = links_[at - 1].ordinal;
      if (ordinal < from) break;
      if (ordinal < below && has_all(ordinal, sets)) return true;
    }
  return false;
}

Result<std::optional<KeyRef>> ActiveIndex::find(KeyKind kind, std::string_view name, std::uint32_t below) const {
  const auto number = key_number(kind, name);
  if (number == kNoKey) return std::nullopt;
  const Key& key = keys_[number];
  auto at = key.last.load(std::memory_order_acquire);
  while (at != 0 && links_[at - 1].ordinal >= below) at = links_[at - 1].before;
  if (at == 0) return std::nullopt;
  // first_revision was written before the first link was: the acquire load above has seen it.
  return KeyRef{number, links_[at - 1].nth + 1, key.first_revision};
}

Result<std::uint32_t> ActiveIndex::ordinal_of(const KeyRef& ref, std::uint32_t nth) const {
  auto at = keys_[ref.number].last.load(std::memory_order_acquire);
  ENSURE(at != 0 && nth < ref.events);
  while (links_[at - 1].nth > nth) at = links_[at - 1].before;
  return links_[at - 1].ordinal;
}

Result<Postings> ActiveIndex::postings(const KeyRef& ref, std::uint32_t from, std::uint32_t below) const {
  auto at = keys_[ref.number].last.load(std::memory_order_acquire);
  while (at != 0 && links_[at - 1].ordinal >= below) at = links_[at - 1].before;
  std::vector<std::uint32_t> ordinals;
  for (; at != 0 && links_[at - 1].ordinal >= from; at = links_[at - 1].before)
    ordinals.push_back(links_[at - 1].ordinal);
  std::ranges::reverse(ordinals);
  return Postings(std::move(ordinals));
}

Result<RecordPlace> ActiveIndex::place_of(std::uint32_t ordinal) const {
  const auto offset = entries_[ordinal].offset;
  const auto next = ordinal + 1 < events_.load(std::memory_order_acquire) ? entries_[ordinal + 1].offset : 0;
  return RecordPlace{offset, next ? next - offset : 0};
}

Result<GroupPlace> ActiveIndex::group_of(std::uint32_t ordinal) const {
  std::uint32_t low = 0, high = group_count_.load(std::memory_order_acquire);
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (groups_[middle].first_ordinal <= ordinal ? low : high) = middle;
  }
  return groups_[low];
}

Result<std::vector<std::uint32_t>> ActiveIndex::with_id(const Uuid& id, std::uint32_t from) const {
  const auto hash = id_hash(id, seed_);
  const auto indexed = ids_indexed_.load(std::memory_order_acquire);
  const auto& slots = *id_slots_.load(std::memory_order_acquire);
  std::vector<std::uint32_t> found;
  for (auto at = hash & slots.mask;; at = (at + 1) & slots.mask) {
    const auto value = slots.values[at].load(std::memory_order_acquire);
    if (value == 0) break;
    if ((value ^ hash) >> 32 != 0) continue;
    const auto ordinal = static_cast<std::uint32_t>(value) - 1;
    if (ordinal >= from && ordinal < indexed && ids_[ordinal] == id) found.push_back(ordinal);
  }
  const auto end = events();
  for (auto ordinal = std::max(from, indexed); ordinal < end; ++ordinal)
    if (ids_[ordinal] == id) found.push_back(ordinal);
  std::ranges::sort(found, std::greater<>());
  return found;
}

}  // namespace daybook::log
