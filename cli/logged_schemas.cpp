#include "cli/logged_schemas.hpp"

#include <fmt/format.h>

#include "daybook/codec/schema.hpp"

namespace daybook::cli {

Status LoggedSchemas::read_on() {
  if (!begun_) next_ = log_->begin();
  begun_ = true;
  const auto end = log_->end();
  auto cursor = log_->read({.from = next_, .until = end, .filter = {{{.types = {std::string(kSchemaType)}}}}});
  if (!cursor) return std::unexpected(cursor.error());
  for (;;) {
    const auto event = (*cursor)->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) break;
    if ((*event)->stream != kSchemaStream) continue;
    known_.try_emplace(codec::schema_fingerprint((*event)->data), Known{std::string((*event)->data), nullptr});
  }
  next_ = end;
  return {};
}

Result<bool> LoggedSchemas::contains(std::uint64_t fingerprint) {
  if (!known_.contains(fingerprint))
    if (auto done = read_on(); !done) return std::unexpected(done.error());
  return known_.contains(fingerprint);
}

Result<std::shared_ptr<const codec::AvroSchema>> LoggedSchemas::find(std::uint64_t fingerprint) {
  const auto there = contains(fingerprint);
  if (!there) return std::unexpected(there.error());
  if (!*there)
    return fail(ErrorCode::NotFound,
                fmt::format("schema {:016x} is not in the log (stream {})", fingerprint, kSchemaStream));
  auto& known = known_.at(fingerprint);
  if (!known.parsed) {
    auto parsed = codec::AvroSchema::parse(known.text);
    if (!parsed) return std::unexpected(parsed.error());
    known.parsed = std::move(*parsed);
  }
  return known.parsed;
}

}  // namespace daybook::cli
