// Any bytes as a record: refused, or read and written again as the very same bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "log/record.hpp"

using namespace daybook;

namespace {

void try_one(std::string_view bytes) {
  const auto e = log::decode_record(base::as_bytes(bytes));
  if (!e) {
    ENSURE(e.error().code == ErrorCode::Damage || e.error().code == ErrorCode::UnsupportedVersion);
    ENSURE(!e.error().message.empty());
    return;
  }
  const std::vector<std::string_view> tags(e->tags.begin(), e->tags.end());
  ENSURE(tags.size() == e->tags.size());
  std::string again;
  log::append_record({.stream = e->stream,
                      .type = e->type,
                      .data = e->data,
                      .metadata = e->metadata,
                      .id = e->id,
                      .occurred = e->occurred,
                      .tags = tags,
                      .content_type = e->content_type,
                      .schema_version = e->schema_version,
                      .schema = e->schema},
                     again);
  log::place(reinterpret_cast<std::byte*>(again.data()), {e->position, e->revision, e->recorded});
  ENSURE(again == bytes);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try_one(bytes);
  if (size < 4) return 0;
  base::store(bytes.data(), static_cast<std::uint32_t>(size));  // nearly every input stops at its size
  try_one(bytes);
  return 0;
}
