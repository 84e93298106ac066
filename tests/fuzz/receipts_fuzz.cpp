// Any text as a file of the bank's receipts: refused with the line that is none, or receipts, and the same again once they
// are written.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "base/ensure.hpp"
#include "daybook/codec/json.hpp"
#include "program/receipts.hpp"

using namespace bank;

namespace {

std::string written(const std::vector<Acknowledged>& receipts) {
  std::string text;
  for (const auto& receipt : receipts) {
    ENSURE(daybook::codec::encode_json(receipt, text));
    text += '\n';
  }
  return text;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto receipts = read_receipts("receipts", in);
  if (!receipts) {
    ENSURE(receipts.error().code == daybook::ErrorCode::InvalidArgument);
    ENSURE(receipts.error().message.starts_with("receipts:"));
    return 0;
  }
  const auto text = written(*receipts);
  std::istringstream again(text);
  const auto same = read_receipts("receipts", again);
  ENSURE(same && written(*same) == text);
  return 0;
}
