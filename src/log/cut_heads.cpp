#include "log/cut_heads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/checksum.hpp"

namespace daybook::log {
namespace {

using base::load;
using base::store;

constexpr std::string_view kMagic = "DAYBKHDS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kEntryBytes = 32;  // name's offset, its size, revision, position

}  // namespace

Status CutHeads::write(io::Files& files, const std::string& path, const LogId& log, const std::vector<Head>& heads) {
  std::string out(kHeaderBytes + kEntryBytes * heads.size(), '\0');
  std::uint64_t names = 0;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    char* p = out.data() + kHeaderBytes + kEntryBytes * i;
    store(p, names);
    store(p + 8, static_cast<std::uint64_t>(heads[i].stream.size()));
    store(p + 16, heads[i].last.revision.value);
    store(p + 24, heads[i].last.position.value);
    names += heads[i].stream.size();
  }
  for (const auto& head : heads) out += head.stream;
  char* p = out.data();
  std::ranges::copy(kMagic, p);
  store(p + 8, kVersion);
  std::memcpy(p + 16, log.uuid.bytes.data(), 16);
  store(p + 32, static_cast<std::uint64_t>(heads.size()));
  store(p + 40, names);
  const auto checksum = base::checksum(out);
  out.resize(out.size() + 8);
  store(out.data() + out.size() - 8, checksum);
  return io::replace_whole(files, path, out);
}

Result<std::shared_ptr<const CutHeads>> CutHeads::open(io::Files& files, const std::string& path, const LogId& log) {
  const auto damage = [&](std::string_view what) { return fail(ErrorCode::Damage, fmt::format("{}: {}", path, what)); };
  auto file = files.open(path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  auto map = (*file)->map();
  if (!map) return std::unexpected(map.error());
  const auto bytes = (*map)->bytes();
  if (bytes.size() < kHeaderBytes + 8)
    return damage(fmt::format("has {} bytes; a header has {}", bytes.size(), kHeaderBytes));
  if (auto there = (*map)->populate(0, bytes.size()); !there) return std::unexpected(there.error());
  const auto text = base::as_text(bytes);
  const char* p = text.data();
  if (!text.starts_with(kMagic)) return damage("does not begin as such a file does");
  if (load<std::uint64_t>(p + text.size() - 8) != base::checksum(text.substr(0, text.size() - 8)))
    return damage("does not match its checksum");
  if (const auto version = load<std::uint32_t>(p + 8); version != kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{}: has format version {}; this program reads version {}", path, version, kVersion));
  if (std::memcmp(p + 16, log.uuid.bytes.data(), 16) != 0)
    return fail(ErrorCode::ForeignHistory, fmt::format("{}: is of another log", path));
  const auto count = load<std::uint64_t>(p + 32), names = load<std::uint64_t>(p + 40);
  const auto room = text.size() - kHeaderBytes - 8;
  if (count > room / kEntryBytes || names != room - kEntryBytes * count) return damage("its parts do not fit its size");
  std::shared_ptr<CutHeads> heads(new CutHeads);
  heads->entries_ = p + kHeaderBytes;
  heads->names_ = text.substr(kHeaderBytes + kEntryBytes * count, names);
  heads->count_ = count;
  for (std::size_t i = 0; i < count; ++i) {
    const char* entry = heads->entries_ + kEntryBytes * i;
    const auto at = load<std::uint64_t>(entry), size = load<std::uint64_t>(entry + 8);
    if (at > names || size > names - at) return damage("a name lies outside it");
    if (i > 0 && heads->name(i - 1) >= heads->name(i)) return damage("its names are not in order");
  }
  heads->file_ = std::move(*file);
  heads->map_ = std::move(*map);
  return heads;
}

std::string_view CutHeads::name(std::size_t i) const {
  const char* entry = entries_ + kEntryBytes * i;
  return names_.substr(load<std::uint64_t>(entry), load<std::uint64_t>(entry + 8));
}

StreamHead CutHeads::last(std::size_t i) const {
  const char* entry = entries_ + kEntryBytes * i;
  return {{load<std::uint64_t>(entry + 16)}, {load<std::uint64_t>(entry + 24)}};
}

CutHeads::Head CutHeads::at(std::size_t i) const { return {std::string(name(i)), last(i)}; }

std::optional<StreamHead> CutHeads::find(std::string_view stream) const {
  std::size_t low = 0, high = count_;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (name(middle) < stream)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == count_ || name(low) != stream) return {};
  return last(low);
}

}  // namespace daybook::log
