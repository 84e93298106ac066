// Many threads at once; ThreadSanitizer looks on (label `threads`).
#include <atomic>
#include <random>
#include <semaphore>
#include <thread>

#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;

TEST(Threads, money_is_neither_made_nor_lost_by_many_threads_on_few_accounts) {
  LiveBed bed({.snapshot_every = {.events = 50, .time = std::chrono::hours(1), .fewest = 1}, .cache_bytes = 6'000});
  constexpr int kAccounts = 4, kThreads = 8, kCommands = 60;
  std::vector<Stream<Account>> accounts;
  for (int i = 0; i < kAccounts; ++i) {
    accounts.push_back(bed.store.stream<Account>(std::to_string(i)));
    ASSERT_TRUE(accounts.back().execute(Open{"x"}) && accounts.back().execute(Deposit{1'000}));
  }
  std::atomic<std::int64_t> deposited = 0;
  std::atomic<int> told_answers = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        std::mt19937 random(static_cast<unsigned>(t));
        for (int i = 0; i < kCommands; ++i) {
          const auto a = random() % kAccounts;
          const auto b = (a + 1 + random() % (kAccounts - 1)) % kAccounts;
          const CommandOptions how{.on_conflict = t % 4 == 3 ? OnConflict(Retry{1'000}) : OnConflict(Queue{})};
          if (i % 3 == 0) {
            const auto o = bed.store.execute(Transfer{50}, how, accounts[a], accounts[b]);
            EXPECT_FALSE(o.is_error()) << told(o);
            ++told_answers;
          } else if (i % 3 == 1) {
            EXPECT_TRUE(accounts[a].execute(Deposit{1}, how));
            ++deposited;
            ++told_answers;
          } else {
            accounts[a].submit(Withdraw{100'000}, [&](const Outcome& o) {
              EXPECT_TRUE(o.refused<InsufficientFunds>()) << told(o);
              ++told_answers;
            });
          }
          if (i % 10 == 0) {
            EXPECT_TRUE(accounts[b].state());
          }
        }
      });
  }
  EXPECT_TRUE(bed.store.drain());
  EXPECT_EQ(told_answers, kThreads * kCommands);
  std::int64_t sum = 0;
  for (auto& account : accounts) {
    const auto state = account.state();
    ASSERT_TRUE(state);
    EXPECT_GE(state->balance, 0);
    sum += state->balance;
  }
  EXPECT_EQ(sum, kAccounts * 1'000 + deposited);
}

TEST(Threads, one_command_id_from_many_threads_is_executed_once) {
  LiveBed bed;
  auto alice = bed.store.stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  std::atomic<int> first = 0, repeated = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (std::uint8_t n = 1; n <= 20; ++n) {
          const auto o = alice.execute(Deposit{1}, {.command_id = Uuid{{n}}});
          ASSERT_TRUE(o) << told(o);
          ++(o->repeated ? repeated : first);
        }
      });
  }
  EXPECT_EQ(first, 20);
  EXPECT_EQ(repeated, 140);
  EXPECT_EQ(alice.state()->balance, 20);
}

TEST(Threads, draining_waits_for_nothing_that_is_submitted_after) {
  SteppedBed bed;
  auto alice = bed.store->stream<Account>("alice");
  std::atomic<bool> drained = false;
  // Each completion submits the next one before it returns, so that there is always one in flight.
  int left = 50'000;
  std::function<void(const Outcome&)> next = [&](const Outcome& o) {
    EXPECT_TRUE(o) << told(o);
    if (!drained && left-- > 0) alice.submit(Deposit{1}, std::ref(next));
  };
  alice.submit(Open{"A"}, std::ref(next));
  std::jthread drainer([&] {
    EXPECT_TRUE(bed.store->drain());
    drained = true;
  });
  while (!drained && left > 0) {
    bed.run();
    std::this_thread::yield();
  }
  EXPECT_GT(left, 0);
  bed.run();
}

TEST(Threads, closing_answers_everybody_while_they_go_on_asking) {
  for (auto how : {Closing::Drain, Closing::Refuse}) {
    LiveBed bed;
    auto alice = bed.store.stream<Account>("alice");
    ASSERT_TRUE(alice.execute(Open{"A"}));
    std::atomic<int> asked = 0, told_answers = 0, ok = 0;
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
          for (int i = 0; i < 200; ++i) {
            ++asked;
            alice.submit(Deposit{1}, [&](const Outcome& o) {
              ++told_answers;
              ok += bool(o);
              EXPECT_TRUE(o || o.error().code == ErrorCode::Closed) << told(o);
            });
          }
        });
      while (ok < 10) std::this_thread::yield();
      EXPECT_TRUE(bed.store.close(how));
    }
    EXPECT_TRUE(bed.store.drain());  // whoever was told last may not have returned
    EXPECT_EQ(told_answers, asked);
    EXPECT_EQ(bed.log->events().size(), 3u + static_cast<std::size_t>(ok));  // with Opened and two schemas
  }
}

TEST(Threads, snapshots_that_were_begun_when_closing_are_saved_unless_closing_refuses) {
  for (const auto how : {Closing::Drain, Closing::Refuse}) {
    LiveBed bed({.snapshot_every = {.events = 1, .time = std::chrono::hours(1), .fewest = 1}}, 1);
    for (const auto* id : {"alice", "bob"}) ASSERT_TRUE(bed.store.stream<Account>(id).execute(Open{id}));
    std::binary_semaphore busy(0), go_on(0);
    bed.background->post([&] {
      busy.release();
      go_on.acquire();
    });
    busy.acquire();
    for (const auto* id : {"alice", "bob"}) ASSERT_TRUE(bed.store.stream<Account>(id).state());
    {
      const std::jthread closing([&] { EXPECT_TRUE(bed.store.close(how)); });
      while (!bed.store.stream<Account>("alice").execute(Close{}).is_error()) std::this_thread::yield();
      EXPECT_TRUE(bed.snapshots->copy().empty()) << "the one thread for them is busy";
      go_on.release();
    }
    EXPECT_EQ(bed.snapshots->copy().size(), how == Closing::Drain ? 2u : 0u);
  }
}

}  // namespace
}  // namespace daybook::engine
