// Any bytes as a sealed index: refused, or every question is answered with a value or an error.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "log/sealed_index.hpp"
#include "sim/faulty_disk.hpp"

using namespace daybook;

namespace {

// docs/format/index.md
constexpr std::size_t kHeader = 256, kSections = 96, kBlock = 64u << 10;

void try_one(const std::string& bytes) {
  sim::FaultyDisk disk;
  disk.put("x.idx", bytes);
  LogId log;
  if (bytes.size() >= 32) std::memcpy(log.uuid.bytes.data(), bytes.data() + 16, 16);
  const auto number = bytes.size() >= 40 ? base::load<std::uint64_t>(bytes.data() + 32) : 1;
  const auto index = log::SealedIndex::open(
      disk, "x.idx", log, number, 1,
      [](std::uint32_t ordinal, log::KeyKind, std::string_view) -> Result<bool> { return ordinal % 2 == 0; });
  if (!index) {
    ENSURE(index.error().message.find("x.idx") != std::string::npos);
    return;
  }
  const auto events = (*index)->events();
  (void)(*index)->check_all();
  for (const auto kind : {log::KeyKind::Stream, log::KeyKind::Category, log::KeyKind::Type, log::KeyKind::Tag})
    for (const auto* name : {"Account-alice", "Account", "Opened", "by:card", ""})
      if (const auto key = (*index)->find(kind, name, events); key && *key)
        if (const auto found = (*index)->postings(**key, 0, events))
          for (const auto ordinal : found->ordinals()) (void)(*index)->place_of(ordinal);
  for (std::uint32_t i = 0; i < std::min(events, 64u); ++i) {
    (void)(*index)->place_of(i);
    (void)(*index)->group_of(i);
  }
  (void)(*index)->with_id(Uuid{{1, 2, 3, 4}}, 0);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_one(bytes);
  // Once more with every checksum as it should be.
  if (size < kHeader) return 0;
  const auto sums = base::load<std::uint64_t>(bytes.data() + kSections + 80);
  if (sums >= kHeader && sums <= size)
    for (std::uint64_t at = kHeader, i = 0; at < sums && sums + 8 * (i + 1) <= size; at += kBlock, ++i)
      base::store(bytes.data() + sums + 8 * i,
                  base::checksum(std::string_view(bytes).substr(at, std::min<std::uint64_t>(kBlock, sums - at))));
  base::store(bytes.data() + 80, static_cast<std::uint64_t>(size));
  if (sums <= size) base::store(bytes.data() + 88, base::checksum(std::string_view(bytes).substr(sums)));
  base::store(bytes.data() + kHeader - 8, base::checksum(std::string_view(bytes).substr(0, kHeader - 8)));
  try_one(bytes);
  return 0;
}
