#include "engine/schema_book.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::engine {

// ---- SchemaLine, DurableSet --------------------------------------------------------------------------------------

std::optional<Error> SchemaLine::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

void SchemaLine::fail_with(Error error) {
  std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
}

bool SchemaBook::DurableSet::contains(std::uint64_t fingerprint) const {
  for (auto at = fingerprint % kSlots;; at = (at + 1) % kSlots) {
    const auto there = slots_[at].load(std::memory_order_acquire);
    if (there == fingerprint) return true;
    if (there == 0) return false;
  }
}

void SchemaBook::DurableSet::insert(std::uint64_t fingerprint) {
  if (used_ >= kSlots / 2 || contains(fingerprint)) return;
  auto at = fingerprint % kSlots;
  while (slots_[at].load(std::memory_order_relaxed) != 0) at = (at + 1) % kSlots;
  slots_[at].store(fingerprint, std::memory_order_release);
  ++used_;
}

// ---- SchemaBook --------------------------------------------------------------------------------------------------

Status SchemaBook::open() {
  std::lock_guard lock(mutex_);
  return read_on();
}

// Reads the schemas that have come since. Where the first of them were deleted with old history, the rest is what there
// is: a deletion leaves every schema in it.
Status SchemaBook::read_on() const {
  // Up to the end and no further: a damaged log has schemas for everything that can be read of it.
  const ReadLog all{.from = log_.begin(), .until = log_.end(), .filter = {{{.types = {std::string(kSchemaType)}}}}};
  auto cursor = log_.read_stream(kSchemaStream, {.from = Revision{next_}, .until = all.until});
  if (!cursor && cursor.error().code == ErrorCode::HistoryCut) cursor = log_.read(all);
  if (!cursor) return std::unexpected(std::move(cursor).error());
  for (;;) {
    const auto next = (*cursor)->next();
    if (!next) return std::unexpected(next.error());
    if (!*next) return {};
    const auto& event = **next;
    if (event.stream != kSchemaStream || event.revision.value < next_) continue;
    next_ = event.revision.value + 1;
    const auto fingerprint = codec::schema_fingerprint(event.data);
    known_[fingerprint] = {std::make_shared<const std::string>(event.data), nullptr};
    durable_.insert(fingerprint);
  }
}

void SchemaBook::append(std::uint64_t fingerprint, const Entry& entry) {
  const NewEvent event{.stream = kSchemaStream, .type = kSchemaType, .data = *entry.text};
  const StreamCondition condition{kSchemaStream, Expect::any(), entry.line.get()};
  known_[fingerprint] = entry;
  log_.append({.events = {&event, 1}, .conditions = {&condition, 1}},
              [self = shared_from_this(), fingerprint, line = entry.line](Result<Appended> appended) {
                std::lock_guard lock(self->mutex_);
                if (appended) {
                  self->known_[fingerprint].line = nullptr;
                  self->durable_.insert(fingerprint);
                } else {
                  // A conflict is not its own: it expects nothing, and met with a line that somebody on it had broken.
                  // Whoever needs the schema next appends it on another.
                  if (appended.error().code != ErrorCode::Conflict) line->fail_with(appended.error());
                  self->known_.erase(fingerprint);
                }
              });
}

Result<SchemaLines> SchemaBook::announce(const erased::EventBuffer& events) {
  SchemaLines lines;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto fingerprint = events[i].type->schema_fingerprint();
    if (durable_.contains(fingerprint)) continue;
    std::lock_guard lock(mutex_);
    auto found = known_.find(fingerprint);
    if (found == known_.end()) {
      if (auto read = read_on(); !read) return std::unexpected(std::move(read).error());
      found = known_.find(fingerprint);
    }
    const auto& text = events[i].type->schema();
    if (found != known_.end() && *found->second.text != text)
      return fail(ErrorCode::SchemaMismatch,
                  "the schema of event '" + std::string(events[i].type->name) +
                      "' has the fingerprint of another that is in the log: " + base::quoted(*found->second.text));
    auto line = found != known_.end() ? found->second.line : std::make_shared<SchemaLine>();
    if (found == known_.end()) append(fingerprint, {std::make_shared<const std::string>(text), line});
    if (line && std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::shared_ptr<const std::string>> SchemaBook::find(std::uint64_t fingerprint) const {
  std::lock_guard lock(mutex_);
  auto found = known_.find(fingerprint);
  if (found == known_.end()) {
    if (auto read = read_on(); !read) return std::unexpected(std::move(read).error());
    found = known_.find(fingerprint);
  }
  if (found == known_.end())
    return fail(ErrorCode::NotFound, "schema " + std::to_string(fingerprint) + " is not in the log");
  return found->second.text;
}

}  // namespace daybook::engine
