#include "codec/json_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/json_reader.hpp"

namespace daybook::codec {
namespace {

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(Base64, gives_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, reads_only_what_it_writes) {
  std::string bytes;
  for (const auto* text :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==Zg==", "Zm 8", "Zm8\n", "Z-8_", "=AAA", "===="})
    EXPECT_FALSE(parse_base64(text, bytes)) << text;
}

RC_GTEST_PROP(Base64, comes_back_as_it_was, (const std::vector<char>& bytes)) {
  const std::string_view in(bytes.data(), bytes.size());
  std::string out;
  RC_ASSERT(parse_base64(base64(in), out));
  RC_ASSERT(out == in);
}

std::string time(std::int64_t count, Unit unit) {
  std::string out;
  return append_time(out, count, unit) ? out : "none";
}

TEST(TimeText, has_as_many_decimals_as_its_unit) {
  EXPECT_EQ(time(0, Unit::Nanos), "\"1970-01-01T00:00:00.000000000Z\"");
  EXPECT_EQ(time(-1, Unit::Nanos), "\"1969-12-31T23:59:59.999999999Z\"");
  EXPECT_EQ(time(1'700'000'000'123, Unit::Millis), "\"2023-11-14T22:13:20.123Z\"");
  EXPECT_EQ(time(-62167219200, Unit::Seconds), "\"0000-01-01T00:00:00Z\"");
  EXPECT_EQ(time(1, Unit::Hours), "\"1970-01-01T01:00:00Z\"");
  EXPECT_EQ(time(19'000, Unit::Days), "\"2022-01-08\"");
}

TEST(TimeText, leaves_years_of_five_digits_to_numbers) {
  EXPECT_EQ(time(253402300799, Unit::Seconds), "\"9999-12-31T23:59:59Z\"");
  EXPECT_EQ(time(253402300800, Unit::Seconds), "none");
  EXPECT_EQ(time(-62167219201, Unit::Seconds), "none");
  EXPECT_EQ(time(INT64_MAX, Unit::Hours), "none");
}

TEST(TimeText, reads_offsets_and_refuses_what_would_be_lost) {
  std::int64_t count = 0;
  EXPECT_TRUE(parse_time("2026-11-23T10:15:00+01:30", Unit::Seconds, count));
  EXPECT_EQ(time(count, Unit::Seconds), "\"2026-11-23T08:45:00Z\"");
  EXPECT_TRUE(parse_time("2026-11-23", Unit::Nanos, count));
  EXPECT_EQ(time(count, Unit::Nanos), "\"2026-11-23T00:00:00.000000000Z\"");
  EXPECT_TRUE(parse_time("2026-11-23T10:15:00.500000Z", Unit::Millis, count));
  for (const auto* text :
       {"2026-11-23T10:15:00.0001Z", "2026-02-30", "2026-13-01", "2026-1-1", "2026-11-23T24:00:00Z",
        "2026-11-23T10:15:00", "2026-11-23T10:15:00.Z", "2026-11-23T10:15Z", "now", "", "2026-11-23Z"})
    EXPECT_FALSE(parse_time(text, Unit::Millis, count)) << text;
  EXPECT_FALSE(parse_time("2026-11-23T10:15:00Z", Unit::Days, count)) << "not a whole number of days";
  EXPECT_FALSE(parse_time("9999-01-01T00:00:00Z", Unit::Nanos, count)) << "beyond 64 bits of nanoseconds";
}

RC_GTEST_PROP(TimeText, comes_back_as_it_was, ()) {
  const auto unit = *rc::gen::element(Unit::Nanos, Unit::Micros, Unit::Millis, Unit::Seconds, Unit::Minutes,
                                      Unit::Hours, Unit::Days, Unit::Weeks);
  const auto count = *rc::gen::arbitrary<std::int64_t>() >> *rc::gen::inRange(0, 60);
  const auto text = time(count, unit);
  if (text == "none") return;
  std::int64_t back = 0;
  RC_ASSERT(parse_time(std::string_view(text).substr(1, text.size() - 2), unit, back));
  RC_ASSERT(back == count);
}

TEST(JsonString, shows_broken_utf8_to_people_as_replacement_characters) {
  std::string out;
  EXPECT_FALSE(append_json_string(out, "caf\xe9!"));
  EXPECT_EQ(out, "");
  append_json_string_lossy(out, "caf\xe9!\n");
  EXPECT_EQ(out, "\"caf\xef\xbf\xbd!\\n\"");
}

}  // namespace
}  // namespace daybook::codec
