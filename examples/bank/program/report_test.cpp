#include "program/report.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace bank {
namespace {

TEST(Amounts, are_told_with_two_decimals) {
  EXPECT_EQ(to_text(Money{123450}), "1234.50");
  EXPECT_EQ(to_text(Money{-10}), "-0.10");
  EXPECT_EQ(to_text(Money{}), "0.00");
  EXPECT_EQ(to_text(Money{std::numeric_limits<std::int64_t>::min()}), "-92233720368547758.08");
}

TEST(Amounts, are_read_in_whole_cents) {
  EXPECT_EQ(parse_money("1234.50"), Money{123450});
  EXPECT_EQ(parse_money("1234.5"), Money{123450});
  EXPECT_EQ(parse_money("-12"), Money{-1200});
  EXPECT_EQ(parse_money("92233720368547758.07"), Money{std::numeric_limits<std::int64_t>::max()});
}

TEST(Amounts, that_are_none_are_refused) {
  for (const auto* text : {"", "-", ".5", "1.", "1.234", "1,50", " 1", "1 ", "--1", "+1", "1e3", "0x10", "1.-5",
                           "92233720368547758.08", "99999999999999999999"})
    EXPECT_EQ(parse_money(text), std::nullopt) << text;
}

TEST(Times, are_told_as_short_as_they_are) {
  EXPECT_EQ(to_text(*daybook::parse_time("1993-01-05")), "1993-01-05");
  EXPECT_EQ(to_text(*daybook::parse_time("1993-01-05T10:15:00.5Z")), "1993-01-05 10:15:00.500");
}

TEST(Exits, tell_damage_from_other_errors_as_daybook_does) {
  using daybook::ErrorCode;
  for (const auto code :
       {ErrorCode::Damage, ErrorCode::ForeignHistory, ErrorCode::BadPayload, ErrorCode::SchemaMismatch})
    EXPECT_EQ(report(daybook::Error{code, "of a test", {}}), Exit::Damage) << daybook::name_of(code);
  EXPECT_EQ(report(daybook::Error{ErrorCode::DiskFull, "of a test", {}}), Exit::World);
}

TEST(Names, of_streams_are_names_of_accounts_too) {
  EXPECT_EQ(account_id("Account-576"), "576");
  EXPECT_EQ(account_id("alice"), "alice");
}

}  // namespace
}  // namespace bank
