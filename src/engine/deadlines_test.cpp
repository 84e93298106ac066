// What a command whose deadline passes is told, and what becomes of it.
#include <gmock/gmock.h>

#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;
using Strings = std::vector<std::string>;
using DeadlinesTest = CommandsTest;

constexpr const char* kNothingDone = "the deadline passed before the command was decided for good: nothing was done";

TEST_F(DeadlinesTest, one_that_passes_is_told_and_nothing_is_told_twice) {
  auto alice = account("alice", 100);
  submit(alice, Withdraw{10}, {.deadline = std::chrono::seconds(1)});
  background->advance(std::chrono::seconds(2));
  background->run_all();
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded"}));
  run();
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded"}));
  EXPECT_EQ(balance("alice"), 90);  // it was in the log's hands, as the message says
}

TEST_F(DeadlinesTest, a_command_that_was_told_its_deadline_before_it_was_sent_does_nothing) {
  auto alice = account("alice", 100);
  stranger("Account-alice", "Deposited", R"({"cents":1})");
  submit(alice, Withdraw{10});
  submit(alice, Withdraw{20}, {.deadline = std::chrono::seconds(1)});
  log->sync();  // both conflict, and wait to be decided again
  background->advance(std::chrono::seconds(2));
  run();
  EXPECT_EQ(balance("alice"), 91);
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded", "ok"}));  // a deadline waits for nobody
}

TEST_F(DeadlinesTest, one_says_that_nothing_was_done_wherever_in_the_line_the_command_waited) {
  auto alice = account("alice", 100);
  Strings messages;
  const auto hear = [&](const Outcome& o) { messages.push_back(o.error().message); };
  const SubmitOptions how{.deadline = std::chrono::seconds(1)};
  stranger("Account-alice", "Deposited", R"({"cents":1})");
  alice.submit(Withdraw{10}, hear, how);
  submit(alice, Withdraw{20});
  log->sync(2);  // the stranger, and the first one's conflict
  alice.submit(Withdraw{40}, hear, how);
  background->advance(std::chrono::seconds(2));
  background->run_all();
  EXPECT_EQ(messages, Strings(2, kNothingDone));
  run();
  EXPECT_EQ(answers, (Strings{"ok"}));
  EXPECT_EQ(balance("alice"), 81);
}

TEST_F(DeadlinesTest, one_says_that_a_refusal_that_waited_for_others_does_nothing) {
  auto alice = account("alice", 100);
  log->fill_disk();
  submit(alice, Withdraw{80});  // DiskFull
  std::string message;
  alice.submit(Withdraw{80}, [&](const Outcome& o) { message = o.error().message; },
               {.deadline = std::chrono::seconds(1)});  // refused on top of it, and would not be in the end
  background->advance(std::chrono::seconds(2));
  background->run_all();
  EXPECT_EQ(message, kNothingDone);
  run();
  EXPECT_EQ(balance("alice"), 100);
}

TEST_F(DeadlinesTest, one_of_what_the_log_has_says_that_it_may_still_take_effect) {
  auto alice = account("alice", 100);
  std::string message;
  alice.submit(Withdraw{80}, [&](const Outcome& o) { message = o.error().message; },
               {.deadline = std::chrono::seconds(1)});
  background->advance(std::chrono::seconds(2));
  background->run_all();
  EXPECT_NE(message.find("it may still take effect"), message.npos) << message;
  run();
  EXPECT_EQ(balance("alice"), 20);
}

TEST_F(CommandsTest, a_deadline_holds_while_a_command_waits_for_room) {
  account("alice", 100);
  opened_with.commands_in_flight = 1;
  reopen();
  auto alice = store->stream<Account>("alice");
  submit(alice, Withdraw{1});
  const auto blocked = alice.execute(Withdraw{2}, {.deadline = std::chrono::milliseconds(1)});
  EXPECT_EQ(told(blocked), "DeadlineExceeded");
  EXPECT_THAT(blocked.error().message, testing::HasSubstr("nothing was done"));
  submit(alice, Withdraw{4}, {.deadline = std::chrono::milliseconds(1)});
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded"}));
  run();
  EXPECT_EQ(balance("alice"), 99);
}

}  // namespace
}  // namespace daybook::engine
