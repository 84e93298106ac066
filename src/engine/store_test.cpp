#include "daybook/store.hpp"

#include <future>

#include "engine/test_bank.hpp"

namespace shop {

// Events of another domain with names that the bank has too.
struct Closed {
  std::string reason;
};
struct Started {};
struct Till {
  using Event = std::variant<Started, Closed>;
  int closed = 0;
};
inline void evolve(Till&, const Started&) {}
inline void evolve(Till& t, const Closed&) { ++t.closed; }

struct Start {};
struct Shut {};
inline daybook::Decision<Till> decide(const Till&, const Start&) { return Started{}; }
inline daybook::Decision<Till> decide(const Till&, const Shut&) { return Closed{"night"}; }

}  // namespace shop

namespace clockwork {

// A state that looks at the envelope, and a command that writes into a sink.
struct Ticked {
  std::int64_t n = 0;
};
struct Clockwork {
  using Event = std::variant<Ticked>;
  std::int64_t ticks = 0;
  daybook::Time last{};
  std::uint64_t last_position = 0;
};
inline void evolve(Clockwork& c, const Ticked& e, const daybook::Envelope& at) {
  c.ticks += e.n;
  c.last = at.recorded;
  c.last_position = at.position.value;
}
struct Tick {
  int times = 1;
};
struct TooOften {};
inline daybook::Verdict decide(const Clockwork&, const Tick& c, daybook::Sink<Clockwork>& out) {
  for (int i = 0; i < c.times; ++i) out.emit(Ticked{1});
  if (c.times > 100) return daybook::refuse(TooOften{});
  return daybook::accepted;
}

}  // namespace clockwork

namespace views {

struct Turnover {
  using Reads = daybook::from<bank::Account>;
  using Event = std::variant<bank::Deposited, bank::Withdrawn, bank::Closed>;
  static std::int64_t key(const auto&, const daybook::Envelope& at) {
    return at.occurred.time_since_epoch() / std::chrono::days(1);
  }
  std::int64_t in = 0, out = 0, closed = 0;
};
inline void evolve(Turnover& t, const bank::Deposited& e) { t.in += e.cents; }
inline void evolve(Turnover& t, const bank::Withdrawn& e) { t.out += e.cents; }
inline void evolve(Turnover& t, const bank::Closed&) { ++t.closed; }

}  // namespace views

namespace daybook::engine {
namespace {

using namespace bank;
using namespace std::chrono_literals;

struct StoreTest : testing::Test, LiveBed {
  Stream<Account> alice = store.stream<Account>("alice");
};

// ---- the page ----------------------------------------------------------------------------------------------------

TEST_F(StoreTest, an_answer_is_one_of_three_and_says_which) {
  ASSERT_TRUE(alice.execute(Open{"Alice"}));
  const auto receipt = alice.execute(Deposit{100});
  EXPECT_EQ(receipt->revision, Revision{1});
  const auto refused = alice.execute(Withdraw{500});
  EXPECT_FALSE(refused);
  ASSERT_TRUE(refused.refused<InsufficientFunds>());
  EXPECT_EQ(refused.refused<InsufficientFunds>()->balance, 100);
  EXPECT_FALSE(refused.refused<NotOpen>());
  const auto error = alice.execute(Withdraw{1}, {.expected = Expect::none()});
  EXPECT_EQ(error.error().code, ErrorCode::Conflict);
  EXPECT_NE(error.error().message.find("revision 1"), std::string::npos) << error.error().message;
}

TEST_F(StoreTest, a_command_over_two_aggregates_moves_money) {
  auto bob = store.stream<Account>("bob");
  ASSERT_TRUE(alice.execute(Open{"A"}) && bob.execute(Open{"B"}) && alice.execute(Deposit{100}));
  EXPECT_TRUE(store.execute(Transfer{30}, alice, bob));
  EXPECT_TRUE(store.execute(Transfer{30}, {.actor = "me"}, alice, bob));
  EXPECT_TRUE(store.execute(Transfer{50}, alice, bob).refused<InsufficientFunds>());
  EXPECT_EQ(alice.state()->balance, 40);
  EXPECT_EQ(bob.state()->balance, 60);
  int ok = 0;
  const auto count = [&](const Outcome& o) { ok += bool(o); };
  store.submit(Transfer{10}, count, alice, bob);
  store.submit(Transfer{10}, count, {.actor = "me", .on_conflict = Retry{3}}, alice, bob);
  store.submit(alice, Deposit{1}, count, {.on_conflict = Retry{3}});
  EXPECT_TRUE(store.drain());
  EXPECT_EQ(ok, 3);
  EXPECT_EQ(alice.state()->balance, 21);
}

TEST_F(StoreTest, thousands_may_be_in_flight_from_one_thread) {
  ASSERT_TRUE(alice.execute(Open{"A"}));
  int ok = 0;
  for (int i = 0; i < 2'000; ++i) alice.submit(Deposit{1}, [&](const Outcome& o) { ok += bool(o); });
  EXPECT_TRUE(store.drain());
  EXPECT_EQ(ok, 2'000);
  EXPECT_EQ(alice.state()->balance, 2'000);
}

TEST_F(StoreTest, after_closing_everything_is_answered_with_closed) {
  ASSERT_TRUE(alice.execute(Open{"A"}));
  EXPECT_TRUE(store.close());
  EXPECT_EQ(alice.execute(Deposit{1}).error().code, ErrorCode::Closed);
  EXPECT_EQ(alice.append(Deposited{1}).error().code, ErrorCode::Closed);
  EXPECT_EQ(alice.state().error().code, ErrorCode::Closed);
  EXPECT_EQ(alice.history().error().code, ErrorCode::Closed);
  EXPECT_EQ(store.view<views::Turnover>().error().code, ErrorCode::Closed);
  EXPECT_EQ(store.subscribe("c", Query{}, from_end, [](const Envelope&) { return done; }).error().code,
            ErrorCode::Closed);
}

TEST_F(StoreTest, a_blocked_command_hears_of_its_deadline) {
  // A log that never syncs.
  SteppedBed stuck;
  auto answer = stuck.store->stream<Account>("a").execute(Open{"A"}, {.deadline = 1ms});
  EXPECT_EQ(answer.error().code, ErrorCode::DeadlineExceeded);
}

// ---- when, in both senses ----------------------------------------------------------------------------------------

struct MomentsTest : StoreTest {
  Time day(int n) { return Time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + std::chrono::days(n); }
  std::int64_t balance(const Moment& m) { return alice.state(m)->balance; }

  void SetUp() override {
    clock->set(day(1));
    ASSERT_TRUE(alice.execute(Open{"A"}));
    clock->set(day(2));
    ASSERT_TRUE(alice.execute(Deposit{100}));
    clock->set(day(10));
    ASSERT_TRUE(alice.append(Deposited{5}, {.occurred = day(-20)}));  // known on the 10th, happened long before
    clock->set(day(11));
    ASSERT_TRUE(alice.execute(Withdraw{50}));
  }
};

TEST_F(MomentsTest, state_is_had_at_a_revision_or_a_position_which_are_included) {
  EXPECT_EQ(balance(Latest{}), 55);
  EXPECT_EQ(balance(Revision{0}), 0);
  EXPECT_EQ(balance(Revision{1}), 100);
  EXPECT_EQ(balance(Revision{2}), 105);
  for (const auto& e : log->events())
    if (e.stream == "Account-alice") {
      EXPECT_EQ(balance(e.position), balance(e.revision)) << e.revision.value;
    }
}

TEST_F(MomentsTest, what_was_known_then_and_what_had_happened_by_then_differ) {
  EXPECT_EQ(balance(AsOf{day(0)}), 0);
  EXPECT_EQ(balance(AsOf{day(5)}), 100);
  EXPECT_EQ(balance(AsOf{day(10)}), 105);
  EXPECT_EQ(balance(AsOf{day(0), by_occurred}), 5);
  EXPECT_EQ(balance(AsOf{day(5), by_occurred}), 105);
  EXPECT_EQ(balance(AsOf{day(30), by_occurred}), 55);
}

TEST_F(MomentsTest, what_is_not_there_yet_is_not_made_up) {
  EXPECT_EQ(alice.state(Revision{4}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(alice.state(log->end()).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store.stream<Account>("nobody").state(Revision{0}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store.stream<Account>("nobody").state().value(), Account{});
}

TEST_F(MomentsTest, history_tells_how_it_came_about) {
  auto history = alice.history();
  ASSERT_TRUE(history);
  std::vector<std::string> told;
  for (auto entry = history->next(); entry && *entry; entry = history->next())
    std::visit(
        [&]<class E>(const E& e) {
          std::string text(event_name<E>());
          if constexpr (requires { e.cents; }) text += " " + std::to_string(e.cents);
          told.push_back(text + " @" + std::to_string((*entry)->at.revision.value));
        },
        (*entry)->event);
  EXPECT_EQ(told, (std::vector<std::string>{"Opened @0", "Deposited 100 @1", "Deposited 5 @2", "Withdrawn 50 @3"}));
  auto last = alice.history({.direction = Direction::Backwards, .from_end = true});
  EXPECT_EQ((**last->next()).at.revision, Revision{3});
}

// ---- views -------------------------------------------------------------------------------------------------------

TEST_F(MomentsTest, a_view_is_folded_on_demand_at_any_moment) {
  auto now = store.view<views::Turnover>();
  ASSERT_TRUE(now);
  EXPECT_EQ(now->size(), 3u);
  EXPECT_EQ(now->begin()->second.in, 5);
  EXPECT_EQ(now->rbegin()->second.out, 50);
  EXPECT_EQ(store.view<views::Turnover>(AsOf{day(5)})->size(), 1u);
  EXPECT_EQ(store.view<views::Turnover>(AsOf{day(5), by_occurred})->size(), 2u);
  EXPECT_EQ(store.view<views::Turnover>(Revision{0}).error().code, ErrorCode::InvalidArgument);
}

TEST_F(MomentsTest, a_view_takes_events_by_category_and_type_and_passes_over_the_rest) {
  auto till = store.stream<shop::Till>("1");
  ASSERT_TRUE(till.execute(shop::Start{}) && till.execute(shop::Shut{}));
  const auto view = store.view<views::Turnover>();
  for (const auto& [day, row] : *view) EXPECT_EQ(row.closed, 0);
  ASSERT_TRUE(alice.execute(Close{}));
  EXPECT_EQ(store.view<views::Turnover>()->rbegin()->second.closed, 1);
}

TEST_F(MomentsTest, a_view_stops_at_a_listed_type_of_a_newer_version) {
  const NewEvent newer{.stream = "Account-x", .type = "Deposited", .data = "{}", .schema_version = 9};
  std::promise<void> appended;
  log->append({.events = {&newer, 1}}, [&](Result<Appended>) { appended.set_value(); });
  appended.get_future().get();
  const auto view = store.view<views::Turnover>();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, ErrorCode::UnknownEvent);
  EXPECT_EQ(view.error().position, log->events().back().position);
}

TEST_F(StoreTest, an_unknown_event_in_an_aggregates_own_stream_is_an_error) {
  const NewEvent strange{.stream = "Account-alice", .type = "Frozen", .data = "{}"};
  std::promise<void> appended;
  log->append({.events = {&strange, 1}}, [&](Result<Appended>) { appended.set_value(); });
  appended.get_future().get();
  EXPECT_EQ(alice.state().error().code, ErrorCode::UnknownEvent);
  EXPECT_EQ(alice.execute(Open{"A"}).error().code, ErrorCode::UnknownEvent);
  EXPECT_NE(alice.state().error().message.find("Frozen"), std::string::npos);
}

TEST_F(StoreTest, a_payload_that_does_not_decode_is_an_error_and_nothing_is_decided_on_it) {
  const NewEvent broken{.stream = "Account-alice", .type = "Deposited", .data = R"({"cents":"many"})"};
  std::promise<void> appended;
  log->append({.events = {&broken, 1}}, [&](Result<Appended>) { appended.set_value(); });
  appended.get_future().get();
  EXPECT_EQ(alice.execute(Open{"A"}).error().code, ErrorCode::BadPayload);
  EXPECT_EQ(log->end(), Position{1});
}

// ---- states that look at the envelope ----------------------------------------------------------------------------

TEST_F(StoreTest, a_state_that_sees_envelopes_sees_those_of_the_log) {
  auto tower = store.stream<clockwork::Clockwork>("tower");
  for (int i = 1; i <= 3; ++i) {
    clock->set(Time{std::chrono::seconds(i)});
    ASSERT_TRUE(tower.execute(clockwork::Tick{2}));
  }
  const auto state = tower.state();
  EXPECT_EQ(state->ticks, 6);
  EXPECT_EQ(state->last, Time{3s});
  EXPECT_EQ(state->last_position, log->end().value - 1);
  EXPECT_TRUE(tower.execute(clockwork::Tick{101}).refused<clockwork::TooOften>());
  for (int i = 0; i < 100; ++i) tower.submit(clockwork::Tick{}, [](const Outcome& o) { EXPECT_TRUE(o); });
  EXPECT_TRUE(store.drain());
  EXPECT_EQ(tower.state()->ticks, 106);
}

// ---- imports -----------------------------------------------------------------------------------------------------

TEST_F(StoreTest, a_batch_of_imported_events_is_all_or_nothing_and_known_when_it_comes_again) {
  auto bob = store.stream<Account>("bob");
  auto make = [&] {
    Batch batch(store, Uuid{{9}});
    batch.add(alice, Opened{"A"}, {.occurred = Time{1s}})
        .add(bob, Opened{"B"})
        .add(alice, Deposited{7}, {.actor = "x"});
    return batch;
  };
  const auto first = store.append(make());
  ASSERT_TRUE(first);
  const auto again = store.append(make());
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->position, first->position);
  EXPECT_EQ(alice.state()->balance, 7);
  EXPECT_TRUE(bob.state()->open);
  Batch bad(store);
  bad.add(alice, Deposited{1}).add(bob, Opened{"\xff"});
  EXPECT_EQ(store.append(std::move(bad)).error().code, ErrorCode::BadPayload);
  EXPECT_EQ(alice.state()->balance, 7);
  EXPECT_EQ(store.append(Batch(store)).error().code, ErrorCode::InvalidArgument);
}

TEST_F(StoreTest, a_plain_append_keeps_its_expectation_and_its_id) {
  ASSERT_TRUE(alice.append(Opened{"A"}, {.id = Uuid{{1}}, .expected = Expect::none()}));
  EXPECT_TRUE(alice.append(Opened{"A"}, {.id = Uuid{{1}}, .expected = Expect::none()})->repeated);
  EXPECT_EQ(alice.append(Opened{"B"}, {.expected = Expect::none()}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(alice.append(Opened{"B"}, {.id = Uuid{{1}}}).error().code, ErrorCode::IdConflict);
}

TEST_F(StoreTest, what_a_batch_says_twice_or_in_vain_is_an_invalid_argument) {
  Batch two(store);
  two.add(alice, Opened{"A"}, {.expected = Expect::none()})
      .add(alice, Deposited{7}, {.expected = Expect::exactly(Revision{4})});
  EXPECT_EQ(told(store.append(std::move(two))), "InvalidArgument");
  Batch ids(store, Uuid{{9}});
  ids.add(alice, Opened{"A"}, {.id = Uuid{{1}}});
  EXPECT_EQ(told(store.append(std::move(ids))), "InvalidArgument");
  Batch same(store);
  same.add(alice, Opened{"A"}, {.expected = Expect::none()}).add(alice, Deposited{7}, {.expected = Expect::none()});
  EXPECT_EQ(told(store.append(std::move(same))), "ok");
}

// ---- two stores --------------------------------------------------------------------------------------------------

TEST_F(StoreTest, streams_and_batches_of_another_store_are_an_invalid_argument) {
  LiveBed other;
  auto elsewhere = other.store.stream<Account>("bob");
  ASSERT_TRUE(alice.execute(Open{"A"}));
  ASSERT_TRUE(alice.execute(Deposit{10}));
  ASSERT_TRUE(elsewhere.execute(Open{"B"}));
  const auto before = log->events().size(), theirs = other.log->events().size();
  EXPECT_EQ(told(store.execute(Transfer{1}, alice, elsewhere)), "InvalidArgument");
  std::promise<std::string> several, one, batched;
  store.submit(Transfer{1}, [&](const Outcome& o) { several.set_value(told(o)); }, alice, elsewhere);
  EXPECT_EQ(several.get_future().get(), "InvalidArgument");
  store.submit(elsewhere, Deposit{1}, [&](const Outcome& o) { one.set_value(told(o)); });
  EXPECT_EQ(one.get_future().get(), "InvalidArgument");
  EXPECT_EQ(told(store.append(std::move(Batch(store).add(elsewhere, Deposited{1})))), "InvalidArgument");
  EXPECT_EQ(told(store.append(std::move(Batch(other.store).add(elsewhere, Deposited{1})))), "InvalidArgument");
  store.submit(std::move(Batch(other.store).add(elsewhere, Deposited{1})),
               [&](const Outcome& o) { batched.set_value(told(o)); });
  EXPECT_EQ(batched.get_future().get(), "InvalidArgument");
  EXPECT_EQ(log->events().size(), before);
  EXPECT_EQ(other.log->events().size(), theirs);
}

// ---- payloads ----------------------------------------------------------------------------------------------------

TEST(StoreInAvro, what_was_written_as_avro_and_as_json_is_read_alike) {
  auto clock = std::make_shared<sim::SteppingClock>();
  auto log = std::make_shared<sim::ModelLog>(*clock);
  sim::SyncThread syncing(*log);
  for (auto payload : {Payload::Json, Payload::Avro, Payload::Json}) {
    auto background = std::make_shared<sim::ThreadExecutor>();
    auto made = make_store({.log = log, .background = background, .clock = clock, .options = {.payload = payload}});
    auto alice = made->stream<Account>("alice");
    if (!alice.state()->open) {
      ASSERT_TRUE(alice.execute(Open{"A"}));
    }
    ASSERT_TRUE(alice.execute(Deposit{10}));
    ASSERT_TRUE(made->close());
  }
  auto made = make_store({.log = log, .background = std::make_shared<sim::ThreadExecutor>(), .clock = clock});
  EXPECT_EQ(made->stream<Account>("alice").state()->balance, 30);
}

// Says for itself how it is stored.
struct Measured {
  static constexpr Payload stored_payload = Payload::Avro;
  std::int64_t value = 0;
};
struct Noted {
  std::string text;
};
struct Probe {
  using Event = std::variant<Measured, Noted>;
  std::int64_t sum = 0;
};
void evolve(Probe& p, const Measured& e) { p.sum += e.value; }
void evolve(Probe& p, const Noted& e) { p.sum += std::ssize(e.text); }

TEST_F(StoreTest, an_event_type_may_choose_its_payload_for_itself) {
  auto probe = store.stream<Probe>("1");
  ASSERT_TRUE(probe.append(Measured{40}) && probe.append(Noted{"ab"}));
  std::vector<ContentType> stored;
  for (const auto& e : log->events())
    if (e.stream == probe.name()) stored.push_back(e.content_type);
  EXPECT_EQ(stored, (std::vector{ContentType::Avro, ContentType::Json}));
  EXPECT_EQ(probe.state()->sum, 42);
}

}  // namespace
}  // namespace daybook::engine
