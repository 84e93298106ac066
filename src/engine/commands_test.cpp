#include <gmock/gmock.h>

#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;
using Strings = std::vector<std::string>;

// ---- ahead of the disk -------------------------------------------------------------------------------------------

TEST_F(CommandsTest, commands_are_decided_on_what_is_not_durable_yet_and_answered_when_it_is) {
  auto alice = store->stream<Account>("alice");
  submit(alice, Open{"Alice"});
  submit(alice, Deposit{100});
  submit(alice, Withdraw{30});
  submit(alice, Withdraw{30});
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(log->queued(), 4u + 3u);  // all were decided and sent, with three schemas
  run();
  EXPECT_EQ(answers, (Strings{"ok", "ok", "ok", "ok"}));
  EXPECT_EQ(alice.state()->balance, 40);
}

TEST_F(CommandsTest, a_refusal_waits_until_what_it_rests_on_is_durable) {
  auto alice = account("alice", 100);
  submit(alice, Withdraw{80});
  submit(alice, Withdraw{80});  // refused, because of one that is not durable
  background->run_all();
  EXPECT_TRUE(answers.empty());
  run();
  EXPECT_EQ(answers, (Strings{"ok", "InsufficientFunds"}));
}

TEST_F(CommandsTest, a_refusal_that_rests_on_an_append_that_failed_is_decided_again) {
  auto alice = account("alice", 100);
  log->fill_disk();
  submit(alice, Withdraw{80});  // DiskFull
  submit(alice, Withdraw{80});  // was refused on top of it, and is not in the end
  submit(alice, Withdraw{80});
  run();
  EXPECT_EQ(answers, (Strings{"DiskFull", "ok", "InsufficientFunds"}));
  EXPECT_EQ(balance("alice"), 20);
}

TEST_F(CommandsTest, when_a_stranger_came_between_everything_behind_is_decided_again_in_order) {
  auto alice = account("alice", 100);
  stranger("Account-alice", "Withdrawn", R"({"cents":50})");
  submit(alice, Withdraw{40});
  submit(alice, Withdraw{40});
  submit(alice, Deposit{40});
  submit(alice, Withdraw{40});
  run();
  EXPECT_EQ(answers, (Strings{"ok", "InsufficientFunds", "ok", "ok"}));
  EXPECT_EQ(balance("alice"), 10);
  EXPECT_EQ(types("Account-alice"),
            (Strings{"Opened", "Deposited", "Withdrawn", "Withdrawn", "Deposited", "Withdrawn"}));
}

TEST_F(CommandsTest, a_command_that_comes_while_others_are_decided_again_does_not_overtake_them) {
  auto alice = account("alice", 100);
  stranger("Account-alice", "Withdrawn", R"({"cents":50})");
  submit(alice, Withdraw{40});
  submit(alice, Withdraw{40});
  log->sync(2);  // the stranger, and the first one's conflict
  submit(alice, Withdraw{10});
  run();
  EXPECT_EQ(answers, (Strings{"ok", "InsufficientFunds", "ok"}));
  EXPECT_EQ(balance("alice"), 0);
}

TEST_F(CommandsTest, an_append_does_not_stand_on_a_strangers_event_in_the_place_of_one_that_failed) {
  auto alice = account("alice", 100);
  log->fill_disk();
  submit(alice, Close{});  // two events, DiskFull
  stranger("Account-alice", "Deposited", R"({"cents":7})");
  stranger("Account-alice", "Deposited", R"({"cents":7})");
  submit(alice, Open{"again"});  // decided on a closed account at the very revision that the strangers make
  run();
  EXPECT_EQ(answers, (Strings{"DiskFull", "AlreadyOpen"}));
  EXPECT_EQ(balance("alice"), 114);
}

TEST_F(CommandsTest, a_stale_state_refuses_nobody) {
  auto alice = account("alice", 100);
  stranger("Account-alice", "Deposited", R"({"cents":900})");
  log->sync();
  submit(alice, Withdraw{500});
  run();
  EXPECT_EQ(answers, (Strings{"ok"}));
}

TEST_F(CommandsTest, a_failed_sync_ends_in_an_unknown_outcome_and_what_rested_on_it_as_well) {
  auto alice = account("alice", 100);
  submit(alice, Withdraw{80});
  submit(alice, Withdraw{10});
  submit(alice, Withdraw{80});  // refused, on what is now unknown
  log->fail_sync();
  run();
  EXPECT_EQ(answers, (Strings{"OutcomeUnknown", "OutcomeUnknown", "ReadOnly"}));
  EXPECT_EQ(balance("alice"), 100);
}

TEST_F(CommandsTest, an_event_over_a_limit_fails_alone) {
  auto alice = account("alice");
  submit(alice, Deposit{1});
  submit(alice, Close{});
  submit(alice, Open{std::string(9u << 20, 'x')});  // too large
  submit(alice, Open{"small"});
  run();
  EXPECT_EQ(answers, (Strings{"ok", "ok", "InvalidArgument", "ok"}));
}

// Its refusal comes while the schema is on its way to the log.
TEST_F(CommandsTest, the_first_event_of_a_type_over_a_limit_fails_alone) {
  auto bob = store->stream<Account>("bob");
  submit(bob, Open{std::string(9u << 20, 'x')});
  submit(bob, Open{"small"});
  submit(store->stream<Account>("carol"), Open{"small"}, {.on_conflict = Fail{}});
  run();
  EXPECT_EQ(answers, (Strings{"InvalidArgument", "ok", "ok"}));
}

TEST_F(CommandsTest, text_that_cannot_be_stored_is_an_error_and_not_an_event) {
  auto bob = store->stream<Account>("bob");
  submit(bob, Open{"\xff"});
  run();
  EXPECT_EQ(answers, (Strings{"BadPayload"}));
  EXPECT_EQ(log->end(), Position{0});
}

// ---- receipts ----------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, a_receipt_says_where_the_last_event_stands) {
  auto alice = account("alice", 100);
  std::optional<Receipt> receipt;
  alice.submit(Close{}, [&](const Outcome& o) { receipt = *o; });
  run();
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->revision, Revision{3});
  EXPECT_EQ(log->events()[receipt->position.value].type, "Closed");
}

TEST_F(CommandsTest, a_decision_without_events_says_the_position_it_was_taken_at) {
  auto bob = store->stream<Account>("bob");
  std::optional<Outcome> outcome;
  auto take = [&](const Outcome& o) { outcome = o; };
  bob.submit(Close{}, take);
  run();
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_TRUE((*outcome)->empty);
  EXPECT_EQ((*outcome)->revision, std::nullopt);
  EXPECT_EQ(outcome->taken_at(), Position{0});
  account("alice", 5);
  bob.submit(Close{}, take);
  run();
  EXPECT_EQ(outcome->taken_at(), log->end());
  EXPECT_EQ((*outcome)->position.next(), log->end());
}

TEST_F(CommandsTest, who_asked_and_why_is_kept_with_the_event) {
  const Uuid id{{7}};
  submit(store->stream<Account>("alice"), Open{"A"},
         {.command_id = id,
          .actor = "teller \"7\"",
          .correlation_id = "c",
          .causation_id = "d",
          .occurred = Time{std::chrono::seconds(5)}});
  run();
  const auto event = log->events().back();
  EXPECT_EQ(event.metadata, R"({"$actor":"teller \"7\"","$correlationId":"c","$causationId":"d","$commandId":")" +
                                to_string(id) + R"("})");
  EXPECT_EQ(event.occurred, Time{std::chrono::seconds(5)});
  EXPECT_EQ(event.id, event_id_of(id, 0));
}

// ---- command ids -------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, a_repeat_gets_the_first_receipt_and_decide_does_not_run) {
  auto alice = account("alice", 100);
  const SubmitOptions how{.command_id = Uuid{{1}}};
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 2; ++i) {
    alice.submit(Withdraw{80}, [&](const Outcome& o) { outcomes.push_back(o); }, how);
    run();
  }
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(told(outcomes[1]), "repeat");  // a second decide would have refused
  EXPECT_EQ(outcomes[1]->position, outcomes[0]->position);
  EXPECT_EQ(outcomes[1]->revision, outcomes[0]->revision);
}

TEST_F(CommandsTest, a_repeat_while_the_first_is_in_flight_waits_for_its_receipt) {
  auto alice = account("alice", 100);
  const SubmitOptions how{.command_id = Uuid{{1}}};
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{80}, how);
  run();
  EXPECT_EQ(answers, (Strings{"ok", "repeat", "repeat"}));
  EXPECT_EQ(balance("alice"), 20);
}

TEST_F(CommandsTest, refusals_are_not_remembered) {
  auto alice = account("alice", 10);
  const SubmitOptions how{.command_id = Uuid{{1}}};
  submit(alice, Withdraw{80}, how);
  submit(alice, Withdraw{80}, how);
  run();
  submit(alice, Deposit{100});
  submit(alice, Withdraw{80}, how);
  run();
  EXPECT_EQ(answers, (Strings{"InsufficientFunds", "InsufficientFunds", "ok", "ok"}));
}

class CommandsOnAShortMemory : public testing::Test {
 protected:
  void submit(const auto& command, SubmitOptions how = {}) {
    alice.submit(command, [&](const Outcome& o) { answers.push_back(told(o)); }, how);
    bed.run();
  }
  void forget() {
    for (int i = 0; i < 20; ++i) submit(Deposit{1});
    answers.clear();
  }

  SteppedBed bed{{}, {.remembered_events = 5}};
  Stream<Account> alice = bed.store->stream<Account>("alice");
  Strings answers;
};

TEST_F(CommandsOnAShortMemory, a_repeat_with_an_exact_revision_is_known_at_any_age) {
  submit(Open{"A"}, {.command_id = Uuid{{1}}});
  submit(Deposit{5}, {.command_id = Uuid{{2}}, .expected = Expect::exactly({0})});
  forget();
  submit(Deposit{5}, {.command_id = Uuid{{2}}, .expected = Expect::exactly({0})});
  submit(Deposit{5}, {.command_id = Uuid{{3}}, .expected = Expect::exactly({0})});
  EXPECT_EQ(answers, (Strings{"repeat", "Conflict"}));
}

TEST_F(CommandsOnAShortMemory, a_repeat_that_expected_no_stream_is_known_at_any_age) {
  submit(Open{"A"}, {.command_id = Uuid{{1}}, .expected = Expect::none()});
  forget();
  submit(Open{"A"}, {.command_id = Uuid{{1}}, .expected = Expect::none()});
  submit(Open{"A"}, {.command_id = Uuid{{2}}, .expected = Expect::none()});
  EXPECT_EQ(answers, (Strings{"repeat", "Conflict"}));
}

// ---- closing -----------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, closing_refuses_what_waits_and_lets_finish_what_the_log_has) {
  auto alice = account("alice", 100);
  stranger("Account-alice", "Deposited", R"({"cents":1})");
  submit(alice, Withdraw{10});
  submit(store->stream<Account>("bob"), Open{"bob"});
  log->sync();
  submit(alice, Withdraw{20});  // waits behind the first
  submit(store->stream<Account>("carol"), Open{"carol"});
  log->sync();
  EXPECT_TRUE(store->close(Closing::Refuse));
  submit(alice, Withdraw{1});
  EXPECT_EQ(answers, (Strings{"ok", "ok", "Closed", "Closed", "Closed"}));
  EXPECT_EQ(alice.state().error().code, ErrorCode::Closed);
}

TEST_F(CommandsTest, too_many_in_flight_push_back_on_a_completion_that_submits) {
  account("alice", 100);
  opened_with.commands_in_flight = 2;
  reopen();
  auto alice = store->stream<Account>("alice");
  Strings inner;
  alice.submit(Withdraw{1}, [&](const Outcome&) {
    // This one and the next are still in flight: waiting here would be waiting for ourselves.
    alice.submit(Withdraw{1}, [&](const Outcome& o) { inner.push_back(told(o)); });
  });
  submit(alice, Withdraw{1});
  run();
  EXPECT_EQ(inner, (Strings{"Overload"}));
}

TEST_F(CommandsTest, what_a_completion_holds_is_gone_before_its_command_counts_as_told) {
  account("alice", 100);
  opened_with.commands_in_flight = 1;
  reopen();
  auto alice = store->stream<Account>("alice");
  // As long as the command counts there is no room for another.
  std::shared_ptr<void> held(nullptr, [&](void*) { submit(alice, Withdraw{1}); });
  alice.submit(Withdraw{1}, [held = std::move(held)](const Outcome& o) { EXPECT_TRUE(o) << told(o); });
  run();
  EXPECT_EQ(answers, (Strings{"Overload"}));
}

TEST_F(CommandsTest, completions_run_on_the_executor_that_was_given_in_order) {
  auto alice = account("alice", 100);
  sim::SteppingExecutor mine;
  for (std::int64_t cents : {10, 20, 30})
    alice.submit(Withdraw{cents}, [&, cents](const Outcome&) { answers.push_back(std::to_string(cents)); },
                 {.completions = &mine});
  run();
  EXPECT_TRUE(answers.empty());
  mine.run_all();
  EXPECT_EQ(answers, (Strings{"10", "20", "30"}));
}

// ---- schemas -----------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, completions_are_run_though_their_executor_drops_its_jobs) {
  auto alice = account("alice", 100);
  auto mine = std::make_unique<sim::SteppingExecutor>();
  submit(alice, Withdraw{1}, {.completions = mine.get()});
  submit(alice, Withdraw{1}, {.completions = mine.get()});
  run();
  EXPECT_EQ(answers, (Strings{}));
  mine.reset();
  EXPECT_EQ(answers, (Strings{"ok", "ok"}));
}

TEST_F(CommandsTest, a_schema_stands_in_the_log_before_its_first_event_and_once) {
  account("alice", 5);
  account("bob", 5);
  std::map<std::uint64_t, Position> schemas;
  for (const auto& e : log->events()) {
    if (e.stream == "$schemas") {
      EXPECT_EQ(e.type, "$schema");
      EXPECT_TRUE(schemas.emplace(codec::schema_fingerprint(e.data), e.position).second);
    } else {
      ASSERT_TRUE(schemas.contains(e.schema));
      EXPECT_LT(schemas[e.schema], e.position);
    }
  }
  EXPECT_EQ(schemas.size(), 4u);
}

TEST_F(CommandsTest, no_event_gets_in_whose_schema_did_not) {
  auto alice = store->stream<Account>("alice");
  auto bob = store->stream<Account>("bob");
  log->fill_disk();  // the schema of Opened
  submit(alice, Open{"a"});
  submit(bob, Open{"b"});
  run();
  EXPECT_EQ(answers, (Strings{"DiskFull", "DiskFull"}));
  EXPECT_EQ(log->end(), Position{0});
  submit(alice, Open{"a"});
  run();
  EXPECT_EQ(answers.back(), "ok");
  EXPECT_EQ(log->end(), Position{2});
}

TEST_F(CommandsTest, a_conflict_beside_a_new_schema_is_nobody_elses) {
  auto alice = store->stream<Account>("alice");
  const SubmitOptions fail_at_once{.on_conflict = Fail{}};
  stranger("Account-alice", "Opened", R"({"owner":"x"})");
  submit(alice, Open{"a"}, fail_at_once);                          // conflicts by itself
  submit(store->stream<Account>("bob"), Open{"b"}, fail_at_once);  // needs the same schema, and does not
  run();
  EXPECT_EQ(answers, (Strings{"Conflict", "ok"}));
}

}  // namespace
}  // namespace daybook::engine
