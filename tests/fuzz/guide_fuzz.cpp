// Any bytes as a guide: refused with the file's name, or every question is answered, and by what it was met with too.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "log/guide.hpp"
#include "sim/faulty_disk.hpp"

using namespace daybook;

namespace {

// docs/format/index.md
constexpr std::size_t kHeader = 128, kBlock = 64u << 10;

void try_one(const std::string& bytes) {
  sim::FaultyDisk disk;
  disk.put("x.guide1", bytes);
  // Of the place that it says it is of, so that it is not refused for being of another.
  log::GuidePlace place;
  if (bytes.size() >= kHeader) {
    place.level = base::load<std::uint32_t>(bytes.data() + 12);
    std::memcpy(place.log.uuid.bytes.data(), bytes.data() + 16, 16);
    place.last = base::load<std::uint64_t>(bytes.data() + 32);
    place.end = {base::load<std::uint64_t>(bytes.data() + 40)};
    place.chain_after = {base::load<std::uint64_t>(bytes.data() + 48)};
  }
  auto opened = log::Guide::open(disk, "x.guide1", place);
  if (!opened) {
    ENSURE(opened.error().message.find("x.guide1") != std::string::npos);
    return;
  }
  const std::shared_ptr<const log::Guide> guide(std::move(*opened));
  const auto sound = guide->check_all().has_value();
  for (std::uint64_t hash = 1, i = 0; i < 64; ++i, hash = hash * 6364136223846793005u + 1442695040888963407u)
    ENSURE(guide->children_with(hash) < 1u << log::Guide::kChildren);
  ENSURE(!sound || !guide->damage());
  const auto hashes = log::Guide::hashes_of(guide);
  for (std::uint64_t i = 0; i < hashes.count; ++i)
    if (const auto hash = hashes.at(i)) (void)guide->children_with(*hash);
  log::GuideMerge merge(std::vector<log::Hashes>(log::Guide::kChildren, hashes));
  for (auto entry = merge.next(); entry && *entry; entry = merge.next()) continue;
  (void)guide->check(std::vector<log::Hashes>(log::Guide::kChildren, hashes));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_one(bytes);
  // Once more with every checksum, and the number of entries, as they should be.
  if (size < kHeader) return 0;
  bytes.resize(kHeader + (size - kHeader) / 8 * 8);
  const auto keys = (bytes.size() - kHeader) / 8;
  std::string sums;
  for (std::size_t at = kHeader; at < bytes.size(); at += kBlock) {
    const auto sum = base::checksum(std::string_view(bytes).substr(at, kBlock));
    sums.append(reinterpret_cast<const char*>(&sum), 8);
  }
  base::store(bytes.data() + 56, static_cast<std::uint64_t>(keys));
  base::store(bytes.data() + 64, base::checksum(sums));
  base::store(bytes.data() + kHeader - 8, base::checksum(std::string_view(bytes).substr(0, kHeader - 8)));
  try_one(bytes + sums);
  return 0;
}
