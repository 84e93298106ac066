// Any text as a query: refused with the term that is wrong, or alternatives, none of which asks for nothing unless the
// text says so.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "cli/query_text.hpp"

using namespace daybook;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto query = cli::parse_query(text);
  if (!query) {
    ENSURE(query.error().code == ErrorCode::InvalidArgument && !query.error().message.empty());
    return 0;
  }
  for (const auto& one : query->any_of)
    ENSURE(!one.types.empty() || !one.categories.empty() || !one.tags.empty() || text.contains('*'));
  return 0;
}
