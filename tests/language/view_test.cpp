#include "daybook/view.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bank.hpp"

namespace {

using namespace bank;
using daybook::Envelope;
using daybook::Rows;

// Four ways to say whose row it is, besides the page's.
struct ByOwner {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened, Closed>;
  static std::string key(const Opened& e) { return e.owner; }
  static std::string key(const Closed&, const Envelope& at) { return std::string(at.stream); }
  int events = 0;
};
void evolve(ByOwner& row, const Opened&) { ++row.events; }
void evolve(ByOwner& row, const Closed&) { ++row.events; }

struct ByTime {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
  static daybook::Time key(const Envelope& at) { return at.recorded; }
  int events = 0;
};
void evolve(ByTime& row, const Opened&) { ++row.events; }

struct ByStream {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
  daybook::Revision last;
  std::string key;  // a field like any other
};
void evolve(ByStream& row, const Opened&, const Envelope& at) { row.last = at.revision; }

TEST(Rows, are_found_by_the_key_of_event_and_envelope) {
  Rows<DailyTurnover> days;
  Envelope at;
  at.occurred = daybook::Time(std::chrono::hours(1));
  days.apply(Deposited{5_eur}, at);
  at.occurred = daybook::Time(std::chrono::hours(23));
  days.apply(Withdrawn{2_eur}, at);
  at.occurred = daybook::Time(std::chrono::hours(25));
  days.apply(Withdrawn{1_eur}, at);
  ASSERT_EQ(days.rows().size(), 2u);
  EXPECT_EQ(days.rows().begin()->second.in, 5_eur);
  EXPECT_EQ(days.rows().begin()->second.out, 2_eur);
  EXPECT_EQ(days.rows().rbegin()->second.out, 1_eur);
}

TEST(Rows, may_have_another_key_function_for_each_event) {
  static_assert(std::same_as<daybook::KeyOf<ByOwner>, std::string>);
  Rows<ByOwner> owners;
  Envelope at;
  at.stream = "Account-1";
  owners.apply(Opened{"alice"}, at);
  owners.apply(Closed{}, at);
  EXPECT_EQ(owners.rows().at("alice").events, 1);
  EXPECT_EQ(owners.rows().at("Account-1").events, 1);
}

TEST(Rows, may_be_keyed_by_the_envelope_alone) {
  static_assert(std::same_as<daybook::KeyOf<ByTime>, daybook::Time>);
  Rows<ByTime> times;
  times.apply(Opened{}, {});
  times.apply(Opened{}, {});
  EXPECT_EQ(times.rows().at({}).events, 2);
}

TEST(Rows, are_one_a_stream_without_a_key) {
  Rows<ByStream> streams;
  Envelope at;
  at.stream = "Account-1";
  at.revision = {4};
  streams.apply(Opened{}, at);
  EXPECT_EQ(streams.rows().at("Account-1").last, daybook::Revision{4});
}

}  // namespace
