// Consumers whose handlers run on threads of their own.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "engine/consumer.hpp"
#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;
using namespace std::chrono_literals;

TEST(ConsumerOnThreads, it_sees_every_event_once_and_in_order_while_they_come) {
  LiveBed bed;
  auto alice = bed.store.stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  std::atomic<std::int64_t> last = 0;
  auto consumer = bed.store.subscribe("c", events<Deposited>().in<Account>(), from_beginning, [&](const Deposited& e) {
    EXPECT_EQ(e.cents, last + 1);
    last = e.cents;
    return done;
  });
  for (std::int64_t i = 1; i <= 500; ++i) alice.submit(Deposit{i}, [](const Outcome& o) { EXPECT_TRUE(o); });
  EXPECT_TRUE(bed.store.drain());
  EXPECT_TRUE(consumer->wait_until(bed.log->end(), 5min));
  EXPECT_EQ(last, 500);
}

TEST(ConsumerOnThreads, handlers_may_wait_for_commands_that_wait_for_the_background) {
  LiveBed bed({}, 1);
  auto alice = bed.store.stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}) && alice.execute(Deposit{1'000}));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(alice.execute(Deposit{1}));
  const auto end = bed.log->end();
  // Commands of a boundary are executed one by one: the background sees to whose turn it is.
  auto all = bed.store.boundary<Account>(Query{});
  std::atomic<int> ok = 0;
  auto handler = [&](const Deposited&) {
    ok += bool(all.execute(Withdraw{1}));
    return done;
  };
  auto one = bed.store.subscribe("one", events<Deposited>().in<Account>(), from_beginning, handler);
  auto two = bed.store.subscribe("two", events<Deposited>().in<Account>(), from_beginning, handler);
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->wait_until(end, 5min));
  EXPECT_TRUE(two->wait_until(end, 5min));
  EXPECT_EQ(ok, 102);
}

struct BusyConsumer : testing::Test, LiveBed {
  Stream<Account> alice = store.stream<Account>("alice");
  std::promise<Subscription> subscribed;
  std::promise<void> at_work;

  // A handler that is at work until its consumer is told to stop, and only then asks for something.
  Subscription begin(std::function<void()> then) {
    EXPECT_TRUE(alice.append(Deposited{1}));
    auto consumer = store.subscribe("c", events<Deposited>().in<Account>(), from_beginning,
                                    [this, then, me = subscribed.get_future().share()](const Deposited&) {
                                      const auto myself = me.get();
                                      at_work.set_value();
                                      while (myself.status().running) std::this_thread::yield();
                                      then();
                                      return done;
                                    });
    EXPECT_TRUE(consumer);
    subscribed.set_value(*consumer);
    at_work.get_future().get();
    return *consumer;
  }
};

TEST_F(BusyConsumer, stopping_waits_for_the_event_at_hand_and_saves_it) {
  auto consumer = begin([] {});
  ASSERT_TRUE(consumer.stop());
  EXPECT_EQ(consumer.status().next, log->end());
  EXPECT_EQ(consumer.status().checkpoint, log->end());
  EXPECT_EQ(checkpoints->load("c").value()->mark.position, log->end());
}

TEST_F(BusyConsumer, closing_lets_the_handler_finish_with_its_commands) {
  std::optional<Outcome> outcome;
  auto consumer = begin([&] { outcome = alice.append(Opened{"A"}); });
  ASSERT_TRUE(store.close());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(told(*outcome), "ok");
  EXPECT_FALSE(consumer.status().stopped_by);
}

TEST_F(BusyConsumer, one_handler_stops_another_without_waiting_for_it) {
  auto consumer = begin([] {});
  std::promise<void> stopped;
  auto other = store.subscribe("other", events<Deposited>().in<Account>(), from_beginning, [&](const Deposited&) {
    EXPECT_TRUE(consumer.stop());
    stopped.set_value();
    return done;
  });
  stopped.get_future().get();
  EXPECT_TRUE(consumer.wait_until(log->end(), 5min));
}

}  // namespace
}  // namespace daybook::engine
