#include <gmock/gmock.h>

#include "engine/test_bank.hpp"

namespace {

struct Counted {};
struct Count {};

// The same state before and after its rules changed: the same struct, under the same name.
template <int Rules>
struct Counter {
  static constexpr std::string_view stored_as = "Counter";
  static constexpr int rules = Rules;
  using Event = std::variant<Counted>;
  std::int64_t value = 0;
};
template <int Rules>
void evolve(Counter<Rules>& c, const Counted&) {
  c.value += Rules;
}
template <int Rules>
daybook::Decision<Counter<Rules>> decide(const Counter<Rules>&, const Count&) {
  return Counted{};
}

// A state that can not be stored as it is, and brings its own way to be saved; or none.
template <std::uint32_t Version>
struct Tally {
  static constexpr std::string_view stored_as = "Tally";
  using Event = std::variant<Counted>;
  std::unique_ptr<std::int64_t> value = std::make_unique<std::int64_t>(0);
  bool loaded = false;

  static constexpr std::uint32_t snapshot_version = Version;
  static void save(const Tally& t, std::string& out) { out = "v" + std::to_string(*t.value); }
  static daybook::Status load(std::string_view saved, Tally& into) {
    if (saved.empty() || saved[0] != 'v') return daybook::fail(daybook::ErrorCode::BadPayload, "no tally");
    *into.value = std::stoll(std::string(saved.substr(1)));
    into.loaded = true;
    return {};
  }
};
template <std::uint32_t Version>
void evolve(Tally<Version>& t, const Counted&) {
  ++*t.value;
}
template <std::uint32_t Version>
daybook::Decision<Tally<Version>> decide(const Tally<Version>&, const Count&) {
  return Counted{};
}

struct Unsaved {
  using Event = std::variant<Counted>;
  static constexpr bool snapshots = false;
  std::int64_t value = 0;
};
void evolve(Unsaved& u, const Counted&) { ++u.value; }
daybook::Decision<Unsaved> decide(const Unsaved&, const Count&) { return Counted{}; }

}  // namespace

namespace daybook::engine {
namespace {

using namespace bank;
using namespace std::chrono_literals;

struct SnapshotsTest : testing::Test, SteppedBed {
  SnapshotsTest() : SteppedBed({.snapshot_every = {.events = 10, .time = 60s, .fewest = 3}}) {}

  void deposit(int times, std::string_view id = "alice", std::optional<Time> occurred = {}) {
    auto stream = store->stream<Account>(id);
    for (int i = 0; i < times; ++i) {
      stream.submit(Deposit{1}, [](const Outcome& o) { EXPECT_TRUE(o) << told(o); }, {.occurred = occurred});
      run();
    }
  }
  void open(std::string_view id = "alice") {
    store->stream<Account>(id).submit(Open{"A"}, [](const Outcome& o) { EXPECT_TRUE(o); });
    run();
  }
  Result<Account> state(const Moment& m = Latest{}) { return store->stream<Account>("alice").state(m); }
};

TEST_F(SnapshotsTest, one_is_taken_every_so_many_events_and_old_ones_are_removed) {
  open();
  deposit(45);
  const auto all = snapshots->copy();
  ASSERT_EQ(all.size(), 2u);
  for (const auto& s : all) {
    EXPECT_EQ(s.info.key, "Account-alice");
    EXPECT_EQ(s.info.mark.log, log->id());
    EXPECT_EQ(s.info.mark.chain, log->chain_at(s.info.mark.position).value());
    const auto last = log->events()[s.info.mark.position.value - 1];
    EXPECT_EQ(s.info.revision, last.revision);
    EXPECT_EQ(s.info.last_recorded, last.recorded);
  }
  EXPECT_GT(all[1].info.revision->value, 35u);
}

TEST_F(SnapshotsTest, one_is_taken_after_so_much_time_if_there_is_anything_to_save) {
  open();
  deposit(4);
  open("bob");
  EXPECT_TRUE(snapshots->copy().empty());
  clock->advance(61s);
  background->advance(61s);
  run();
  ASSERT_EQ(snapshots->copy().size(), 1u);
  EXPECT_EQ(snapshots->copy()[0].info.key, "Account-alice");
}

TEST_F(SnapshotsTest, with_never_none_is_saved_and_those_that_are_there_still_serve) {
  open();
  deposit(12);
  const auto before = snapshots->copy();
  ASSERT_EQ(before.size(), 1u);
  opened_with.snapshot_every = never;
  reopen();
  log->cut_before(before[0].info.mark.position);  // without the snapshot there would be no state
  deposit(50);
  clock->set(Time::max());
  background->advance(24h * 365 * 200);
  EXPECT_EQ(background->delayed(), 0u);
  run();
  EXPECT_EQ(state()->balance, 62);
  ASSERT_EQ(snapshots->copy().size(), 1u);
  EXPECT_EQ(snapshots->copy()[0].info, before[0].info);
}

TEST_F(SnapshotsTest, a_store_that_others_write_saves_and_removes_none) {
  opened_with.snapshot_every.events = 1'000;
  reopen();
  open();
  deposit(25);
  read_only = true;
  opened_with.snapshot_every.events = 1;
  opened_with.snapshot_every.fewest = 1;
  reopen();
  EXPECT_EQ(state()->balance, 25);
  clock->advance(61s);
  background->advance(61s);
  EXPECT_EQ(state()->balance, 25);
  run();
  EXPECT_TRUE(snapshots->copy().empty());
}

TEST_F(SnapshotsTest, a_state_is_built_from_the_newest_and_what_came_after) {
  open();
  deposit(25);
  // An old program's fold: whoever reads it sees that it was used.
  snapshots->spoil([&](Snapshot& s) {
    Account a{true, static_cast<std::int64_t>(s.info.revision->value) + 1'000};
    s.state.clear();
    ASSERT_TRUE(codec::encode_avro(a, s.state));
  });
  reopen();
  EXPECT_EQ(state()->balance, 1'025);
  EXPECT_EQ(state(Revision{5})->balance, 5) << "a snapshot past the moment is of no use";
  EXPECT_TRUE(warnings.empty());
}

TEST_F(SnapshotsTest, one_that_is_foreign_outdated_or_does_not_decode_is_skipped_with_a_warning) {
  open();
  deposit(25);
  const auto sound = snapshots->copy();
  ASSERT_EQ(sound.size(), 2u);
  opened_with.snapshot_every = {.events = 1'000,
                                .time = std::chrono::hours(1)};  // else a sound one is soon there again
  using Change = void (*)(Snapshot&);
  const std::pair<ErrorCode, Change> spoilt[] = {
      {ErrorCode::ForeignHistory, [](Snapshot& s) { s.info.mark.chain.value ^= 1; }},
      {ErrorCode::ForeignHistory, [](Snapshot& s) { s.info.mark.log.uuid.bytes[0] ^= 1; }},
      {ErrorCode::ForeignHistory, [](Snapshot& s) { s.info.mark.position.value += 1'000'000; }},
      {ErrorCode::SchemaMismatch, [](Snapshot& s) { s.info.fingerprint ^= 1; }},
      {ErrorCode::BadPayload, [](Snapshot& s) { s.state.resize(1); }},
  };
  for (const auto& [code, change] : spoilt) {
    snapshots->spoil([&](Snapshot& s) {
      for (const auto& one : sound)
        if (one.info.revision == s.info.revision) s = one;
      if (s.info.revision == sound[1].info.revision) change(s);
    });
    warnings.clear();
    reopen();
    EXPECT_EQ(state()->balance, 25);
    ASSERT_FALSE(warnings.empty()) << name_of(code);
    EXPECT_EQ(warnings[0].what.code, code) << warnings[0].what.message;
  }
}

TEST_F(SnapshotsTest, where_history_was_cut_a_snapshot_past_the_cut_stands_in_and_nothing_else) {
  open();
  deposit(25);
  const auto at = snapshots->copy().back().info.mark.position;
  log->cut_before(at);
  reopen();
  EXPECT_EQ(state()->balance, 25);
  EXPECT_EQ(state(Revision{2}).error().code, ErrorCode::HistoryCut);
  snapshots->spoil([](Snapshot& s) { s.info.fingerprint ^= 1; });
  reopen();
  EXPECT_EQ(state().error().code, ErrorCode::HistoryCut);
  EXPECT_EQ(state().error().position, at);
}

TEST_F(SnapshotsTest, by_occurred_one_serves_only_if_nothing_in_it_occurred_later) {
  const auto day = [](int n) { return Time{std::chrono::hours(24 * n)}; };
  auto alice = store->stream<Account>("alice");
  alice.submit(Open{"A"}, [](const Outcome&) {}, {.occurred = day(1)});
  run();
  for (int i = 0; i < 24; ++i) deposit(1, "alice", day(i < 12 ? 2 : 9));
  ASSERT_EQ(snapshots->copy().size(), 2u);
  EXPECT_EQ(snapshots->copy()[0].info.latest_occurred, day(2));
  EXPECT_EQ(snapshots->copy()[1].info.latest_occurred, day(9));
  snapshots->spoil([](Snapshot& s) {
    s.state.clear();
    ASSERT_TRUE(codec::encode_avro(Account{true, 500}, s.state));
  });
  reopen();
  EXPECT_EQ(state(AsOf{day(1), by_occurred})->balance, 0);
  EXPECT_EQ(state(AsOf{day(5), by_occurred})->balance,
            500 + 12 - static_cast<std::int64_t>(snapshots->copy()[0].info.revision->value));
}

// ---- held against the log

// "Account-alice@12: Sound", and what is said of it.
std::vector<std::string> told(const Result<std::vector<CheckedSnapshot>>& checked) {
  std::vector<std::string> lines;
  if (!checked) return {checked.error().message};
  for (const auto& s : *checked)
    lines.push_back(s.key + "@" + std::to_string(s.position.value) + ": " + std::string(name_of(s.verdict)));
  return lines;
}

TEST_F(SnapshotsTest, sound_ones_are_what_their_events_fold_to) {
  open();
  deposit(25);
  open("bob");
  deposit(12, "bob", Time{std::chrono::hours(24)});
  stranger("Other-1", "Happened", "{}");
  ASSERT_EQ(snapshots->copy().size(), 3u);
  const auto checked = store->verify_snapshots<Account>();
  ASSERT_TRUE(checked) << checked.error().message;
  ASSERT_EQ(checked->size(), 3u);
  for (const auto& s : *checked) EXPECT_EQ(s.verdict, SnapshotVerdict::Sound) << s.key << ": " << s.why;
  EXPECT_EQ(checked->at(0).key, "Account-alice");
  EXPECT_EQ(checked->at(0).position, snapshots->copy()[0].info.mark.position);
  EXPECT_EQ(checked->at(0).revision, snapshots->copy()[0].info.revision);
}

TEST_F(SnapshotsTest, a_state_that_a_wrong_evolve_made_is_found_though_its_checksums_are_right) {
  open();
  deposit(25);
  const auto all = snapshots->copy();
  ASSERT_EQ(all.size(), 2u);
  snapshots->spoil([&](Snapshot& s) {
    if (s.info.mark.position != all[1].info.mark.position) return;
    s.state.clear();
    ASSERT_TRUE(codec::encode_avro(Account{true, 1'000}, s.state));
  });
  reopen();
  EXPECT_GT(state()->balance, 1'000) << "it is served: nothing about it looks wrong";
  const auto checked = store->verify_snapshots<Account>();
  ASSERT_TRUE(checked);
  ASSERT_EQ(checked->size(), 2u);
  EXPECT_EQ(checked->at(0).verdict, SnapshotVerdict::Sound) << checked->at(0).why;
  EXPECT_EQ(checked->at(1).verdict, SnapshotVerdict::Differs);
  EXPECT_NE(checked->at(1).why.find("the events fold to another state"), std::string::npos) << checked->at(1).why;
}

TEST_F(SnapshotsTest, what_one_says_of_itself_is_held_against_its_events) {
  open();
  deposit(12);
  ASSERT_EQ(snapshots->copy().size(), 1u);
  const auto sound = snapshots->copy()[0];
  using Change = void (*)(Snapshot&);
  const std::pair<SnapshotVerdict, Change> spoilt[] = {
      {SnapshotVerdict::Sound, [](Snapshot&) {}},
      {SnapshotVerdict::Foreign, [](Snapshot& s) { s.info.mark.chain.value ^= 1; }},
      {SnapshotVerdict::Foreign, [](Snapshot& s) { s.info.mark.log.uuid.bytes[0] ^= 1; }},
      {SnapshotVerdict::Foreign, [](Snapshot& s) { s.info.mark.position.value += 1'000'000; }},
      {SnapshotVerdict::Outdated, [](Snapshot& s) { s.info.fingerprint ^= 1; }},
      {SnapshotVerdict::Damaged, [](Snapshot& s) { s.state.resize(1); }},
      {SnapshotVerdict::Differs, [](Snapshot& s) { s.info.revision->value -= 1; }},
      {SnapshotVerdict::Differs, [](Snapshot& s) { s.info.last_recorded += 1ns; }},
      {SnapshotVerdict::Differs, [](Snapshot& s) { s.info.latest_occurred = Time{}; }},
  };
  for (const auto& [verdict, change] : spoilt) {
    snapshots->spoil([&](Snapshot& s) {
      s = sound;
      change(s);
    });
    const auto checked = store->verify_snapshots<Account>();
    ASSERT_TRUE(checked);
    ASSERT_EQ(checked->size(), 1u);
    EXPECT_EQ(checked->at(0).verdict, verdict) << checked->at(0).why;
    EXPECT_EQ(checked->at(0).why.empty(), verdict == SnapshotVerdict::Sound) << checked->at(0).why;
  }
}

TEST_F(SnapshotsTest, one_whose_events_were_deleted_is_proven_by_nobody) {
  open();
  deposit(25);
  open("bob");
  deposit(12, "bob");
  const auto bobs = snapshots->copy().back();
  ASSERT_EQ(bobs.info.key, "Account-bob");
  log->cut_before(bobs.info.mark.position);
  EXPECT_THAT(told(store->verify_snapshots<Account>()),
              testing::AllOf(testing::SizeIs(3), testing::Each(testing::HasSubstr(": Unproven"))));
}

TEST_F(SnapshotsTest, a_closed_store_verifies_none) {
  EXPECT_TRUE(store->close());
  EXPECT_EQ(store->verify_snapshots<Account>().error().code, ErrorCode::Closed);
}

TEST_F(SnapshotsTest, the_cache_is_bounded_in_bytes_and_what_was_put_out_is_had_again) {
  opened_with.cache_bytes = 20'000;
  opened_with.snapshot_every.events = 1'000;
  reopen();
  for (int i = 0; i < 100; ++i) open("a" + std::to_string(i));
  for (int i = 0; i < 100; ++i) deposit(1, "a" + std::to_string(i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(store->stream<Account>("a" + std::to_string(i)).state()->balance, 1);
}

struct OwnSnapshotsTest : SnapshotsTest {
  template <class S>
  void count(int times) {
    auto stream = store->stream<S>("1");
    for (int i = 0; i < times; ++i) {
      stream.submit(Count{}, [](const Outcome& o) { EXPECT_TRUE(o) << o.message(); });
      run();
    }
  }
};

TEST_F(OwnSnapshotsTest, one_made_by_other_rules_is_not_used) {
  EXPECT_NE(erased::state_type<Counter<1>>.fingerprint(), erased::state_type<Counter<10>>.fingerprint());
  count<Counter<1>>(25);
  ASSERT_EQ(snapshots->copy().size(), 2u);
  reopen();
  EXPECT_EQ(store->stream<Counter<10>>("1").state()->value, 250);
  ASSERT_FALSE(warnings.empty());
  EXPECT_EQ(warnings[0].what.code, ErrorCode::SchemaMismatch);
}

TEST_F(OwnSnapshotsTest, a_state_may_bring_its_own_way_to_be_saved) {
  count<Tally<1>>(25);
  ASSERT_EQ(snapshots->copy().size(), 2u);
  EXPECT_EQ(snapshots->copy()[0].state[0], 'v');
  reopen();
  auto state = store->stream<Tally<1>>("1").state();
  EXPECT_EQ(*state->value, 25);
  EXPECT_TRUE(state->loaded);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(OwnSnapshotsTest, one_that_its_own_codec_does_not_take_is_passed_over_and_so_is_another_version) {
  count<Tally<1>>(25);
  snapshots->spoil([](Snapshot& s) { s.state = "w"; });
  reopen();
  auto state = store->stream<Tally<1>>("1").state();
  EXPECT_EQ(*state->value, 25);
  EXPECT_FALSE(state->loaded);
  ASSERT_FALSE(warnings.empty());
  EXPECT_EQ(warnings[0].what.code, ErrorCode::BadPayload);
  warnings.clear();
  auto newer = store->stream<Tally<2>>("1").state();
  EXPECT_EQ(*newer->value, 25);
  EXPECT_FALSE(newer->loaded);
  ASSERT_FALSE(warnings.empty());
  EXPECT_EQ(warnings[0].what.code, ErrorCode::SchemaMismatch);
}

TEST_F(OwnSnapshotsTest, a_state_that_wants_none_has_none) {
  count<Unsaved>(25);
  EXPECT_TRUE(snapshots->copy().empty());
  reopen();
  EXPECT_EQ(store->stream<Unsaved>("1").state()->value, 25);
}

}  // namespace
}  // namespace daybook::engine
