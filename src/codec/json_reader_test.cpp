#include "codec/json_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace daybook::codec {
namespace {

using testing::HasSubstr;

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

TEST(JsonReader, takes_what_rfc_8259_calls_json) {
  for (const std::string text :
       {"null", " true ", "false", "0", "-0", "10", "-1.5e+3", "1E400", "\"\"", R"("\"\\\/\b\f\n\r\t\u00e9")", "[]",
        "{}", "[1,2,[3]]", R"({"a":1,"b":{"c":[]}})", "\t\r\n 1 \n", R"("\ud83d\ude00")", "\"😀\""})
    EXPECT_TRUE(check_json(text)) << text;
  EXPECT_TRUE(check_json(nested(kMaxDepth)));
}

TEST(JsonReader, refuses_everything_else) {
  for (const std::string text : {"",
                                 " ",
                                 "nul",
                                 "nullx",
                                 "True",
                                 "01",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "-",
                                 "--1",
                                 "0x1",
                                 "NaN",
                                 "Infinity",
                                 "\"",
                                 "\"a",
                                 "\"\\x\"",
                                 "\"\\u12g4\"",
                                 "\"\\u12\"",
                                 "'a'",
                                 "[1,]",
                                 "[,1]",
                                 "[1 2]",
                                 "[1",
                                 "{",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{a:1}",
                                 "{1:1}",
                                 "{\"a\":1 \"b\":2}",
                                 "1 2",
                                 "[]]",
                                 "// x\n1",
                                 "\xef\xbb\xbf{}",
                                 "\"\n\"",
                                 "\"\x01\"",
                                 "]",
                                 "}",
                                 ",",
                                 ":",
                                 "{]",
                                 "[}"})
    EXPECT_FALSE(check_json(text)) << text;
  EXPECT_FALSE(check_json(std::string("1\0", 2)));
}

TEST(JsonReader, refuses_what_is_not_utf8) {
  for (const std::string text :
       {"\"\xff\"", "\"\xc0\x80\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"a\x80\"",
        "\"12345678\xc3\"", R"("\ud800")", R"("\ude00")", R"("\ud800\ud800")", R"("\ud800x")"})
    EXPECT_FALSE(check_json(text)) << text;
}

TEST(JsonReader, refuses_nesting_beyond_its_limit_without_using_up_the_stack) {
  EXPECT_FALSE(check_json(nested(kMaxDepth + 1)));
  EXPECT_FALSE(check_json(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(check_json(objects).error().message, HasSubstr("128 levels"));
}

TEST(JsonReader, says_what_was_expected_what_is_there_and_where) {
  JsonReader in(R"({"amount": "twelve"})");
  std::string_view key;
  ASSERT_TRUE(in.begin_object());
  ASSERT_EQ(in.next_key(key), JsonReader::More::Yes);
  std::int64_t value = 0;
  ASSERT_FALSE(in.integer(value));
  in.within("cents");
  in.within("Money");
  EXPECT_EQ(in.error(), "Money.cents: expected a number, found \"\\\"twelve\\\"}\" at byte 11");
}

TEST(JsonReader, reads_integers_exactly_or_not_at_all) {
  const auto signed_of = [](std::string_view text, std::int64_t& value) { return JsonReader(text).integer(value); };
  const auto unsigned_of = [](std::string_view text, std::uint64_t& value) {
    return JsonReader(text).unsigned_integer(value);
  };
  std::int64_t i = 0;
  std::uint64_t u = 0;
  EXPECT_TRUE(signed_of("9223372036854775807", i) && i == std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(signed_of("-9223372036854775808", i) && i == std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(unsigned_of("18446744073709551615", u) && u == std::numeric_limits<std::uint64_t>::max());
  for (const auto* text : {"9223372036854775808", "-9223372036854775809", "1.0", "1e3", "-0", "\"1\"", "true"})
    EXPECT_FALSE(signed_of(text, i)) << text;
  for (const auto* text : {"18446744073709551616", "-1", "0.0"}) EXPECT_FALSE(unsigned_of(text, u)) << text;
}

TEST(JsonReader, reads_the_nearest_double_and_names_what_json_has_no_number_for) {
  const auto number = [](std::string_view text) {
    double value = 42;
    return JsonReader(text).number(value) ? value : std::numeric_limits<double>::signaling_NaN();
  };
  EXPECT_EQ(number("0.1"), 0.1);
  EXPECT_EQ(number("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(number("5e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(number("\"-Infinity\""), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(number("-0")));
  double value = 0;
  EXPECT_TRUE(JsonReader("\"NaN\"").number(value));
  EXPECT_TRUE(std::isnan(value));
  for (const auto* text : {"1e400", "-1e400", "\"nan\"", "\"1\"", "null"})
    EXPECT_FALSE(JsonReader(text).number(value)) << text;
}

TEST(JsonReader, gives_plain_strings_as_views_of_the_text_and_undoes_escapes) {
  const std::string text = R"(["plain","tab\there","\u20ac","\ud83d\ude00","\u0000"])";
  JsonReader in(text);
  ASSERT_TRUE(in.begin_array());
  std::string_view view;
  ASSERT_EQ(in.next_item(), JsonReader::More::Yes);
  ASSERT_TRUE(in.string(view));
  EXPECT_EQ(view, "plain");
  EXPECT_TRUE(view.data() > text.data() && view.data() < text.data() + text.size());
  for (const std::string& expected :
       {std::string("tab\there"), std::string("€"), std::string("😀"), std::string(1, '\0')}) {
    ASSERT_EQ(in.next_item(), JsonReader::More::Yes);
    ASSERT_TRUE(in.string(view));
    EXPECT_EQ(view, expected);
  }
  EXPECT_EQ(in.next_item(), JsonReader::More::End);
  EXPECT_TRUE(in.end());
}

// The eight-bytes-at-a-time search must find each special byte at each place, and no other.
TEST(JsonReader, finds_the_end_of_a_string_at_every_offset) {
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 12; ++after)
      for (const std::string middle : {"", "\\n", "é", "\\\\", "!", "#", "[", "]", "\x7f"}) {
        const auto written = std::string(before, 'x') + middle + std::string(after, '!');
        const auto expected = std::string(before, 'x') +
                              (middle == "\\n"    ? "\n"
                               : middle == "\\\\" ? "\\"
                                                  : middle) +
                              std::string(after, '!');
        const std::string text = "\"" + written + "\"";
        std::string value;
        ASSERT_TRUE(JsonReader(text).string(value)) << text;
        ASSERT_EQ(value, expected);
        ASSERT_FALSE(check_json(std::string_view(text).substr(0, text.size() - 1))) << text;
      }
  for (int c = 0; c < 0x20; ++c)
    for (std::size_t before = 0; before < 17; ++before)
      ASSERT_FALSE(check_json("\"" + std::string(before, '!') + static_cast<char>(c) + "12345678\"")) << c;
}

TEST(JsonReader, tells_an_object_from_other_json) {
  EXPECT_TRUE(check_json_object(R"( {"a":1} )"));
  EXPECT_THAT(check_json_object("[1]").error().message, HasSubstr("expected a JSON object, found"));
  EXPECT_FALSE(check_json_object("{} {}"));
}

}  // namespace
}  // namespace daybook::codec
