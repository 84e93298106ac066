// Who wins when several decide on one state, and commands over several states.
#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;
using Strings = std::vector<std::string>;

// ---- contention --------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, of_two_that_decided_on_one_state_fail_tells_the_slower) {
  auto alice = account("alice", 100);
  const SubmitOptions how{.on_conflict = Fail{}};
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{80}, how);
  run();
  EXPECT_EQ(answers, (Strings{"ok", "Conflict"}));
}

TEST_F(CommandsTest, retry_decides_again_on_the_newer_state_so_many_times) {
  auto alice = account("alice", 100);
  const SubmitOptions how{.on_conflict = Retry{1}};
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{10}, how);
  run();
  EXPECT_EQ(answers, (Strings{"ok", "InsufficientFunds", "ok"}));
  answers.clear();
  submit(alice, Withdraw{1}, how);
  submit(alice, Withdraw{1}, how);
  submit(alice, Withdraw{1}, how);
  run();
  // The second conflicts once; the third with the first, and then with the second.
  EXPECT_EQ(answers, (Strings{"ok", "ok", "Conflict"}));
}

TEST_F(CommandsTest, an_expected_revision_is_the_callers_own_condition) {
  auto alice = account("alice", 100);
  auto expecting = [](Expect e) { return SubmitOptions{.expected = e}; };
  submit(alice, Deposit{1}, expecting(Expect::exactly({1})));
  submit(alice, Deposit{1}, expecting(Expect::exactly({1})));  // no longer, once the first is durable
  submit(alice, Deposit{1}, expecting(Expect::none()));
  submit(alice, Deposit{1}, expecting(Expect::exists()));
  run();
  submit(store->stream<Account>("new"), Open{"n"}, expecting(Expect::none()));
  run();
  EXPECT_EQ(answers, (Strings{"ok", "Conflict", "Conflict", "ok", "ok"}));
}

TEST_F(CommandsTest, a_queued_command_and_one_that_retries_get_along) {
  auto alice = account("alice", 100);
  submit(alice, Withdraw{10});
  submit(alice, Withdraw{10}, {.on_conflict = Retry{5}});
  submit(alice, Withdraw{10});
  submit(alice, Withdraw{10}, {.on_conflict = Retry{5}});
  run();
  EXPECT_EQ(answers, (Strings{"ok", "ok", "ok", "ok"}));
  EXPECT_EQ(balance("alice"), 60);
}

// ---- several aggregates ------------------------------------------------------------------------------------------

struct SeveralTest : CommandsTest {
  void transfer(std::int64_t cents, std::string_view from, std::string_view to) {
    store->submit(
        Transfer{cents}, [this](const Outcome& o) { answers.push_back(told(o)); }, {}, store->stream<Account>(from),
        store->stream<Account>(to));
  }
};

TEST_F(SeveralTest, a_command_over_two_is_one_batch) {
  account("alice", 100);
  account("bob");
  transfer(30, "alice", "bob");
  transfer(30, "alice", "bob");
  transfer(50, "bob", "alice");
  transfer(50, "bob", "alice");
  run();
  EXPECT_EQ(answers, (Strings{"ok", "ok", "ok", "InsufficientFunds"}));
  EXPECT_EQ(balance("alice"), 90);
  EXPECT_EQ(balance("bob"), 10);
  const auto events = log->events();
  EXPECT_EQ(events[events.size() - 1].batch, events[events.size() - 2].batch);
}

TEST_F(SeveralTest, a_stream_that_was_only_read_is_a_condition_too) {
  auto alice = account("alice");
  auto bob = account("bob");
  stranger("Account-bob", "Closed", "{}");
  store->submit(DepositIfOpen{5}, [this](const Outcome& o) { answers.push_back(told(o)); }, {}, alice, bob);
  run();
  EXPECT_EQ(answers, (Strings{"NotOpen"}));
  EXPECT_EQ(balance("alice"), 0);
}

TEST_F(SeveralTest, what_fails_takes_with_it_what_rests_on_it_in_other_streams) {
  account("alice", 100);
  account("bob");
  account("carol");
  log->fill_disk();
  transfer(100, "alice", "bob");
  transfer(100, "bob", "carol");
  submit(store->stream<Account>("carol"), Withdraw{100});
  run();
  EXPECT_EQ(answers, (Strings{"DiskFull", "InsufficientFunds", "InsufficientFunds"}));
  EXPECT_EQ(balance("alice"), 100);
}

TEST_F(SeveralTest, a_refusal_over_two_is_right_at_one_point_of_the_history) {
  auto alice = account("alice", 10);
  account("bob");
  submit(alice, Withdraw{10});
  transfer(10, "alice", "bob");  // refused, on a withdrawal that is in flight
  run();
  EXPECT_EQ(answers, (Strings{"ok", "InsufficientFunds"}));
}

TEST_F(SeveralTest, one_stream_twice_is_an_invalid_argument) {
  account("alice", 10);
  transfer(1, "alice", "alice");
  run();
  EXPECT_EQ(answers, (Strings{"InvalidArgument"}));
}

TEST_F(CommandsTest, a_retry_of_less_than_no_times_is_refused) {
  auto alice = account("alice", 100);
  std::vector<Outcome> outcomes;
  const auto ask = [&](int times) {
    alice.submit(Withdraw{1}, [&](const Outcome& o) { outcomes.push_back(o); }, {.on_conflict = Retry{times}});
    run();
  };
  ask(-1);
  ask(0);
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(outcomes[0].error().message, "on_conflict is Retry{-1}; 0 times or more were expected");
  EXPECT_TRUE(outcomes[1]);
  EXPECT_EQ(balance("alice"), 99);
}

}  // namespace
}  // namespace daybook::engine
