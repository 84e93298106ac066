// Users' code that calls the store it is called by: what is answered from there, and what is an error at once.
#include <future>

#include "engine/test_bank.hpp"

namespace nosy {

// A domain whose decide and evolve do what they must not: call the store.
struct Asked {};
struct Ask {};
struct Nosy {
  using Event = std::variant<Asked>;
  int asked = 0;
};
inline std::function<void()> within_decide, within_evolve, within_tags, within_key;
inline daybook::Tags tags(const Asked&) {
  if (within_tags) within_tags();
  return {};
}
inline void evolve(Nosy& n, const Asked&) {
  ++n.asked;
  if (within_evolve) within_evolve();
}
inline daybook::Decision<Nosy> decide(const Nosy&, const Ask&) {
  if (within_decide) within_decide();
  return Asked{};
}
struct Gossip {
  using Reads = daybook::from<Nosy>;
  using Event = std::variant<Asked>;
  static int key(const Asked&) {
    if (within_key) within_key();
    return 1;
  }
};
inline void evolve(Gossip&, const Asked&) {
  if (within_evolve) within_evolve();
}
// A state that no copy of can be kept for the next who asks.
struct Unique {
  using Event = std::variant<Asked>;
  static constexpr bool snapshots = false;
  std::unique_ptr<int> none;
};
inline void evolve(Unique&, const Asked&) {
  if (within_evolve) within_evolve();
}

}  // namespace nosy

namespace daybook::engine {
namespace {

using namespace bank;
using Strings = std::vector<std::string>;

struct Reentry : CommandsTest {
  void TearDown() override { nosy::within_decide = nosy::within_evolve = nosy::within_tags = nosy::within_key = {}; }
};

// ---- completions -------------------------------------------------------------------------------------------------

TEST_F(Reentry, the_completion_of_an_append_that_is_refused_at_once_may_submit_on_the_same_stream) {
  auto alice = account("alice", 100);
  log->close();
  alice.submit(Deposit{1}, [&](const Outcome& o) {
    answers.push_back(told(o));
    submit(alice, Deposit{2});
    EXPECT_EQ(alice.state()->balance, 100);
  });
  EXPECT_EQ(answers, (Strings{"Closed", "Closed"}));
}

TEST_F(Reentry, the_completion_of_a_new_events_append_that_is_refused_at_once_may_submit_as_well) {
  auto alice = store->stream<Account>("alice");
  log->close();
  alice.submit(Open{"A"}, [&](const Outcome& o) {
    answers.push_back(told(o));
    submit(alice, Open{"A"});
  });
  EXPECT_EQ(answers, (Strings{"Closed", "Closed"}));
}

TEST_F(Reentry, what_would_wait_for_an_inline_completion_is_an_error_within_one) {
  auto alice = account("alice", 100);
  Strings inner;
  alice.submit(Deposit{1}, [&](const Outcome&) {
    inner.push_back(told(alice.execute(Deposit{1})));
    inner.push_back(told(alice.append(Deposited{1})));
    Batch batch(*store);
    inner.push_back(told(store->append(std::move(batch.add(alice, Deposited{1})))));
    inner.emplace_back(name_of(store->drain().error().code));
    inner.emplace_back(name_of(store->close().error().code));
  });
  run();
  EXPECT_EQ(inner, Strings(5, "InvalidArgument"));
  submit(alice, Deposit{1});
  run();
  EXPECT_EQ(answers, (Strings{"ok"})) << "nothing was closed";
  EXPECT_EQ(balance("alice"), 102);
}

TEST_F(Reentry, an_inline_completion_may_wait_for_another_store) {
  LiveBed other;
  auto alice = account("alice", 100);
  alice.submit(Deposit{1}, [&](const Outcome&) {
    answers.push_back(told(other.store.stream<Account>("a").execute(Open{"A"})));
    EXPECT_TRUE(other.store.drain());
  });
  run();
  EXPECT_EQ(answers, (Strings{"ok"}));
}

TEST(ReentryOnThreads, a_completion_on_an_executor_may_wait_for_commands_but_not_for_itself) {
  sim::ThreadExecutor mine(1);
  LiveBed bed;
  auto alice = bed.store.stream<Account>("alice");
  std::promise<Strings> inner;
  alice.submit(
      Open{"A"},
      [&](const Outcome&) {
        inner.set_value({told(alice.execute(Deposit{1})), told(alice.append(Deposited{1})),
                         std::string(name_of(bed.store.drain().error().code)),
                         std::string(name_of(bed.store.close().error().code))});
      },
      SubmitOptions{.completions = &mine});
  EXPECT_EQ(inner.get_future().get(), (Strings{"ok", "ok", "InvalidArgument", "InvalidArgument"}));
}

TEST_F(Reentry, too_many_in_flight_push_back_on_a_completion_on_any_executor) {
  account("alice", 100);
  opened_with.commands_in_flight = 2;
  reopen();
  auto alice = store->stream<Account>("alice");
  sim::SteppingExecutor mine;
  Strings inner;
  const SubmitOptions there{.completions = &mine};
  alice.submit(
      Withdraw{1},
      [&](const Outcome&) {
        alice.submit(Withdraw{1}, [&](const Outcome& o) { inner.push_back(told(o)); }, there);
        inner.push_back(told(alice.execute(Withdraw{1})));
        inner.push_back(told(alice.append(Withdrawn{1})));
      },
      there);
  submit(alice, Withdraw{1}, there);
  run();
  mine.run_all();
  EXPECT_EQ(inner, Strings(3, "Overload"));
}

TEST_F(Reentry, an_answer_that_waited_for_others_is_told_at_its_deadline) {
  auto alice = account("alice", 100);
  submit(alice, Withdraw{10});
  submit(alice, Withdraw{1}, {.actor = "\xff", .deadline = std::chrono::seconds(1)});
  EXPECT_EQ(answers, (Strings{})) << "in order of submission";
  background->advance(std::chrono::seconds(2));
  background->run_all();
  EXPECT_EQ(answers, (Strings{"InvalidArgument"}));
  run();
}

// Whose post asks the store something.
class AskingExecutor final : public Executor {
 public:
  void post(Job job) override {
    jobs.push_back(std::move(job));
    ask();
  }
  void post_after(std::chrono::nanoseconds, Job job) override { post(std::move(job)); }

  std::vector<Job> jobs;
  std::function<void()> ask;
};

TEST_F(Reentry, an_executor_is_posted_to_outside_of_the_engines_locks) {
  auto alice = account("alice", 100);
  AskingExecutor mine;
  mine.ask = [&] { EXPECT_EQ(alice.state()->balance, 101); };
  submit(alice, Deposit{1}, SubmitOptions{.completions = &mine});
  run();
  ASSERT_EQ(mine.jobs.size(), 1u);
  mine.jobs[0]();
  EXPECT_EQ(answers, (Strings{"ok"}));
}

// ---- decide and evolve -------------------------------------------------------------------------------------------

TEST_F(Reentry, decide_and_evolve_are_told_that_they_must_not_call_the_store) {
  auto one = store->stream<nosy::Nosy>("one");
  auto other = account("other", 5);
  Strings inner;
  const auto meddle = [&] {
    inner.push_back(told(other.execute(Deposit{1})));
    inner.push_back(told(other.append(Deposited{1})));
    other.submit(Deposit{1}, [&](const Outcome& o) { answers.push_back(told(o)); });
    inner.emplace_back(name_of(one.state().error().code));
    inner.emplace_back(name_of(other.history().error().code));
    inner.emplace_back(name_of(store->drain().error().code));
    inner.emplace_back(name_of(store->close().error().code));
  };
  nosy::within_decide = meddle;
  one.submit(nosy::Ask{}, [&](const Outcome& o) { answers.push_back(told(o)); });
  nosy::within_decide = {};
  EXPECT_EQ(inner, Strings(6, "InvalidArgument"));
  EXPECT_EQ(answers, (Strings{"InvalidArgument"}));
  run();
  nosy::within_evolve = meddle;
  EXPECT_EQ(one.state()->asked, 1);
  EXPECT_EQ(inner, Strings(12, "InvalidArgument"));
  EXPECT_EQ(answers, (Strings{"InvalidArgument", "ok", "InvalidArgument"}));
  EXPECT_EQ(balance("other"), 5);
}

TEST_F(Reentry, so_they_are_wherever_a_state_is_folded) {
  opened_with.snapshot_every = {.events = 1, .time = std::chrono::hours(1), .fewest = 1};
  reopen();
  auto one = store->stream<nosy::Nosy>("one");
  auto unique = store->stream<nosy::Unique>("one");
  one.submit(nosy::Ask{}, [](const Outcome&) {});
  store->submit(Batch(*store).add(unique, nosy::Asked{}), [](const Outcome&) {});
  run();
  EXPECT_EQ(one.state()->asked, 1);
  run();
  ASSERT_EQ(snapshots->copy().size(), 1u);
  Strings inner;
  nosy::within_evolve = nosy::within_key = [&] {
    one.submit(nosy::Ask{}, [&](const Outcome& o) { answers.push_back(told(o)); });
    const auto state = one.state();
    inner.emplace_back(state ? "ok" : name_of(state.error().code));
  };
  // What each was told: what it asked itself, and, once the fold is over, what it submitted.
  const auto told_in = [&](auto fold) {
    inner.clear(), answers.clear();
    fold();
    auto all = std::exchange(inner, {});
    all.insert(all.end(), answers.begin(), answers.end());
    return all;
  };
  EXPECT_EQ(told_in([&] { EXPECT_TRUE(unique.state(AsOf{Time::max()})); }), Strings(2, "InvalidArgument"));
  EXPECT_EQ(told_in([&] { EXPECT_TRUE(unique.state()); }), Strings(2, "InvalidArgument"));
  EXPECT_EQ(told_in([&] { EXPECT_TRUE(store->view<nosy::Gossip>()); }), Strings(4, "InvalidArgument"));
  EXPECT_EQ(told_in([&] { EXPECT_EQ(store->verify_snapshots<nosy::Nosy>()->size(), 1u); }),
            Strings(2, "InvalidArgument"));
  EXPECT_EQ(types("Nosy-one"), (Strings{"Asked"}));
}

// ---- what is thrown ----------------------------------------------------------------------------------------------

struct ThrownDeathTest : Reentry {
  // What was thrown is only said where nothing was unwound before.
  static constexpr const char* kStopped = "terminate called";
  const std::function<void()> boom = [] { throw std::runtime_error("boom"); };
  void ask() {
    store->stream<nosy::Nosy>("one").submit(nosy::Ask{}, [](const Outcome&) {});
    run();
  }
};

TEST_F(ThrownDeathTest, from_decide_stops_the_program) {
  nosy::within_decide = boom;
  EXPECT_DEATH(ask(), kStopped);
}

TEST_F(ThrownDeathTest, from_evolve_stops_the_program_whether_the_event_is_new_or_stored) {
  ask();
  nosy::within_evolve = boom;
  EXPECT_DEATH(ask(), kStopped);
  reopen();
  EXPECT_DEATH((void)store->stream<nosy::Nosy>("one").state(), kStopped);
  EXPECT_DEATH((void)store->stream<nosy::Nosy>("one").state(Revision{0}), kStopped);
}

TEST_F(ThrownDeathTest, from_tags_stops_the_program) {
  nosy::within_tags = boom;
  EXPECT_DEATH(ask(), kStopped);
}

TEST_F(ThrownDeathTest, from_a_completion_stops_the_program) {
  auto alice = account("alice");
  EXPECT_DEATH(
      {
        alice.submit(Deposit{1}, [this](const Outcome&) { boom(); });
        run();
      },
      kStopped);
}

TEST_F(ThrownDeathTest, from_a_handler_stops_the_program) {
  ask();
  EXPECT_DEATH(
      {
        (void)store->subscribe("c", events<nosy::Asked>().in<nosy::Nosy>(), from_beginning, [this](const nosy::Asked&) {
          boom();
          return done;
        });
        run();
      },
      kStopped);
}

TEST_F(ThrownDeathTest, from_on_warning_stops_the_program) {
  opened_with.on_warning = [this](const Warning&) { boom(); };
  opened_with.snapshot_every = {.events = 1, .time = std::chrono::hours(1), .fewest = 1};
  reopen();
  account("alice", 1);
  submit(store->stream<Account>("alice"), Deposit{1});
  run();
  snapshots->spoil([](Snapshot& s) { s.info.fingerprint ^= 1; });
  reopen();
  EXPECT_DEATH((void)store->stream<Account>("alice").state(), kStopped);
}

}  // namespace
}  // namespace daybook::engine
