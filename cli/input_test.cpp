#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/event_line.hpp"
#include "cli/query_text.hpp"

namespace daybook::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string wrong_query(std::string_view text) {
  const auto query = parse_query(text);
  return query ? "no error" : query.error().message;
}

std::string wrong_line(std::string_view text, Line kind = Line::ToAppend) {
  EventLine line;
  const auto done = parse_event_line(text, kind, line);
  return done ? "no error" : done.error().message;
}

TEST(QueryText, terms_stand_between_spaces_and_alternatives_between_bars) {
  const auto query = parse_query("type=A,B tag=x:1 tag=y:2 | category=Account  type=C");
  ASSERT_TRUE(query) << query.error().message;
  ASSERT_EQ(query->any_of.size(), 2u);
  EXPECT_THAT(query->any_of[0].types, ElementsAre("A", "B"));
  EXPECT_THAT(query->any_of[0].tags, ElementsAre("x:1", "y:2"));
  EXPECT_THAT(query->any_of[1].categories, ElementsAre("Account"));
  EXPECT_THAT(query->any_of[1].types, ElementsAre("C"));
}

TEST(QueryText, a_star_is_everything) { EXPECT_TRUE(parse_query("*")->everything()); }

TEST(QueryText, a_backslash_takes_a_characters_meaning_away) {
  const auto query = parse_query(R"(tag=name:a\ b\|c type=A\,B)");
  ASSERT_TRUE(query) << query.error().message;
  EXPECT_THAT(query->any_of[0].tags, ElementsAre("name:a b|c"));
  EXPECT_THAT(query->any_of[0].types, ElementsAre("A,B"));
}

TEST(QueryText, a_tag_may_have_commas) { EXPECT_THAT(parse_query("tag=a:1,2")->any_of[0].tags, ElementsAre("a:1,2")); }

TEST(QueryText, what_is_malformed_is_named) {
  EXPECT_THAT(wrong_query(""), HasSubstr("without a term"));
  EXPECT_THAT(wrong_query("type=A |"), HasSubstr("without a term"));
  EXPECT_THAT(wrong_query("| type=A"), HasSubstr("without a term"));
  EXPECT_THAT(wrong_query("typ=A"), HasSubstr("\"typ\" is not type, tag or category"));
  EXPECT_THAT(wrong_query("A"), HasSubstr("\"A\" is not type="));
  EXPECT_THAT(wrong_query("type=A,"), HasSubstr("is empty"));
  EXPECT_THAT(wrong_query("type=A type=B"), HasSubstr("\"type\" twice"));
  EXPECT_THAT(wrong_query("tag=a\\"), HasSubstr("backslash"));
}

TEST(EventLine, takes_all_that_an_event_may_have) {
  EventLine line;
  const auto done = parse_event_line(
      R"({"occurred":"2026-11-23","tags":["a:1"],"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","metadata":{"$actor":"me"},)"
      R"("data":{"n": [1, 2]},"type":"Opened"})",
      Line::ToAppend, line);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(line.type, "Opened");
  EXPECT_EQ(line.data, R"({"n": [1, 2]})");
  EXPECT_EQ(line.metadata, R"({"$actor":"me"})");
  EXPECT_THAT(line.tags, ElementsAre("a:1"));
  EXPECT_EQ(to_string(*line.id), "0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e");
  EXPECT_EQ(to_string(*line.occurred), "2026-11-23T00:00:00.000000000Z");
}

TEST(EventLine, bytes_are_base64_where_a_content_type_says_so) {
  EventLine line;
  ASSERT_TRUE(
      parse_event_line(R"({"type":"A","data":{"$base64":"AAE="},"content_type":"binary"})", Line::ToAppend, line));
  EXPECT_EQ(line.data, std::string("\0\1", 2));
  EXPECT_EQ(line.content_type, ContentType::Binary);
  ASSERT_TRUE(parse_event_line(R"({"type":"A","data":{"$base64":"AAE="}})", Line::ToAppend, line));
  EXPECT_EQ(line.data, R"({"$base64":"AAE="})");
}

TEST(EventLine, what_is_wrong_is_named_with_what_was_expected) {
  EXPECT_THAT(wrong_line(""), HasSubstr("expected"));
  EXPECT_THAT(wrong_line("[]"), HasSubstr("expected"));
  EXPECT_THAT(wrong_line(R"({"type":"A"})"), HasSubstr("\"data\" is missing"));
  EXPECT_THAT(wrong_line(R"({"data":1})"), HasSubstr("\"type\" is missing"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"data":2})"), HasSubstr("\"data\": stands there twice"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"tag":["x"]})"), HasSubstr("\"tag\": is not known"));
  EXPECT_THAT(wrong_line(R"({"type":7,"data":1})"), HasSubstr("\"type\": expected a string"));
  EXPECT_THAT(wrong_line(R"({"type":"$x","data":1})"),
              HasSubstr("\"type\": names that begin with '$' are Daybook's own, found \"$x\""));
  EXPECT_EQ(wrong_line(R"({"type":"$x","data":1,"stream":"S"})", Line::ToImport), "no error");
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"id":"7"})"), HasSubstr("\"id\": expected a UUID"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"occurred":"today"})"), HasSubstr("\"occurred\": expected a time"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"metadata":[]})"), HasSubstr("\"metadata\": expected an object"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"tags":"x"})"), HasSubstr("\"tags\""));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"tags":[1]})"), HasSubstr("[0]"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":{]})"), HasSubstr("\"data\""));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1} x)"), HasSubstr("expected"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"content_type":"xml"})"), HasSubstr("\"xml\""));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"content_type":"binary"})"), HasSubstr("$base64"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":{"$base64":"?"},"content_type":"binary"})"), HasSubstr("base64"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"schema_version":0})"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(wrong_line("{\"type\":\"\xff\",\"data\":1}"), HasSubstr("\"type\""));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"stream":"S"})"), HasSubstr("import"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1})", Line::ToImport), HasSubstr("\"stream\" is missing"));
  EXPECT_THAT(wrong_line(R"({"type":"A","data":1,"stream":"S","schema":"1"})", Line::ToImport),
              HasSubstr("16 hexadecimal"));
  for (const auto* line :
       {R"({"type":"A","stream":"S","content_type":"avro","data":{"$base64":"AAE="}})",
        R"({"type":"A","stream":"S","content_type":"avro","data":{"n":1}})",
        R"({"type":"A","stream":"S","content_type":"avro","data":{"n":1},"schema":"0000000000000000"})"})
    EXPECT_THAT(wrong_line(line, Line::ToImport), HasSubstr("\"schema\"")) << line;
}

// What a store takes must come back: the line around data and metadata is not one of their levels.
TEST(EventLine, takes_data_and_metadata_as_deep_as_a_store_does) {
  const auto nested = [](int levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  const auto line = [&](int data, int metadata) {
    return R"({"type":"T","data":)" + nested(data) + R"(,"metadata":)" + nested(metadata) + "}";
  };
  EventLine event;
  const auto done = parse_event_line(line(128, 128), Line::ToAppend, event);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(event.data, nested(128));
  EXPECT_EQ(event.metadata, nested(128));
  EXPECT_THAT(wrong_line(line(129, 2)), HasSubstr("at most 128 levels"));
  EXPECT_THAT(wrong_line(line(2, 129)), HasSubstr("at most 128 levels"));
  EXPECT_THAT(wrong_line(std::string(1000, '[')), HasSubstr("expected an object"));
}

}  // namespace
}  // namespace daybook::cli
