// What every EventLog that keeps its events must do: they are there again when it is opened again on the same bytes.
//
//     INSTANTIATE_TEST_SUITE_P(Directory, KeptEventLogContract, testing::Values(&make_bed), …);
#pragma once

#include "log_bed.hpp"

namespace daybook::contract {

class KeptLogBed : public LogBed {
 public:
  // Closes the log and opens it again on the same bytes.
  virtual void reopen() = 0;
};

class KeptEventLogContract : public LogContract<KeptLogBed> {};

TEST_P(KeptEventLogContract, everything_is_there_again_after_reopening) {
  ASSERT_TRUE(add({{.stream = "A", .type = "X"}, {.stream = "B", .type = "Y"}}));
  ASSERT_TRUE(add("A", "Z"));
  const auto id = log().id();
  bed_->reopen();
  EXPECT_EQ(log().id(), id);
  EXPECT_EQ(read(), (Strings{"A@0:X", "B@0:Y", "A@1:Z"}));
  EXPECT_EQ(code(add("A", "X", Expect::exactly({0}))), ErrorCode::Conflict);
  EXPECT_TRUE(add("A", "X", Expect::exactly({1})));
}

TEST_P(KeptEventLogContract, an_id_among_the_remembered_is_known_after_reopening) {
  const NewEvent mine{.stream = "A", .type = "X", .data = "{}", .id = uuid(1)};
  const NewEvent command{.stream = "A", .type = "Y"};
  ASSERT_TRUE(add({mine}));
  ASSERT_TRUE(append(log(), {.events = {&command, 1}, .command_id = uuid(2)}));
  bed_->reopen();
  EXPECT_TRUE(add({mine})->repeated);
  EXPECT_TRUE(log().find_command(uuid(2)).value());
  EXPECT_EQ(log().end(), Position{2});
}

TEST_P(KeptEventLogContract, the_chain_is_the_same_after_reopening) {
  ASSERT_TRUE(add("A", "X"));
  ASSERT_TRUE(add("A", "Y"));
  const auto at1 = log().chain_at({1}).value(), at2 = log().chain_at({2}).value();
  bed_->reopen();
  EXPECT_EQ(log().chain_at({1}).value(), at1);
  EXPECT_EQ(log().chain_at({2}).value(), at2);
}

}  // namespace daybook::contract
