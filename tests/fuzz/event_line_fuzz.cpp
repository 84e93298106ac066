// Any text as a line that is appended or imported: refused with the reason, or an event whose fields can be stored.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "cli/event_line.hpp"

using namespace daybook;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {cli::Line::ToAppend, cli::Line::ToImport}) {
    cli::EventLine event;
    if (const auto parsed = cli::parse_event_line(text, kind, event); !parsed) {
      ENSURE(parsed.error().code == ErrorCode::InvalidArgument && !parsed.error().message.empty());
      continue;
    }
    ENSURE(base::is_utf8(event.type) && base::is_utf8(event.stream) && base::is_utf8(event.metadata));
    for (const auto& tag : event.tags) ENSURE(base::is_utf8(tag));
  }
  return 0;
}
