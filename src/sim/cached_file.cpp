#include "sim/cached_file.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/bytes.hpp"
#include "base/ensure.hpp"

namespace daybook::sim {
namespace {

// Which of a write's sectors reached the medium. Disks reorder, so the survivors need not be a prefix; prefixes and
// suffixes are drawn more often than chance would, because they are what recovery code has to tell from a whole write.
std::vector<bool> torn(Random& random, std::size_t sectors) {
  std::vector<bool> kept(sectors, false);
  const std::size_t cut = random.below(sectors + 1);
  switch (random.below(3)) {
    case 0: std::fill_n(kept.begin(), cut, true); break;
    case 1: std::fill(kept.begin() + static_cast<std::ptrdiff_t>(cut), kept.end(), true); break;
    default:
      for (std::size_t i = 0; i < sectors; ++i) kept[i] = random.one_in(2);
  }
  return kept;
}

}  // namespace

Region::Region() {
  // Addresses only: memory comes with grow(), so thousands of files cost nothing.
  void* at = ::mmap(nullptr, kCapacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ENSURE(at != MAP_FAILED);
  data_ = static_cast<std::byte*>(at);
}

Region::~Region() { ::munmap(data_, kCapacity); }

void Region::grow(std::size_t size) {
  if (size <= usable_) return;
  ENSURE(size <= kCapacity);
  const std::size_t wanted = std::clamp(std::max(size, usable_ * 2), CachedFile::kPage, kCapacity);
  usable_ = (wanted + CachedFile::kPage - 1) / CachedFile::kPage * CachedFile::kPage;
  ENSURE(::mprotect(data_, usable_, PROT_READ | PROT_WRITE) == 0);
}

CachedFile::CachedFile(std::string content)
    : region_(std::make_shared<Region>()), size_(content.size()), durable_(std::move(content)) {
  region_->grow(size_);
  std::memcpy(region_->data(), durable_.data(), size_);
}

void CachedFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const std::uint64_t end = offset + bytes.size();
  region_->grow(end);
  for (std::uint64_t page = offset / kPage; page <= (end - 1) / kPage; ++page) {
    if (clean_but_lost_.erase(page) == 0) continue;
    // The kernel writes pages whole: this one takes with it what an earlier sync had lost.
    const std::uint64_t from = page * kPage;
    const std::uint64_t to = std::min(from + kPage, size_);
    if (from < to) dirty_.push_back(Write{from, std::string(base::as_text(this->bytes().subspan(from, to - from)))});
  }
  std::memcpy(region_->data() + offset, bytes.data(), bytes.size());
  size_ = std::max(size_, end);
  dirty_.push_back(Write{offset, std::string(base::as_text(bytes))});
  std::erase_if(unreadable_, [&](const auto& r) { return r.first < end && offset < r.first + r.second; });
}

void CachedFile::truncate(std::uint64_t size) {
  region_->grow(size);
  if (size < size_) std::memset(region_->data() + size, 0, size_ - size);
  size_ = size;
  dirty_.push_back(Truncate{size});
}

void CachedFile::store_word(std::size_t word, std::uint64_t value) {
  ENSURE((word + 1) * sizeof value <= size_);
  std::atomic_ref(reinterpret_cast<std::uint64_t*>(region_->data())[word]).store(value);
  auto& history = words_[word];
  history.push_back(value);
  // Bounded: of a long history every second moment will do, as long as the newest is among them.
  constexpr std::size_t kMoments = 64;
  if (history.size() > kMoments) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < history.size(); i += 2) history[kept++] = history[i];
    if (history.size() % 2 == 0) history[kept++] = history.back();
    history.resize(kept);
  }
}

std::uint64_t CachedFile::load_word(std::size_t word) const {
  ENSURE((word + 1) * sizeof(std::uint64_t) <= size_);
  return std::atomic_ref(reinterpret_cast<std::uint64_t*>(region_->data())[word]).load();
}

void CachedFile::set_durable(std::uint64_t offset, std::string_view bytes) {
  if (durable_.size() < offset + bytes.size()) durable_.resize(offset + bytes.size());
  durable_.replace(offset, bytes.size(), bytes);
}

void CachedFile::sync() {
  for (const auto& change : dirty_) {
    if (const auto* write = std::get_if<Write>(&change)) {
      set_durable(write->offset, write->bytes);
    } else {
      durable_.resize(std::get<Truncate>(change).size);
    }
  }
  durable_.resize(size_);
  for (const auto& [word, history] : words_) base::store(durable_.data() + word * 8, history.back());
  dirty_.clear();
  words_.clear();
}

void CachedFile::fail_sync(Random& random, std::size_t sector) {
  durable_ = with_survivors(random, sector, random.one_in(2) ? Survival::Nothing : Survival::Parts);
  for (const auto& change : dirty_) {
    if (const auto* write = std::get_if<Write>(&change)) {
      const std::uint64_t last = (write->offset + write->bytes.size() - 1) / kPage;
      for (std::uint64_t page = write->offset / kPage; page <= last; ++page) clean_but_lost_.insert(page);
    }
  }
  dirty_.clear();
}

void CachedFile::drop_clean_pages() {
  for (const std::uint64_t page : clean_but_lost_) {
    const std::uint64_t from = page * kPage;
    const std::uint64_t to = std::min(from + kPage, size_);
    for (std::uint64_t at = from; at < to; ++at)
      region_->data()[at] = at < durable_.size() ? static_cast<std::byte>(durable_[at]) : std::byte{0};
  }
  clean_but_lost_.clear();
}

std::string CachedFile::with_survivors(Random& random, std::size_t sector, Survival survival) const {
  std::uint64_t begin = UINT64_MAX, end = 0;
  std::size_t truncates = 0;
  for (const auto& change : dirty_) {
    if (const auto* write = std::get_if<Write>(&change)) {
      begin = std::min(begin, write->offset);
      end = std::max(end, write->offset + write->bytes.size());
    } else {
      ++truncates;
    }
  }

  // For every sector the newest change that reached the medium; the page cache holds no older version of a sector, so
  // whatever was written there before arrived with it.
  const std::uint64_t first_sector = end ? begin / sector : 0;
  std::vector<std::ptrdiff_t> newest(end ? (end - 1) / sector - first_sector + 1 : 0, -1);
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    const auto* write = std::get_if<Write>(&dirty_[i]);
    if (!write) continue;
    const std::uint64_t from = write->offset / sector - first_sector;
    const std::uint64_t count = (write->offset + write->bytes.size() - 1) / sector - first_sector - from + 1;
    std::vector<bool> kept(count, survival == Survival::Everything);
    if (survival == Survival::Parts) {
      const auto fate = random.below(3);
      if (fate == 0) kept.assign(count, true);
      if (fate == 1) kept = torn(random, count);
    }
    for (std::uint64_t s = 0; s < count; ++s)
      if (kept[s]) newest[from + s] = static_cast<std::ptrdiff_t>(i);
  }
  // Sizes are metadata and go through the file system's journal in order: a truncation survives with those before it.
  std::size_t kept_truncates = survival == Survival::Everything ? truncates : 0;
  if (survival == Survival::Parts) kept_truncates = random.below(truncates + 1);

  std::string image = durable_;
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    if (const auto* truncate = std::get_if<Truncate>(&dirty_[i])) {
      if (kept_truncates > 0) {
        image.resize(truncate->size);
        --kept_truncates;
      }
      continue;
    }
    const auto& write = std::get<Write>(dirty_[i]);
    for (std::uint64_t at = 0; at < write.bytes.size();) {
      const std::uint64_t s = (write.offset + at) / sector;
      const std::uint64_t piece =
          std::min<std::uint64_t>((s + 1) * sector - (write.offset + at), write.bytes.size() - at);
      if (newest[s - first_sector] >= static_cast<std::ptrdiff_t>(i)) {
        const std::uint64_t to = write.offset + at;
        if (image.size() < to + piece) image.resize(to + piece);
        image.replace(to, piece, write.bytes, at, piece);
      }
      at += piece;
    }
  }
  // The new size may have reached the medium before any byte it makes room for.
  if (survival == Survival::Parts && image.size() < size_ && random.one_in(4))
    image.resize(image.size() + random.below(size_ - image.size() + 1));
  return image;
}

std::shared_ptr<CachedFile> CachedFile::after_power_cut(Random& random, std::size_t sector) const {
  auto survival = Survival::Parts;
  const auto fate = random.below(8);
  if (fate == 0) survival = Survival::Nothing;
  if (fate == 1) survival = Survival::Everything;
  std::string image = with_survivors(random, sector, survival);
  for (const auto& [word, history] : words_) {
    const std::size_t moment = random.below(history.size() + 1);
    if (moment == 0 || image.size() < (word + 1) * 8) continue;  // as last synced
    base::store(image.data() + word * 8, history[moment - 1]);
  }
  auto file = std::make_shared<CachedFile>(std::move(image));
  file->unreadable_ = unreadable_;
  return file;
}

void CachedFile::flip(std::uint64_t offset, unsigned bit) {
  ENSURE(offset < size_ && bit < 8);
  const auto mask = static_cast<std::byte>(1u << bit);
  region_->data()[offset] ^= mask;
  if (offset < durable_.size()) durable_[offset] = static_cast<char>(static_cast<std::byte>(durable_[offset]) ^ mask);
}

void CachedFile::set_unreadable(std::uint64_t offset, std::uint64_t size) { unreadable_.emplace_back(offset, size); }

bool CachedFile::readable(std::uint64_t offset, std::uint64_t size) const {
  return std::ranges::none_of(unreadable_,
                              [&](const auto& r) { return r.first < offset + size && offset < r.first + r.second; });
}

}  // namespace daybook::sim
