// Times and durations at the ends of what there is: none may be added up beyond it.
#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

constexpr auto kForEver = std::chrono::nanoseconds::max();
constexpr auto kLongAgo = std::chrono::nanoseconds::min();

using TimesTest = CommandsTest;

TEST_F(TimesTest, a_deadline_of_for_ever_never_passes_and_one_long_ago_has_passed_at_once) {
  background->advance(1h);
  auto alice = account("alice", 100);
  submit(alice, Withdraw{1}, {.deadline = kForEver});
  submit(alice, Withdraw{2}, {.deadline = kLongAgo});
  background->advance(24h);
  background->run_all();
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded"}));
  run();
  EXPECT_EQ(answers, (Strings{"DeadlineExceeded", "ok"}));
}

TEST_F(TimesTest, a_blocked_command_waits_for_ever_or_not_at_all) {
  EXPECT_EQ(store->stream<Account>("a").execute(Open{"A"}, {.deadline = kLongAgo}).error().code,
            ErrorCode::DeadlineExceeded);
  run();
  LiveBed live;
  EXPECT_EQ(told(live.store.stream<Account>("a").execute(Open{"A"}, {.deadline = kForEver})), "ok");
}

TEST_F(TimesTest, a_handler_that_says_retry_after_for_ever_is_not_asked_again) {
  background->advance(1h);
  int asked = 0;
  auto consumer = store->subscribe("c", events<Opened>().in<Account>(), from_beginning,
                                   [&](const Opened&) { return retry_after(++asked == 1 ? kLongAgo : kForEver); });
  account("alice");
  background->advance(0s);
  run();
  EXPECT_EQ(asked, 2);
  background->advance(24h * 365 * 100);
  run();
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(consumer->status().running);
}

TEST(TimesOnThreads, a_consumer_is_waited_for_for_ever_or_not_at_all) {
  LiveBed bed;
  ASSERT_TRUE(bed.store.stream<Account>("alice").append(Deposited{1}));
  const auto subscribe = [&](std::string name, Handled said) {
    return *bed.store.subscribe(std::move(name), events<Deposited>().in<Account>(), from_beginning,
                                [said](const Deposited&) { return said; });
  };
  const auto well = subscribe("well", done), never = subscribe("never", retry_after(kForEver));
  EXPECT_TRUE(well.wait_until(bed.log->end(), kForEver));
  EXPECT_FALSE(never.wait_until(bed.log->end(), kLongAgo));
}

TEST_F(TimesTest, a_snapshot_that_no_time_brings_is_brought_by_events) {
  opened_with.snapshot_every = {.events = 5, .time = kForEver, .fewest = 1};
  reopen();
  auto alice = account("alice");
  // A clock that steps back leaves more time than there is.
  clock->set(Time(-24h));
  for (int i = 0; i < 3; ++i) {
    submit(alice, Deposit{1});
    run();
  }
  clock->set(Time::max());
  background->advance(24h * 365 * 100);
  run();
  EXPECT_TRUE(snapshots->copy().empty());
  for (int i = 0; i < 3; ++i) {
    submit(alice, Deposit{1});
    run();
  }
  EXPECT_EQ(snapshots->copy().size(), 1u);
}

TEST_F(TimesTest, what_occurred_at_the_ends_of_time_is_kept_and_asked_for) {
  auto alice = account("alice");
  const auto deposit = [&](std::int64_t cents, Time occurred) {
    submit(alice, Deposit{cents}, {.occurred = occurred});
    run();
    EXPECT_EQ(log->events().back().occurred, occurred);
  };
  deposit(1, Time::min());
  deposit(2, Time::max());
  const auto balance = [&](AsOf when) { return alice.state(when)->balance; };
  EXPECT_EQ(balance({Time::min(), by_occurred}), 1);
  EXPECT_EQ(balance({Time::max() - 1ns, by_occurred}), 1);
  EXPECT_EQ(balance({Time::max(), by_occurred}), 3);
  EXPECT_EQ(balance({Time::min(), by_recorded}), 0);
  EXPECT_EQ(balance({Time::max(), by_recorded}), 3);
}

}  // namespace
}  // namespace daybook::engine
