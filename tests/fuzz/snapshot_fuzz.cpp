// Any bytes as a snapshot file: refused, or read and written again as the very same bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "snapshot/format.hpp"

using namespace daybook;

namespace {

void try_one(std::string_view bytes) {
  const auto view = snapshot::decode_snapshot(bytes, "fuzzed");
  if (!view) {
    ENSURE(!view.error().message.empty());
    return;
  }
  const auto again = snapshot::encode_snapshot(view->info, view->state);
  ENSURE(again && *again == bytes);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_one(bytes);
  // Nearly every input stops at the checksum: once more with one that fits.
  if (size < snapshot::kChecksumBytes) return 0;
  const std::size_t body = size - snapshot::kChecksumBytes;
  base::store(bytes.data() + body, base::checksum(std::string_view(bytes).substr(0, body)));
  try_one(bytes);
  return 0;
}
