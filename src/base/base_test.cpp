#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "base/saturated.hpp"
#include "base/utf8.hpp"
#include "base/uuid.hpp"

namespace daybook {
namespace {

using namespace std::chrono_literals;

TEST(Time, is_written_in_utc_with_nine_digits_and_read_back) {
  const Time t = Time(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}) + 10h + 15min + 123456789ns;
  EXPECT_EQ(to_string(t), "2026-11-23T10:15:00.123456789Z");
  EXPECT_EQ(parse_time(to_string(t)), t);
  EXPECT_EQ(parse_time("2026-11-23T12:15:00.123456789+02:00"), t);
  EXPECT_EQ(to_string(Time(-1ns)), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(parse_time("1969-12-31T23:59:59.999999999Z"), Time(-1ns));
  EXPECT_EQ(parse_time("1993-01-05"), Time(std::chrono::sys_days{std::chrono::year{1993} / 1 / 5}));
}

TEST(Time, the_first_and_the_last_there_are_are_written_and_read_back_too) {
  EXPECT_EQ(to_string(Time::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(to_string(Time::max()), "2262-04-11T23:47:16.854775807Z");
  for (const auto time : {Time::min(), Time::min() + 1ns, Time::min() + 24h, Time::max() - 24h, Time::max()})
    EXPECT_EQ(parse_time(to_string(time)), time);
  for (const auto* beyond : {"1677-09-21T00:12:43.145224191Z", "1677-09-21", "2262-04-11T23:47:16.854775808Z",
                             "2262-04-12", "2262-04-11T23:59:00+00:01"})
    EXPECT_FALSE(parse_time(beyond)) << beyond;
}

TEST(Time, a_sum_that_goes_beyond_all_times_stops_at_the_last_of_them) {
  EXPECT_EQ(base::saturated_sum(Time(5ns), 3ns), Time(8ns));
  EXPECT_EQ(base::saturated_sum(Time(5ns), -8ns), Time(-3ns));
  EXPECT_EQ(base::saturated_sum(Time(1ns), std::chrono::nanoseconds::max()), Time::max());
  EXPECT_EQ(base::saturated_sum(Time::min(), -1ns), Time::min());
  EXPECT_EQ(base::saturated_sum(Time::max(), -1ns), Time::max() - 1ns);
  EXPECT_EQ(base::saturated_sum(std::chrono::nanoseconds::min(), std::chrono::nanoseconds::max()), -1ns);
  EXPECT_EQ(base::saturated_difference(3ns, 5ns), -2ns);
  EXPECT_EQ(base::saturated_difference(-1ns, std::chrono::nanoseconds::max()), std::chrono::nanoseconds::min());
  EXPECT_EQ(base::saturated_difference(-2ns, std::chrono::nanoseconds::max()), std::chrono::nanoseconds::min());
  EXPECT_EQ(base::saturated_difference(1ns, std::chrono::nanoseconds::min()), std::chrono::nanoseconds::max());
}

TEST(Time, that_is_not_one_is_refused) {
  for (const auto* bad :
       {"", "1993", "1993-02-30", "1993-01-05T", "1993-01-05T25:00:00Z", "1993-01-05T10:00:00", "1993-01-05T10:00:00.Z",
        "1993-01-05T10:00:00.1234567890Z", "1993-01-05T10:00:00Zz", "9999-01-01", "1993-01-05T10:00:00+1:00"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Uuid, is_read_as_it_is_written) {
  const auto id = base::random_uuid();
  EXPECT_EQ(parse_uuid(to_string(id)), id);
  EXPECT_FALSE(parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3"));
  EXPECT_FALSE(parse_uuid("0198c5a3-7c1e-7b4a-9d0e+3f2a6b5c4d3e"));
  EXPECT_FALSE(parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4dzz"));
}

TEST(Uuid, of_version_7_grows_even_when_the_clock_steps_back) {
  base::UuidSource source(1);
  const Time t{1'700'000'000s};
  Uuid last = source.next(t);
  for (int i = 0; i < 100'000; ++i) {
    const auto next = source.next(t - (i % 3) * 1s);
    ASSERT_LT(last, next);
    last = next;
  }
  EXPECT_EQ(last.bytes[6] >> 4, 7);
  EXPECT_EQ(last.bytes[8] >> 6, 2);
}

TEST(Uuid, of_a_commands_events_is_the_same_everywhere) {
  const auto command = *parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e");
  EXPECT_EQ(event_id_of(command, 0), event_id_of(command, 0));
  std::set<Uuid> ids;
  for (std::uint32_t i = 0; i < 1000; ++i) ids.insert(event_id_of(command, i));
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(to_string(event_id_of(command, 1)), "78d84138-967e-8e44-b9e1-c4f17457d830");
}

TEST(Utf8, knows_names_from_bytes) {
  EXPECT_TRUE(base::is_printable_utf8("Konto-Жанна-🎉"));
  EXPECT_FALSE(base::is_printable_utf8("a\nb"));
  EXPECT_FALSE(base::is_printable_utf8("a\xc2\x85"));  // U+0085, a control character
  for (const auto* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_FALSE(base::is_utf8(bad));
  EXPECT_EQ(base::quoted("a\"b\n\xff"), "\"a\\\"b\\x0a\\xff\"");
  EXPECT_EQ(base::quoted(std::string(1000, 'x')), "\"" + std::string(95, 'x') + "\"… (1000 bytes)");
}

TEST(Bytes, are_made_room_for_behind_what_is_there_and_no_more_of_them_than_asked_for) {
  std::string text;
  for (std::size_t i = 1; i < 300; i += 7) {
    const auto before = text;
    char* added = base::extend_for_overwrite(text, i);
    ASSERT_EQ(text.size(), before.size() + i);
    ASSERT_EQ(added, text.data() + before.size());
    ASSERT_TRUE(text.starts_with(before));
    std::memset(added, static_cast<int>(i), i);
  }
}

TEST(Checksum, is_xxh3_so_that_others_can_check_it) { EXPECT_EQ(base::checksum(""), 0x2d06800538d394c2u); }

TEST(Checksum, running_depends_on_order_and_on_every_bit) {
  std::set<std::uint64_t> befores, digests;
  for (int bit = 0; bit < 64; ++bit) {
    befores.insert(base::chained(1ull << bit, 7));
    digests.insert(base::chained(7, 1ull << bit));
  }
  EXPECT_EQ(befores.size(), 64u);
  EXPECT_EQ(digests.size(), 64u);
  EXPECT_NE(base::chained(base::chained(0, 1), 2), base::chained(base::chained(0, 2), 1));
}

TEST(EnsureDeathTest, stops_the_program_on_a_bug) {
  EXPECT_DEATH(ENSURE(1 + 1 == 3), "a bug: 1 \\+ 1 == 3 does not hold");
}

}  // namespace
}  // namespace daybook
