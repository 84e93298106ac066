#include "log/guide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "log/uniform_search.hpp"

namespace daybook::log {
namespace {

using base::load;
using base::store;

constexpr std::string_view kMagic = "DAYBKGDE";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kCheckedBytes = kHeaderBytes - 8;  // the header's checksum is its last field
constexpr auto kBlock = CheckedBlocks::kBlock;
// An entry is a hash whose low bits are given to the children.
constexpr std::uint64_t kChildBits = (1ull << Guide::kChildren) - 1;
// What some() writes and syncs at once: little enough that no append waits long behind it.
constexpr std::size_t kSliceBytes = 4u << 20;
static_assert(kSliceBytes % kBlock == 0);

}  // namespace

std::string Guide::name(std::uint64_t last, std::uint32_t level) { return fmt::format("{:012}.guide{}", last, level); }

std::uint64_t Guide::last_in(std::string_view file_name) {
  constexpr std::size_t kDigits = 12;
  constexpr std::string_view kEnding = ".guide";
  std::uint64_t last = 0;
  if (file_name.size() != kDigits + kEnding.size() + 1 || file_name.substr(kDigits, kEnding.size()) != kEnding ||
      file_name.back() < '1' || file_name.back() > static_cast<char>('0' + kMaxLevel))
    return 0;
  const auto* begin = file_name.data();
  const auto [end, error] = std::from_chars(begin, begin + kDigits, last);
  return error == std::errc() && end == begin + kDigits ? last : 0;
}

Result<std::unique_ptr<Guide>> Guide::open(io::Files& files, const std::string& path, const GuidePlace& place) {
  const auto damage = [&](std::string_view what) { return fail(ErrorCode::Damage, fmt::format("{}: {}", path, what)); };
  auto file = files.open(path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  auto map = (*file)->map();
  if (!map) return std::unexpected(map.error());
  const auto bytes = (*map)->bytes();
  if (bytes.size() < kHeaderBytes)
    return damage(fmt::format("has {} bytes; a guide has a header of {}", bytes.size(), kHeaderBytes));
  if (auto there = (*map)->populate(0, kHeaderBytes); !there) return std::unexpected(there.error());
  const std::byte* p = bytes.data();
  if (base::as_text(bytes.first(kMagic.size())) != kMagic) return damage("does not begin as a guide does");
  if (load<std::uint64_t>(p + kCheckedBytes) != base::checksum(base::as_text(bytes.first(kCheckedBytes))))
    return damage("its header does not match its checksum");
  if (const auto version = load<std::uint32_t>(p + 8); version != kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{}: has format version {}; this program reads version {}", path, version, kVersion));
  GuidePlace is;
  is.level = load<std::uint32_t>(p + 12);
  std::memcpy(is.log.uuid.bytes.data(), p + 16, 16);
  is.last = load<std::uint64_t>(p + 32);
  is.end = {load<std::uint64_t>(p + 40)};
  is.chain_after = {load<std::uint64_t>(p + 48)};
  if (is != place)
    return fail(ErrorCode::ForeignHistory,
                fmt::format("{}: is the guide of level {} up to segment {}, position {}, of log {}, or of another "
                            "history",
                            path, is.level, is.last, is.end.value, to_string(is.log.uuid)));
  std::unique_ptr<Guide> guide(new Guide);
  guide->keys_ = load<std::uint64_t>(p + 56);
  const auto room = (bytes.size() - kHeaderBytes) / 8;
  const auto blocks = std::min(guide->keys_, room) * 8 / kBlock + (std::min(guide->keys_, room) * 8 % kBlock != 0);
  if (guide->keys_ > room || room - guide->keys_ != blocks || bytes.size() % 8 != 0)
    return damage(fmt::format("has {} bytes, which does not fit its {} keys", bytes.size(), guide->keys_));
  const auto sums_at = kHeaderBytes + 8 * guide->keys_;
  if (auto there = (*map)->populate(sums_at, 8 * blocks); !there) return std::unexpected(there.error());
  if (load<std::uint64_t>(p + 64) != base::checksum(base::as_text(bytes.subspan(sums_at))))
    return damage("its checksums do not match theirs");
  std::vector<std::uint64_t> checksums(blocks);
  std::ranges::copy(bytes.subspan(sums_at), std::as_writable_bytes(std::span(checksums)).begin());
  guide->path_ = path;
  guide->place_ = is;
  guide->blocks_ = std::make_unique<CheckedBlocks>(path, std::move(*map),
                                                   CheckedBlocks::Layout{kHeaderBytes, sums_at, std::move(checksums)},
                                                   is.end, CheckedBlocks::Remake{});
  return guide;
}

Result<std::uint64_t> Guide::entry(std::uint64_t number) const {
  const auto at = blocks_->at(kHeaderBytes + 8 * number, 8);
  if (!at) return std::unexpected(at.error());
  return load<std::uint64_t>(*at);
}

std::uint32_t Guide::children_with(std::uint64_t hash) const {
  if (damaged_.load(std::memory_order_acquire)) return kChildBits;
  if (keys_ == 0) return 0;
  const auto wanted = hash & ~kChildBits;
  const auto at = first_not_less(wanted, keys_, [this](std::uint64_t i) { return entry(i); });
  if (!at) return give_up(at.error());
  if (*at == keys_) return 0;
  const auto found = entry(*at);
  if (!found) return give_up(found.error());
  return (*found & ~kChildBits) == wanted ? static_cast<std::uint32_t>(*found & kChildBits) : 0;
}

std::uint32_t Guide::give_up(const Error& why) const {
  const std::lock_guard guard(mutex_);
  damage_ = why;
  damaged_.store(true, std::memory_order_release);
  return kChildBits;
}

std::optional<Error> Guide::damage() const {
  if (!damaged_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard guard(mutex_);
  return damage_;
}

Status Guide::check(const std::vector<Hashes>& children) const {
  GuideMerge merge(children);
  for (std::uint64_t i = 0;; ++i) {
    const auto expected = merge.next();
    if (!expected) return std::unexpected(expected.error());
    if (i == keys_ && !*expected) return {};
    const auto is = i < keys_ ? entry(i) : Result<std::uint64_t>(0);
    if (!is) return std::unexpected(is.error());
    if (i == keys_ || is != **expected)
      return fail(ErrorCode::Damage, fmt::format("{}: its key {} is not as the indexes have it", path_, i), place_.end);
  }
}

Hashes Guide::hashes_of(std::shared_ptr<const Guide> guide) {
  const auto keys = guide->keys_;
  return {keys, [guide = std::move(guide)](std::uint64_t number) -> Result<std::uint64_t> {
            const auto is = guide->entry(number);
            if (!is) (void)guide->give_up(is.error());  // so that it is made anew
            return is;
          }};
}

// ---- making one -----------------------------------------------------------------------------------------------------

GuideMerge::GuideMerge(std::vector<Hashes> children) {
  ENSURE(children.size() == Guide::kChildren);
  for (auto& hashes : children) children_.push_back({std::move(hashes)});
}

// To the next that differs: hashes that are alike but for the low bits are one entry.
Status GuideMerge::advance(Child& child) {
  const auto before = std::exchange(child.head, std::nullopt);
  while (!child.head && child.next < child.hashes.count) {
    const auto hash = child.hashes.at(child.next++);
    if (!hash) return std::unexpected(hash.error());
    const auto head = *hash & ~kChildBits;
    if (before && head < *before)
      return fail(ErrorCode::Damage, fmt::format("key {} of an index is out of order", child.next - 1));
    if (head != before) child.head = head;
  }
  return {};
}

Result<std::optional<std::uint64_t>> GuideMerge::next() {
  if (!std::exchange(begun_, true))
    for (auto& child : children_)
      if (auto done = advance(child); !done) return std::unexpected(done.error());
  std::optional<std::uint64_t> least;
  for (const auto& child : children_)
    if (child.head && (!least || *child.head < *least)) least = child.head;
  if (!least) return std::nullopt;
  auto entry = *least;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (children_[i].head != least) continue;
    entry |= 1ull << i;
    if (auto done = advance(children_[i]); !done) return std::unexpected(done.error());
  }
  return entry;
}

GuideMaking::GuideMaking(io::Files& files, std::string path, const GuidePlace& place, std::vector<Hashes> children)
    : files_(files), path_(std::move(path)), place_(place), merge_(std::move(children)) {}

GuideMaking::~GuideMaking() {
  if (finished_) return;
  file_.reset();
  (void)files_.remove(path_ + ".new");
}

Result<std::unique_ptr<GuideMaking>> GuideMaking::begin(io::Files& files, std::string path, const GuidePlace& place,
                                                        std::vector<Hashes> children) {
  const auto beside = path + ".new";
  const auto left = files.exists(beside);
  if (!left) return std::unexpected(left.error());
  if (*left)
    if (auto removed = files.remove(beside); !removed) return std::unexpected(removed.error());
  auto file = files.open(beside, io::Open::Create);
  if (!file) return std::unexpected(file.error());
  std::unique_ptr<GuideMaking> making(new GuideMaking(files, std::move(path), place, std::move(children)));
  making->file_ = std::move(*file);
  return making;
}

Result<bool> GuideMaking::some() {
  std::string slice;
  slice.reserve(kSliceBytes);
  bool more = true;
  while (more && slice.size() < kSliceBytes) {
    const auto entry = merge_.next();
    if (!entry) return std::unexpected(entry.error());
    more = entry->has_value();
    if (more) slice.append(reinterpret_cast<const char*>(&**entry), 8);
  }
  if (auto written = write(slice); !written) return std::unexpected(written.error());
  if (more) return false;
  if (auto done = finish(); !done) return std::unexpected(done.error());
  return true;
}

Status GuideMaking::write(std::string_view slice) {
  if (auto written = file_->write_at(kHeaderBytes + 8 * keys_, base::as_bytes(slice)); !written) return written;
  for (std::size_t at = 0; at < slice.size(); at += kBlock)
    checksums_.push_back(base::checksum(slice.substr(at, kBlock)));
  keys_ += slice.size() / 8;
  return file_->sync();  // a slice at a time: else the last sync would be one of all
}

Status GuideMaking::finish() {
  const auto sums = std::as_bytes(std::span(checksums_));
  std::array<char, kHeaderBytes> header{};
  char* p = header.data();
  std::memcpy(p, kMagic.data(), kMagic.size());
  store(p + 8, kVersion);
  store(p + 12, place_.level);
  std::memcpy(p + 16, place_.log.uuid.bytes.data(), 16);
  store(p + 32, place_.last);
  store(p + 40, place_.end.value);
  store(p + 48, place_.chain_after.value);
  store(p + 56, keys_);
  store(p + 64, base::checksum(base::as_text(sums)));
  store(p + kCheckedBytes, base::checksum(std::string_view(p, kCheckedBytes)));
  auto done = file_->write_at(kHeaderBytes + 8 * keys_, sums);
  if (done) done = file_->write_at(0, std::as_bytes(std::span(header)));
  if (done) done = file_->sync();
  file_.reset();
  if (done) done = files_.rename(path_ + ".new", path_);
  if (!done) return done;
  finished_ = true;
  return files_.sync_directory(io::parent_of(path_));
}

}  // namespace daybook::log
