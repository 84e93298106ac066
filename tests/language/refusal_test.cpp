#include "daybook/refusal.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "bank.hpp"

namespace {

using bank::InsufficientFunds;
using bank::NotOpen;
using bank::operator""_eur;
using daybook::Refusal;

struct LongStory {
  std::string text;
};

TEST(Refusal, keeps_the_reason_as_its_own_struct) {
  const Refusal refusal = daybook::refuse(InsufficientFunds{50_eur});
  EXPECT_EQ(refusal.code(), "InsufficientFunds");
  EXPECT_EQ(refusal.detail(), R"({"balance":{"cents":5000}})");
  ASSERT_TRUE(refusal.is<InsufficientFunds>());
  EXPECT_EQ(refusal.as<InsufficientFunds>()->balance, 50_eur);
  EXPECT_EQ(refusal.as<NotOpen>(), nullptr);
  EXPECT_EQ(daybook::refuse(NotOpen{}).detail(), "{}");
}

TEST(Refusal, a_copy_outlives_the_original) {
  std::optional<Refusal> original = daybook::refuse(LongStory{"once upon a time, longer than any small string is"});
  const Refusal copy = *original;
  original.reset();
  EXPECT_EQ(copy.as<LongStory>()->text, "once upon a time, longer than any small string is");
}

TEST(Refusal, a_reason_that_is_no_json_is_shown_all_the_same) {
  EXPECT_NE(daybook::refuse(LongStory{"\xff\xfe"}).detail(), "");
}

}  // namespace
