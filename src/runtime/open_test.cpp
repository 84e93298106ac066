// daybook::open on a real directory: whose threads do what, and where the last handle of a store may go.
#include "daybook/open.hpp"

#include <barrier>
#include <filesystem>
#include <future>
#include <thread>

#include "engine/test_bank.hpp"
#include "runtime/thread_executor.hpp"

namespace daybook {
namespace {

using namespace bank;
using namespace std::chrono_literals;

struct OpenTest : testing::Test {
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-open-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(name.data()));
    dir = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir); }

  Store open() {
    auto opened = daybook::open(dir + "/store");
    EXPECT_TRUE(opened) << opened.error().message;
    return *opened;
  }
  // As soon as whoever has it is done with closing it.
  Store open_when_closed() {
    for (;;) {
      auto opened = daybook::open(dir + "/store");
      if (opened) return *opened;
      EXPECT_EQ(opened.error().code, ErrorCode::Locked) << opened.error().message;
      std::this_thread::yield();
    }
  }
  static std::int64_t balance(const Store& store) { return store.stream<Account>("alice").state()->balance; }

  std::string dir;
};

// ---- where the last Store may go ---------------------------------------------------------------------------------

TEST_F(OpenTest, the_last_store_may_go_with_a_completion_that_holds_it) {
  auto store = std::make_unique<Store>(open());
  auto alice = store->stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  alice.submit(Deposit{5}, [held = std::move(store)](const Outcome& o) { EXPECT_TRUE(o); });
  EXPECT_EQ(balance(open_when_closed()), 5);
  EXPECT_EQ(alice.execute(Deposit{1}).error().code, ErrorCode::Closed);
}

TEST_F(OpenTest, the_last_store_may_go_in_the_middle_of_a_completion_while_others_are_in_flight) {
  auto store = std::make_unique<Store>(open());
  auto alice = store->stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  std::atomic<int> ok = 0;
  std::promise<void> all_submitted;
  alice.submit(Deposit{1}, [&](const Outcome& o) {
    all_submitted.get_future().get();
    store.reset();
    ok += bool(o);
  });
  for (int i = 0; i < 20; ++i) alice.submit(Deposit{1}, [&](const Outcome& o) { ok += bool(o); });
  all_submitted.set_value();
  EXPECT_EQ(balance(open_when_closed()), 21);
  EXPECT_EQ(ok, 21);
}

TEST_F(OpenTest, the_last_store_may_go_in_a_completion_on_an_executor) {
  runtime::ThreadExecutor mine({});
  auto store = std::make_unique<Store>(open());
  auto alice = store->stream<Account>("alice");
  alice.submit(
      Open{"A"},
      [&](const Outcome&) {
        EXPECT_TRUE(alice.execute(Deposit{7}));
        store.reset();
      },
      SubmitOptions{.completions = &mine});
  EXPECT_EQ(balance(open_when_closed()), 7);
}

TEST_F(OpenTest, the_last_store_may_go_with_a_handler_that_held_it) {
  {
    auto store = open();
    ASSERT_TRUE(store.stream<Account>("alice").execute(Open{"A"}));
    std::promise<Subscription> subscribed;
    auto consumer =
        store.subscribe("c", events<bank::Opened>().in<bank::Account>(), from_beginning,
                        [store, me = subscribed.get_future().share(), left = 3](const bank::Opened&) mutable {
                          EXPECT_TRUE(store.stream<Account>("alice").execute(Deposit{1}));
                          if (--left > 0) return retry_after(1us);
                          EXPECT_TRUE(Subscription(me.get()).stop());
                          return done;
                        });
    ASSERT_TRUE(consumer);
    subscribed.set_value(*consumer);
  }
  const auto store = open_when_closed();
  EXPECT_EQ(balance(store), 3);
}

TEST_F(OpenTest, the_last_store_may_go_within_a_handler_whose_commands_are_still_executed) {
  auto store = std::make_unique<Store>(open());
  auto alice = store->stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  ASSERT_TRUE(
      store->subscribe("c", events<bank::Opened>().in<bank::Account>(), from_beginning, [&](const bank::Opened&) {
        store.reset();
        EXPECT_TRUE(alice.execute(Deposit{9}));
        return done;
      }));
  EXPECT_EQ(balance(open_when_closed()), 9);
}

// ---- threads -----------------------------------------------------------------------------------------------------

TEST_F(OpenTest, a_handler_that_waits_holds_up_nobody_but_itself) {
  constexpr int kConsumers = 6;
  auto store = open();
  auto alice = store.stream<Account>("alice");
  auto all = store.boundary<Account>(Query{});
  ASSERT_TRUE(alice.execute(Open{"A"}) && alice.execute(Deposit{100}));
  std::barrier all_at_work(kConsumers);
  std::vector<Subscription> consumers;
  for (int i = 0; i < kConsumers; ++i)
    consumers.push_back(*store.subscribe("c" + std::to_string(i), events<Deposited>().in<Account>(), from_beginning,
                                         [&](const Deposited&) {
                                           all_at_work.arrive_and_wait();
                                           EXPECT_TRUE(all.execute(Withdraw{1}));
                                           return done;
                                         }));
  for (auto& consumer : consumers) EXPECT_TRUE(consumer.wait_until(Position{4}, 5min));
  EXPECT_EQ(all.state()->balance, 100 - kConsumers);
}

// ---- options -----------------------------------------------------------------------------------------------------

TEST_F(OpenTest, options_that_make_no_sense_are_refused_by_name) {
  const auto refused = [&](const StoreOptions& options) {
    const auto opened = daybook::open(dir + "/store", options);
    EXPECT_FALSE(std::filesystem::exists(dir + "/store")) << "nothing is made";
    return opened ? "opened" : std::string(name_of(opened.error().code)) + ": " + opened.error().message;
  };
  EXPECT_EQ(refused({.snapshot_every = {.events = 0}}),
            "InvalidArgument: snapshot_every.events is 0; 1 or more were expected, or daybook::never for no snapshots");
  EXPECT_EQ(refused({.snapshot_every = {.time = -1ns}}),
            "InvalidArgument: snapshot_every.time is -1 ns; no less than 0 was expected");
  EXPECT_EQ(
      refused({.snapshots_kept = 0}),
      "InvalidArgument: snapshots_kept is 0; 1 or more were expected (snapshot_every = daybook::never saves none)");
  EXPECT_EQ(refused({.commands_in_flight = 0}), "InvalidArgument: commands_in_flight is 0; 1 or more were expected");
  EXPECT_EQ(refused({.bytes_in_flight = 0}),
            "InvalidArgument: bytes_in_flight is 0; at least 1, and less than the limit queue_bytes, 67108864, were "
            "expected");
  EXPECT_EQ(refused({.limits = {.queue_bytes = 1u << 20}}),
            "InvalidArgument: bytes_in_flight is 33554432; at least 1, and less than the limit queue_bytes, 1048576, "
            "were expected");
}

TEST_F(OpenTest, limits_can_be_set_downwards_only_and_segments_within_bounds) {
  const auto refused = [&](const StoreOptions& options) {
    const auto opened = daybook::open(dir + "/store", options);
    EXPECT_FALSE(std::filesystem::exists(dir + "/store")) << "nothing is made";
    return opened ? "opened" : std::string(name_of(opened.error().code)) + ": " + opened.error().message;
  };
  const std::pair<std::string, std::size_t Limits::*> limits[] = {{"stream_name_bytes", &Limits::stream_name_bytes},
                                                                  {"type_bytes", &Limits::type_bytes},
                                                                  {"payload_bytes", &Limits::payload_bytes},
                                                                  {"metadata_bytes", &Limits::metadata_bytes},
                                                                  {"tags", &Limits::tags},
                                                                  {"tag_bytes", &Limits::tag_bytes},
                                                                  {"batch_bytes", &Limits::batch_bytes},
                                                                  {"batch_events", &Limits::batch_events},
                                                                  {"conditions", &Limits::conditions},
                                                                  {"query_alternatives", &Limits::query_alternatives},
                                                                  {"query_terms", &Limits::query_terms},
                                                                  {"condition_bytes", &Limits::condition_bytes},
                                                                  {"queue_bytes", &Limits::queue_bytes}};
  static_assert(sizeof(Limits) == sizeof(limits) / sizeof(limits[0]) * sizeof(std::size_t), "every limit is here");
  for (const auto& [name, limit] : limits) {
    const auto hard = kHardLimits.*limit;
    for (const auto value : {hard + 1, std::size_t{0}}) {
      StoreOptions options;
      options.limits.*limit = value;
      EXPECT_EQ(refused(options), "InvalidArgument: the limit " + name + " is " + std::to_string(value) + "; 1 to " +
                                      std::to_string(hard) + " were expected");
    }
  }
  EXPECT_EQ(refused({.segment_bytes = 65'535}),
            "InvalidArgument: segment_bytes is 65535; 65536 to 1073741824 were expected");
  EXPECT_EQ(refused({.segment_bytes = 1'073'741'825}),
            "InvalidArgument: segment_bytes is 1073741825; 65536 to 1073741824 were expected");

  auto store = daybook::open(dir + "/store", {.limits = {.payload_bytes = 400}, .segment_bytes = 65'536});
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE(store->stream<Account>("alice").execute(Open{"A"}));
  const auto over = store->stream<Account>("bob").execute(Open{std::string(500, 'A')});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(over.error().message.find("the limit is 400"), std::string::npos) << over.error().message;
}

TEST_F(OpenTest, the_least_that_options_may_be_works) {
  StoreOptions options{.snapshot_every = {.events = 1, .time = 0s, .fewest = 0},
                       .snapshots_kept = 1,
                       .cache_bytes = 0,
                       .commands_in_flight = 1,
                       .bytes_in_flight = 1,
                       .remembered_ids = 0};
  auto store = daybook::open(dir + "/store", options);
  ASSERT_TRUE(store) << store.error().message;
  for (const auto* id : {"alice", "bob"}) {
    auto account = store->stream<Account>(id);
    ASSERT_TRUE(account.execute(Open{"A"}));
    for (int i = 0; i < 10; ++i) account.submit(Deposit{1}, [](const Outcome& o) { EXPECT_TRUE(o); });
  }
  ASSERT_TRUE(store->drain());
  EXPECT_EQ(balance(*store), 10);
}

// ---- beside a writer ---------------------------------------------------------------------------------------------

TEST_F(OpenTest, what_was_found_is_told_on_the_callers_thread_before_there_is_a_store) {
  int calls = 0;
  const auto store = daybook::open(dir + "/store", {.on_opened = [&, caller = std::this_thread::get_id()](auto& found) {
                                     ++calls;
                                     EXPECT_EQ(std::this_thread::get_id(), caller);
                                     EXPECT_TRUE(found.clean);
                                     EXPECT_EQ(daybook::open(dir + "/store").error().code, ErrorCode::Locked);
                                   }});
  ASSERT_TRUE(store);
  EXPECT_EQ(calls, 1);
}

TEST_F(OpenTest, a_warning_says_by_its_code_what_it_is_about) {
  ASSERT_TRUE(open().close());
  std::filesystem::remove(dir + "/store/mark");
  std::vector<Warning> warnings;
  StoreOptions options;
  options.read_only = true;
  options.on_warning = [&](const Warning& warning) { warnings.push_back(warning); };
  ASSERT_TRUE(daybook::open(dir + "/store", options));
  ASSERT_FALSE(warnings.empty());
  EXPECT_EQ(warnings.back().where, dir + "/store");
  EXPECT_EQ(warnings.back().what.code, ErrorCode::NotFound) << "a mark that is not there is no damage";
}

TEST_F(OpenTest, a_reader_goes_along_with_the_writer_and_writes_nothing) {
  auto store = open();
  auto alice = store.stream<Account>("alice");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  StoreOptions options{.read_only = true};
  options.snapshot_every = {.events = 1, .time = 0s, .fewest = 1};
  {
    auto reader = daybook::open(dir + "/store", options);
    ASSERT_TRUE(reader) << reader.error().message;
    for (int i = 1; i <= 10; ++i) {
      ASSERT_TRUE(alice.execute(Deposit{1}));
      EXPECT_EQ(balance(*reader), i);
    }
    EXPECT_EQ(reader->stream<Account>("alice").execute(Deposit{1}).error().code, ErrorCode::ReadOnly);
    EXPECT_EQ(
        reader->subscribe("c", events<Deposited>().in<Account>(), from_beginning, [](const Deposited&) { return done; })
            .error()
            .code,
        ErrorCode::ReadOnly);
  }
  EXPECT_FALSE(std::filesystem::exists(dir + "/store/snapshots"));
  EXPECT_FALSE(std::filesystem::exists(dir + "/store/consumers"));
}

}  // namespace
}  // namespace daybook
