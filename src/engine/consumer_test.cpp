#include "engine/consumer.hpp"

#include <gmock/gmock.h>

#include <future>

#include "engine/test_bank.hpp"

namespace post {

struct Sent {
  std::int64_t number = 0;
  std::string from, to;
};
inline daybook::Tags tags(const Sent& e) { return {{"from", e.from}, {"to", e.to}}; }
struct Letter {
  using Event = std::variant<Sent>;
};
inline void evolve(Letter&, const Sent&) {}

}  // namespace post

namespace daybook::engine {
namespace {

using namespace bank;
using namespace std::chrono_literals;
using Seen = std::vector<std::int64_t>;

struct ConsumerTest : testing::Test, SteppedBed {
  Seen seen;

  // Appends without waiting: this bed has one thread.
  void add(std::initializer_list<std::int64_t> all) {
    Batch batch(*store);
    for (auto cents : all) batch.add(store->stream<Account>("alice"), Deposited{cents});
    store->submit(std::move(batch), [](const Outcome& o) { EXPECT_TRUE(o) << told(o); });
    run();
  }
  std::optional<Position> saved() {
    const auto checkpoint = checkpoints->load("consumer").value();
    return checkpoint ? std::optional(checkpoint->mark.position) : std::nullopt;
  }
  // Until a consumer that rests has saved how far it came.
  void settle() {
    clock->advance(50ms);
    background->advance(50ms);
    run();
  }
  Result<Subscription> listen(
      Start start, std::function<Handled(std::int64_t)> say = [](std::int64_t) { return done; }) {
    return store->subscribe("consumer", events<Deposited>().in<Account>(), start, [this, say](const Deposited& e) {
      seen.push_back(e.cents);
      return say(e.cents);
    });
  }
};

TEST_F(ConsumerTest, it_begins_where_it_is_told) {
  add({1, 2});
  clock->advance(10s);
  add({3});
  const auto third = log->events().back();
  const std::pair<Start, Seen> starts[] = {
      {from_beginning, {1, 2, 3, 4}}, {from_end, {4}},    {third.position, {3, 4}},
      {third.recorded, {3, 4}},       {Time::max(), {4}}, {Time::min(), {1, 2, 3, 4}}};
  int n = 0;
  std::vector<Seen> all(std::size(starts));
  for (const auto& [start, expected] : starts) {
    auto& mine = all[static_cast<std::size_t>(n)];
    ASSERT_TRUE(store->subscribe("c" + std::to_string(n++), events<Deposited>().in<Account>(), start,
                                 [&mine](const Deposited& e) {
                                   mine.push_back(e.cents);
                                   return done;
                                 }));
  }
  run();
  add({4});
  for (std::size_t i = 0; i < std::size(starts); ++i) EXPECT_EQ(all[i], starts[i].second) << i;
}

TEST_F(ConsumerTest, it_goes_on_where_it_was_after_a_restart) {
  auto consumer = listen(from_beginning);
  add({1, 2});
  EXPECT_EQ(consumer->status().next, log->end());
  settle();
  EXPECT_EQ(consumer->status().checkpoint, log->end());
  reopen();
  ASSERT_TRUE(listen(from_beginning));
  add({3});
  EXPECT_EQ(seen, (Seen{1, 2, 3}));
}

TEST_F(ConsumerTest, one_that_began_at_the_end_misses_nothing_after_a_crash) {
  add({1});
  ASSERT_TRUE(listen(from_end));
  reopen();
  add({2});
  ASSERT_TRUE(listen(from_end));
  run();
  EXPECT_EQ(seen, (Seen{2}));
}

// A save that fails, or that a kill interrupts, can leave a checkpoint that is seen and is not on the medium.
struct SeenCheckpoints final : Checkpoints {
  std::optional<Checkpoint> seen, durable;
  bool fails = false;

  Result<std::optional<Checkpoint>> load(std::string_view) const override { return seen; }
  Status save(std::string_view, const Checkpoint& checkpoint) override {
    seen = checkpoint;
    if (fails) return fail(ErrorCode::IoError, "the directory can not be synced");
    durable = checkpoint;
    return {};
  }
  Status remove(std::string_view) override { return {}; }
  Result<std::vector<std::string>> names() const override { return std::vector<std::string>{}; }
};

TEST(ConsumerBegins, with_a_checkpoint_that_is_durable_before_it_says_so) {
  SteppedBed bed;
  const auto kept = std::make_shared<SeenCheckpoints>();
  const auto open = [&] {
    return *make_store({.log = bed.log,
                        .background = bed.background,
                        .handlers = bed.background,
                        .clock = bed.clock,
                        .checkpoints = kept});
  };
  const auto subscribe = [](const Store& store) {
    return store.subscribe("consumer", Query{}, from_beginning, [](const Envelope&) { return done; });
  };
  bed.stranger("Order-1", "Placed", "{}");
  bed.run();
  {
    const auto store = open();
    auto consumer = subscribe(store);
    ASSERT_TRUE(consumer);
    kept->fails = true;
    bed.run();
    EXPECT_FALSE(consumer->stop());
    EXPECT_EQ(kept->seen->mark.position, Position{1});
    EXPECT_EQ(kept->durable->mark.position, Position{0});
  }
  const auto store = open();
  EXPECT_EQ(subscribe(store).error().code, ErrorCode::IoError);
  kept->fails = false;
  const auto consumer = subscribe(store);
  ASSERT_TRUE(consumer);
  EXPECT_EQ(consumer->status().checkpoint, Position{1});
  EXPECT_EQ(kept->durable->mark.position, Position{1});
}

TEST_F(ConsumerTest, retry_after_hands_over_the_same_event_again_and_no_other_before) {
  int failures = 2;
  ASSERT_TRUE(listen(from_beginning,
                     [&](std::int64_t cents) { return cents == 1 && failures-- > 0 ? retry_after(30s) : done; }));
  add({1, 2});
  EXPECT_EQ(seen, (Seen{1}));
  background->advance(29s);
  run();
  EXPECT_EQ(seen, (Seen{1}));
  background->advance(1s);
  run();
  background->advance(30s);
  run();
  EXPECT_EQ(seen, (Seen{1, 1, 1, 2}));
}

TEST_F(ConsumerTest, what_is_parked_is_kept_with_the_checkpoint_and_can_be_played_again) {
  bool well = false;
  auto say = [&](std::int64_t cents) { return cents == 2 && !well ? park : done; };
  auto consumer = listen(from_beginning, say);
  add({1, 2, 3});
  EXPECT_EQ(seen, (Seen{1, 2, 3}));
  ASSERT_EQ(consumer->status().parked.size(), 1u);
  EXPECT_EQ(log->events()[consumer->status().parked[0].value].data, R"({"cents":2})");
  reopen();
  consumer = listen(from_beginning, say);
  run();
  EXPECT_EQ(consumer->status().parked.size(), 1u);
  well = true;
  consumer->replay_parked();
  run();
  EXPECT_EQ(seen, (Seen{1, 2, 3, 2}));
  EXPECT_TRUE(consumer->status().parked.empty());
  EXPECT_TRUE(checkpoints->load("consumer").value()->parked.empty());
}

TEST_F(ConsumerTest, a_checkpoint_of_another_history_is_refused) {
  auto consumer = listen(from_beginning);
  add({1, 2});
  ASSERT_TRUE(consumer->stop());
  auto checkpoint = *checkpoints->load("consumer").value();
  for (int what = 0; what < 3; ++what) {
    auto foreign = checkpoint;
    if (what == 0) foreign.mark.chain.value ^= 1;
    if (what == 1) foreign.mark.log.uuid.bytes[3] ^= 1;
    if (what == 2) foreign.mark.position.value += 100;
    ASSERT_TRUE(checkpoints->save("consumer", foreign));
    EXPECT_EQ(listen(from_beginning).error().code, ErrorCode::ForeignHistory) << what;
  }
  ASSERT_TRUE(checkpoints->save("consumer", checkpoint));
  EXPECT_TRUE(listen(from_beginning));
}

TEST_F(ConsumerTest, one_whose_next_event_was_deleted_is_told_so) {
  auto consumer = listen(from_beginning);
  add({1});
  ASSERT_TRUE(consumer->stop());
  add({2, 3});
  log->cut_before(log->end());
  const auto cut = listen(from_beginning).error();
  EXPECT_EQ(cut.code, ErrorCode::HistoryCut);
  EXPECT_THAT(cut.message, testing::HasSubstr(R"(consumer "consumer")"));
  EXPECT_THAT(cut.message, testing::HasSubstr("forget_consumer"));
  EXPECT_EQ(
      store->subscribe("new", events<Deposited>().in<Account>(), from_beginning, [](const Deposited&) { return done; })
          .error()
          .code,
      ErrorCode::HistoryCut);
}

TEST_F(ConsumerTest, an_event_that_it_cannot_read_stops_it_with_the_position) {
  auto consumer = listen(from_beginning);
  add({1});
  const NewEvent newer{.stream = "Account-x", .type = "Deposited", .data = "{}", .schema_version = 9};
  log->append({.events = {&newer, 1}}, [](Result<Appended>) {});
  add({2});
  EXPECT_EQ(seen, (Seen{1}));
  const auto status = consumer->status();
  EXPECT_FALSE(status.running);
  ASSERT_TRUE(status.stopped_by);
  EXPECT_EQ(status.stopped_by->code, ErrorCode::UnknownEvent);
  EXPECT_EQ(status.stopped_by->position, status.next);
  EXPECT_EQ(saved(), status.next) << "what it did handle does not come again";
}

TEST_F(ConsumerTest, an_error_that_stops_it_is_also_a_warning_said_once) {
  auto consumer = listen(from_beginning);
  add({1});
  EXPECT_TRUE(warnings.empty());
  const NewEvent newer{.stream = "Account-x", .type = "Deposited", .data = "{}", .schema_version = 9};
  log->append({.events = {&newer, 1}}, [](Result<Appended>) {});
  add({2});
  const auto status = consumer->status();
  (void)consumer->stop();
  ASSERT_TRUE(store->close());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].where, "consumer \"consumer\"");
  EXPECT_EQ(warnings[0].what.code, ErrorCode::UnknownEvent);
  EXPECT_EQ(warnings[0].what.position, status.next);
  EXPECT_EQ(warnings[0].what.message,
            "it stopped before position " + std::to_string(status.next.value) + ": " + status.stopped_by->message);
}

TEST_F(ConsumerTest, one_that_cannot_save_its_checkpoint_warns_once_however_it_ends) {
  auto consumer = listen(from_beginning);
  checkpoints->fail_saves();
  add({1, 2});
  settle();
  ASSERT_TRUE(consumer->status().stopped_by);
  EXPECT_EQ(consumer->status().stopped_by->code, ErrorCode::DiskFull);
  EXPECT_EQ(consumer->stop().error().code, ErrorCode::DiskFull);
  ASSERT_TRUE(store->close());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].what.code, ErrorCode::DiskFull);
}

TEST_F(ConsumerTest, one_name_is_one_consumer) {
  auto first = listen(from_beginning);
  EXPECT_EQ(listen(from_beginning).error().code, ErrorCode::Conflict);
  ASSERT_TRUE(first->stop());
  EXPECT_TRUE(listen(from_beginning));
  EXPECT_EQ(store->subscribe("", Query{}, from_end, [](const Envelope&) { return done; }).error().code,
            ErrorCode::InvalidArgument);
}

TEST_F(ConsumerTest, it_may_stop_itself_and_is_not_called_again) {
  std::optional<Subscription> consumer;
  auto made = listen(from_beginning, [&](std::int64_t cents) {
    if (cents == 2) {
      EXPECT_TRUE(consumer->stop());
    }
    return done;
  });
  consumer = *made;
  add({1, 2, 3});
  add({4});
  EXPECT_EQ(seen, (Seen{1, 2}));
  EXPECT_FALSE(consumer->status().running);
  EXPECT_EQ(saved(), consumer->status().next);
  ASSERT_TRUE(listen(from_beginning));
  run();
  EXPECT_EQ(seen, (Seen{1, 2, 3, 4}));
}

TEST_F(ConsumerTest, its_name_is_free_only_when_it_has_ended) {
  std::optional<Subscription> consumer;
  int conflicts = 0;
  auto made = listen(from_beginning, [&](std::int64_t) {
    EXPECT_TRUE(consumer->stop());
    conflicts += listen(from_beginning).error().code == ErrorCode::Conflict;
    return done;
  });
  consumer = *made;
  add({1});
  EXPECT_EQ(conflicts, 1);
  EXPECT_TRUE(listen(from_beginning));
}

TEST_F(ConsumerTest, a_handler_must_not_close_the_store_that_it_is_of) {
  std::vector<ErrorCode> codes;
  ASSERT_TRUE(listen(from_beginning, [&](std::int64_t) {
    codes.push_back(store->close().error().code);
    EXPECT_TRUE(store->drain());
    return done;
  }));
  add({1, 2});
  EXPECT_EQ(codes, (std::vector{ErrorCode::InvalidArgument, ErrorCode::InvalidArgument}));
}

TEST_F(ConsumerTest, a_handler_and_what_it_holds_go_when_the_consumer_ends) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  auto consumer = listen(from_beginning, [held](std::int64_t) { return done; });
  held.reset();
  add({1});
  EXPECT_FALSE(watched.expired());
  ASSERT_TRUE(consumer->stop());
  EXPECT_TRUE(watched.expired());
}

TEST_F(ConsumerTest, a_store_that_others_write_has_no_consumers) {
  add({1});
  read_only = true;
  reopen();
  EXPECT_EQ(listen(from_beginning).error().code, ErrorCode::ReadOnly);
  EXPECT_FALSE(checkpoints->load("consumer").value());
}

TEST_F(ConsumerTest, it_may_ask_for_one_event_by_one_tag_or_by_another) {
  const auto sent = events<post::Sent>().in<post::Letter>();
  ASSERT_TRUE(store->subscribe("alice", sent.tagged("from", "alice") | sent.tagged("to", "alice"), from_beginning,
                               [this](const post::Sent& e) {
                                 seen.push_back(e.number);
                                 return done;
                               }));
  Batch batch(*store);
  for (const auto& one : {post::Sent{1, "alice", "bob"}, {2, "bob", "alice"}, {3, "bob", "bob"}, {4, "alice", "alice"}})
    batch.add(store->stream<post::Letter>("all"), one);
  store->submit(std::move(batch), [](const Outcome& o) { EXPECT_TRUE(o) << told(o); });
  run();
  EXPECT_EQ(seen, (Seen{1, 2, 4}));
}

TEST_F(ConsumerTest, its_checkpoint_moves_over_what_it_does_not_take) {
  auto consumer =
      store->subscribe("quiet", events<Closed>().in<Account>(), from_beginning, [](const Closed&) { return done; });
  add({1, 2, 3});
  settle();
  EXPECT_EQ(consumer->status().checkpoint, log->end());
}

TEST_F(ConsumerTest, one_that_keeps_up_saves_no_more_often_than_its_bound) {
  auto consumer = listen(from_beginning);
  add({1});
  const auto before = checkpoints->saves();
  for (int i = 0; i < 10; ++i) add({1});
  EXPECT_EQ(checkpoints->saves(), before);
  EXPECT_EQ(consumer->status().next, log->end());
  settle();
  EXPECT_EQ(checkpoints->saves(), before + 1);
  EXPECT_EQ(saved(), log->end());
  settle();
  EXPECT_EQ(checkpoints->saves(), before + 1) << "nothing new";
}

TEST_F(ConsumerTest, one_may_be_forgotten_when_it_does_not_run) {
  add({1});
  auto consumer = listen(from_beginning);
  run();
  EXPECT_EQ(store->forget_consumer("consumer").error().code, ErrorCode::Conflict);
  ASSERT_TRUE(consumer->stop());
  EXPECT_EQ(store->consumers().value(), (std::vector<std::string>{"consumer"}));
  EXPECT_TRUE(store->forget_consumer("consumer"));
  EXPECT_TRUE(store->consumers()->empty());
  EXPECT_EQ(store->forget_consumer("consumer").error().code, ErrorCode::NotFound);
  ASSERT_TRUE(listen(from_beginning));
  run();
  EXPECT_EQ(seen, (Seen{1, 1}));
  read_only = true;
  reopen();
  EXPECT_EQ(store->forget_consumer("consumer").error().code, ErrorCode::ReadOnly);
}

}  // namespace
}  // namespace daybook::engine
