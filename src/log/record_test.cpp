#include "log/record.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace daybook::log {
namespace {

constexpr std::string_view kTags[] = {"flight:LH2", "seat:12A"};

NewEvent full() {
  return {.stream = "Seat-ü",
          .type = "Booked",
          .data = "{\"by\":\"me\"}",
          .metadata = R"({"$actor":"me"})",
          .id = Uuid{{1, 2, 3}},
          .occurred = Time{std::chrono::seconds(-5)},
          .tags = kTags,
          .content_type = ContentType::Avro,
          .schema_version = 3,
          .schema = 0x1122334455667788};
}
std::string bytes_of(const NewEvent& event) {
  std::string bytes;
  append_record(event, bytes);
  return bytes;
}

TEST(Record, holds_every_field_of_an_event) {
  auto bytes = bytes_of(full());
  EXPECT_EQ(bytes.size(), record_bytes(full()));
  place(reinterpret_cast<std::byte*>(bytes.data()), {{7}, {3}, Time{std::chrono::seconds(9)}});
  const auto e = decode_record(base::as_bytes(bytes));
  ASSERT_TRUE(e);
  EXPECT_EQ(e->position, Position{7});
  EXPECT_EQ(e->revision, Revision{3});
  EXPECT_EQ(e->recorded, Time{std::chrono::seconds(9)});
  EXPECT_EQ(e->occurred, Time{std::chrono::seconds(-5)});
  EXPECT_EQ(e->id, (Uuid{{1, 2, 3}}));
  EXPECT_EQ(e->schema, 0x1122334455667788u);
  EXPECT_EQ(e->schema_version, 3);
  EXPECT_EQ(e->content_type, ContentType::Avro);
  EXPECT_EQ(e->stream, "Seat-ü");
  EXPECT_EQ(e->type, "Booked");
  EXPECT_EQ(e->metadata, R"({"$actor":"me"})");
  EXPECT_EQ(e->data, "{\"by\":\"me\"}");
  EXPECT_EQ(std::vector<std::string_view>(e->tags.begin(), e->tags.end()),
            std::vector<std::string_view>(std::begin(kTags), std::end(kTags)));
}

TEST(Record, cut_anywhere_is_damage) {
  const auto bytes = bytes_of(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto cut = bytes.substr(0, size);
    EXPECT_FALSE(decode_record(base::as_bytes(cut))) << size;
    if (size < 4) continue;
    base::store(cut.data(), static_cast<std::uint32_t>(size));  // and says so
    const auto read = decode_record(base::as_bytes(cut));
    // Only data may be shorter without a contradiction.
    EXPECT_EQ(read.has_value(), size >= bytes.size() - full().data.size()) << size;
  }
}

TEST(Record, of_unknown_content_type_is_of_a_later_version) {
  auto bytes = bytes_of(full());
  base::store(bytes.data() + 70, std::uint16_t{9});
  const auto read = decode_record(base::as_bytes(bytes));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::UnsupportedVersion);
  EXPECT_NE(read.error().message.find("content type 9"), std::string::npos) << read.error().message;
}

TEST(Record, is_the_same_event_but_for_what_the_sequencer_decides) {
  auto stored = bytes_of(full());
  place(reinterpret_cast<std::byte*>(stored.data()), {{7}, {3}, Time{std::chrono::seconds(9)}});
  const auto same = [&](NewEvent again, Given given = {true, true}) {
    return same_event(base::as_bytes(stored), base::as_bytes(bytes_of(again)), given);
  };
  EXPECT_TRUE(same(full()));
  auto other = full();
  other.data = "{\"by\":\"we\"}";
  EXPECT_FALSE(same(other));
  other = full();
  other.id = Uuid{{9}};
  EXPECT_FALSE(same(other));
  EXPECT_TRUE(same(other, {.id = false, .occurred = true}));
  other = full();
  other.occurred = Time{};
  EXPECT_FALSE(same(other));
  EXPECT_TRUE(same(other, {.id = true, .occurred = false}));
  other = full();
  other.tags = {kTags, 1};
  EXPECT_FALSE(same(other));
}

TEST(Record, of_a_content_type_that_there_is_not_is_refused) {
  const auto done = check({.stream = "A", .type = "T", .content_type = static_cast<ContentType>(9)}, kHardLimits);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(done.error().message, "the content type is 9; 0 to 2 were expected");
}

}  // namespace
}  // namespace daybook::log
