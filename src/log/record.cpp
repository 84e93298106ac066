#include "log/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "journal/format.hpp"

namespace daybook::log {
namespace {

using base::load;
using base::store;

static_assert(kRecordHeaderBytes == journal::kMinRecordBytes);

// Offsets of the fields.
constexpr std::size_t kSize = 0, kStreamSize = 4, kTypeSize = 6, kPosition = 8, kRevision = 16, kRecorded = 24,
                      kOccurred = 32, kId = 40, kSchema = 56, kMetadataSize = 64, kSchemaVersion = 68,
                      kContentType = 70, kTagCount = 72, kTagsSize = 74;

Time time_at(const std::byte* at) { return Time(std::chrono::nanoseconds(load<std::int64_t>(at))); }

Status check_size(std::string_view what, std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return fail(ErrorCode::InvalidArgument, fmt::format("{} has {} bytes; the limit is {}", what, size, limit));
}

Status check_name(std::string_view what, std::string_view name, std::size_t limit) {
  if (name.empty()) return fail(ErrorCode::InvalidArgument, fmt::format("{} is empty", what));
  if (name.size() > limit)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} {} has {} bytes; the limit is {}", what, base::quoted(name), name.size(), limit));
  if (!base::is_printable_utf8(name))
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} {} is not UTF-8 without control characters", what, base::quoted(name)));
  return {};
}

std::size_t tags_bytes(const NewEvent& event) {
  std::size_t bytes = 0;
  for (const auto tag : event.tags) bytes += 2 + tag.size();
  return bytes;
}

}  // namespace

Status check_stream_name(std::string_view name, const Limits& limits) {
  return check_name("stream name", name, limits.stream_name_bytes);
}

Status check(const NewEvent& event, const Limits& limits) {
  auto done = check_stream_name(event.stream, limits);
  if (done) done = check_name("event type", event.type, limits.type_bytes);
  if (done) done = check_size("payload", event.data.size(), limits.payload_bytes);
  if (done) done = check_size("metadata", event.metadata.size(), limits.metadata_bytes);
  if (done && event.content_type > ContentType::Avro)
    done = fail(ErrorCode::InvalidArgument,
                fmt::format("the content type is {}; 0 to {} were expected", static_cast<unsigned>(event.content_type),
                            static_cast<unsigned>(ContentType::Avro)));
  if (done && event.tags.size() > limits.tags)
    done = fail(ErrorCode::InvalidArgument,
                fmt::format("the event has {} tags; the limit is {}", event.tags.size(), limits.tags));
  for (const auto tag : event.tags)
    if (done) done = check_name("tag", tag, limits.tag_bytes);
  return done;
}

std::size_t record_bytes(const NewEvent& event) {
  return kRecordHeaderBytes + event.stream.size() + event.type.size() + tags_bytes(event) + event.metadata.size() +
         event.data.size();
}

void append_record(const NewEvent& event, std::string& out) {
  const auto tags = tags_bytes(event);
  const auto size =
      kRecordHeaderBytes + event.stream.size() + event.type.size() + tags + event.metadata.size() + event.data.size();
  ENSURE(size <= UINT32_MAX && tags <= UINT16_MAX);
  char* p = base::extend_for_overwrite(out, size);
  std::memset(p, 0, kRecordHeaderBytes);
  store(p + kSize, static_cast<std::uint32_t>(size));
  store(p + kStreamSize, static_cast<std::uint16_t>(event.stream.size()));
  store(p + kTypeSize, static_cast<std::uint16_t>(event.type.size()));
  if (event.occurred) store(p + kOccurred, event.occurred->time_since_epoch().count());
  if (event.id) std::memcpy(p + kId, event.id->bytes.data(), 16);
  store(p + kSchema, event.schema);
  store(p + kMetadataSize, static_cast<std::uint32_t>(event.metadata.size()));
  store(p + kSchemaVersion, event.schema_version);
  store(p + kContentType, static_cast<std::uint16_t>(event.content_type));
  store(p + kTagCount, static_cast<std::uint16_t>(event.tags.size()));
  store(p + kTagsSize, static_cast<std::uint16_t>(tags));
  p += kRecordHeaderBytes;
  const auto put = [&p](std::string_view text) { p = std::ranges::copy(text, p).out; };
  put(event.stream);
  put(event.type);
  for (const auto tag : event.tags) {
    store(p, static_cast<std::uint16_t>(tag.size()));
    p += 2;
    put(tag);
  }
  put(event.metadata);
  put(event.data);
}

void place(std::byte* record, const Placement& where) {
  store(record + kPosition, where.position.value);
  store(record + kRevision, where.revision.value);
  store(record + kRecorded, where.recorded.time_since_epoch().count());
}

void set_occurred(std::byte* record, Time occurred) { store(record + kOccurred, occurred.time_since_epoch().count()); }
void set_id(std::byte* record, const Uuid& id) { std::memcpy(record + kId, id.bytes.data(), 16); }
Uuid id_of(const std::byte* record) {
  Uuid id;
  std::memcpy(id.bytes.data(), record + kId, 16);
  return id;
}

Status decode_record(std::span<const std::byte> record, EventView& e) {
  const auto damage = [](std::string_view what) { return fail(ErrorCode::Damage, fmt::format("a record {}", what)); };
  if (record.size() < kRecordHeaderBytes || load<std::uint32_t>(record.data()) != record.size())
    return damage("is not as long as it says");
  const std::byte* p = record.data();
  const std::size_t stream = load<std::uint16_t>(p + kStreamSize), type = load<std::uint16_t>(p + kTypeSize),
                    tags = load<std::uint16_t>(p + kTagsSize), metadata = load<std::uint32_t>(p + kMetadataSize);
  if (stream + type + tags + metadata > record.size() - kRecordHeaderBytes)
    return damage("has fields longer than itself");
  if (stream == 0 || type == 0) return damage("has no stream or no type");
  e.position = {load<std::uint64_t>(p + kPosition)};
  e.revision = {load<std::uint64_t>(p + kRevision)};
  e.recorded = time_at(p + kRecorded);
  e.occurred = time_at(p + kOccurred);
  e.id = id_of(p);
  e.schema = load<std::uint64_t>(p + kSchema);
  e.schema_version = load<std::uint16_t>(p + kSchemaVersion);
  const auto content = load<std::uint16_t>(p + kContentType);
  if (content > static_cast<std::uint16_t>(ContentType::Avro))
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("a record has content type {}, which a later version has added", content));
  e.content_type = static_cast<ContentType>(content);
  auto rest = base::as_text(record.subspan(kRecordHeaderBytes));
  const auto take = [&rest](std::size_t n) {
    const auto part = rest.substr(0, n);
    rest.remove_prefix(n);
    return part;
  };
  e.stream = take(stream);
  e.type = take(type);
  const auto tag_bytes = take(tags);
  e.metadata = take(metadata);
  e.data = rest;
  std::size_t used = 0;
  const std::uint16_t count = load<std::uint16_t>(p + kTagCount);
  for (std::uint16_t i = 0; i < count; ++i) {
    if (tag_bytes.size() - used < 2) return damage("has tags longer than itself");
    used += 2 + std::size_t(load<std::uint16_t>(tag_bytes.data() + used));
    if (used > tag_bytes.size()) return damage("has tags longer than itself");
  }
  if (used != tag_bytes.size()) return damage("has bytes behind its tags");
  e.tags = TagsView(tag_bytes, count);
  return {};
}

Result<EventView> decode_record(std::span<const std::byte> record) {
  Result<EventView> event;
  if (auto done = decode_record(record, *event); !done) event = std::unexpected(done.error());
  return event;
}

bool same_event(std::span<const std::byte> stored, std::span<const std::byte> again, Given given) {
  if (stored.size() != again.size()) return false;
  const auto same = [&](std::size_t from, std::size_t to) {
    return std::memcmp(stored.data() + from, again.data() + from, to - from) == 0;
  };
  return same(0, kPosition) && (!given.occurred || same(kOccurred, kId)) && (!given.id || same(kId, kSchema)) &&
         same(kSchema, stored.size());
}

}  // namespace daybook::log
