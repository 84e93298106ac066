#include "daybook/outcome.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"

namespace {

using daybook::ErrorCode;
using daybook::Outcome;
using daybook::Position;
using daybook::Receipt;
using daybook::refuse;

const Outcome happened(Receipt{.position = {7}, .revision = daybook::Revision{3}}, Position{8});
const Outcome refused(refuse(bank::InsufficientFunds{{5}}), Position{8});
const Outcome failed(daybook::Error{ErrorCode::Conflict, "stream 'a' is at revision 3", {}});

TEST(Outcome, says_in_words_what_it_is_whichever_it_is) {
  EXPECT_EQ(happened.message(), "written up to position 7");
  EXPECT_EQ(Outcome(Receipt{.position = {7}, .repeated = true}, {}).message(), "written before, up to position 7");
  EXPECT_EQ(Outcome(Receipt{.position = {7}, .empty = true}, {}).message(), "nothing had to happen, as of position 7");
  EXPECT_EQ(refused.message(), R"(InsufficientFunds {"balance":{"cents":5}})");
  EXPECT_EQ(failed.message(), "Conflict: stream 'a' is at revision 3");
}

TEST(Outcome, another_refusal_than_the_one_that_was_asked_for_is_no_error) {
  EXPECT_FALSE(refused.refused<bank::NotOpen>());
  EXPECT_TRUE(refused.is_refused());
  EXPECT_FALSE(refused.is_error());
}

TEST(OutcomeDeathTest, that_is_asked_for_what_it_is_not_says_what_it_is) {
  EXPECT_DEATH((void)Outcome(refuse(bank::NotOpen{}), {}).error(),
               "asked for its error, but this is a refusal: NotOpen \\{\\}");
  EXPECT_DEATH((void)happened.refusal(), "asked for its refusal, but this is a receipt: written up to position 7");
  EXPECT_DEATH((void)failed->position, "asked for its receipt, but this is an error: Conflict: stream 'a'");
}

}  // namespace
