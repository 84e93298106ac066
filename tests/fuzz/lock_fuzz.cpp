// Any text as a schema.lock: refused with a word, or read, and the same again once it is printed.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "schema/lock_file.hpp"

using namespace daybook;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lock = schema::parse_lock({reinterpret_cast<const char*>(data), size});
  if (!lock) {
    ENSURE(!lock.error().message.empty());
    return 0;
  }
  const auto printed = schema::print_lock(*lock);
  const auto again = schema::parse_lock(printed);
  ENSURE(again && schema::print_lock(*again) == printed);
  return 0;
}
