#include "daybook/given.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bank.hpp"
#include "flight.hpp"

namespace {

using namespace bank;
using namespace flight;
using daybook::events;
using daybook::first;
using daybook::given;
using daybook::given_events;
using daybook::GivenFailed;
using daybook::second;
using testing::HasSubstr;

// What a given/when/then that should fail says; "" if it did not fail.
template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const GivenFailed& failed) {
    return failed.what();
  }
  return {};
}

TEST(Given, an_account_keeps_its_rules) {
  given<Account>().when(Open{"alice"}).then(Opened{"alice"});
  given<Account>().when(Deposit{5_eur}).refused(NotOpen{});
  given<Account>(Opened{"alice"}, Deposited{50_eur}).when(Withdraw{20_eur}).then(Withdrawn{20_eur});
  given<Account>(Opened{"alice"}, Deposited{50_eur}).when(Withdraw{80_eur}).refused(InsufficientFunds{50_eur});
  given<Account>(Opened{"alice"}, Deposited{50_eur}).when(Close{}).then(Withdrawn{50_eur}, Closed{});
  given<Account>(Opened{"alice"}, Closed{}).when(Close{}).then();
}

TEST(Given, a_transfer_decides_over_two_accounts) {
  given<Account>(Opened{"alice"}, Deposited{50_eur})
      .and_given<Account>(Opened{"bob"})
      .when(Transfer{20_eur, "rent"})
      .then(first(TransferredOut{20_eur, "rent"}), second(TransferredIn{20_eur, "rent"}));
  given<Account>(Opened{"alice"})
      .and_given<Account>(Opened{"bob"}, Deposited{50_eur})
      .when(Transfer{20_eur, "rent"})
      .refused(InsufficientFunds{0_eur});
  given<Account>(Opened{"alice"}).and_given<Account>().when(Transfer{20_eur, "rent"}).refused<NotOpen>();
}

TEST(Given, a_boundary_picks_its_events_by_type_and_tags) {
  const auto seat = events<SeatBooked, SeatReleased>().tagged("flight", "LH2", "seat", "12A");
  given_events(SeatBooked{"LH4", "12A", "eve"}, SeatBooked{"LH2", "12B", "eve"}, MealOrdered{"LH2", "soup"})
      .boundary<Seat>(seat)
      .when(BookSeat{"LH2", "12A", "alice"})
      .then(SeatBooked{"LH2", "12A", "alice"});
  given_events(SeatBooked{"LH2", "12A", "bob"})
      .boundary<Seat>(seat)
      .when(BookSeat{"LH2", "12A", "alice"})
      .refused(SeatTaken{"bob"});
  given_events(SeatBooked{"LH2", "12A", "bob"}, SeatReleased{"LH2", "12A"})
      .boundary<Seat>(seat)
      .when(BookSeat{"LH2", "12A", "alice"})
      .then(SeatBooked{"LH2", "12A", "alice"});
}

// Another aggregate that can have the same event.
struct Cabin {
  using Event = std::variant<SeatBooked>;
};

TEST(Given, a_boundary_that_asks_for_another_category_finds_nothing) {
  given_events(SeatBooked{"LH2", "12A", "bob"})
      .boundary<Seat>(events<SeatBooked>().in<Cabin>())
      .when(BookSeat{"LH2", "12A", "alice"})
      .then(SeatBooked{"LH2", "12A", "alice"});
  given_events(SeatBooked{"LH2", "12A", "bob"})
      .boundary<Seat>(events<SeatBooked>().in<Seat>())
      .when(BookSeat{"LH2", "12A", "alice"})
      .refused<SeatTaken>();
}

TEST(Given, shows_the_state_that_the_events_make) {
  EXPECT_EQ(given<Account>(Opened{"alice"}, Deposited{50_eur}, Withdrawn{20_eur}).state().balance, 30_eur);
}

TEST(Given, a_difference_is_shown_field_by_field) {
  const auto text = failure_of([] {
    given<Account>(Opened{"alice"}, Deposited{50_eur})
        .and_given<Account>(Opened{"bob"})
        .when(Transfer{20_eur, "rent"})
        .then(first(TransferredOut{25_eur, "rent"}), second(TransferredIn{20_eur, "rent"}));
  });
  EXPECT_THAT(text, HasSubstr("given_test.cpp:"));
  EXPECT_THAT(text, HasSubstr(R"(: the decision is not the expected one
  given Opened {owner: "alice"}
        Deposited {amount.cents: 5000}
        second: Opened {owner: "bob"}
  when  Transfer {amount.cents: 2000, reason: "rent"}
  then  expected (-) 2 events, came (+) 2 events:
    first: TransferredOut
  -   amount.cents: 2500
  +   amount.cents: 2000
      reason: "rent"
    second: TransferredIn
      amount.cents: 2000
      reason: "rent"
)"));
}

TEST(Given, missing_and_superfluous_events_are_shown_whole) {
  const auto missing =
      failure_of([] { given<Account>(Opened{"alice"}).when(Deposit{5_eur}).then(Deposited{5_eur}, Closed{}); });
  EXPECT_THAT(missing, HasSubstr("expected (-) 2 events, came (+) 1 event:\n"
                                 "    Deposited\n      amount.cents: 500\n"
                                 "  - Closed\n"));
  const auto superfluous = failure_of([] { given<Account>(Opened{"alice"}, Deposited{5_eur}).when(Close{}).then(); });
  EXPECT_THAT(superfluous, HasSubstr("expected (-) no events, came (+) 2 events:\n"
                                     "  + Withdrawn\n  +   amount.cents: 500\n"
                                     "  + Closed\n"));
}

TEST(Given, a_refusal_instead_of_events_is_shown_with_its_reason) {
  const auto text = failure_of([] { given<Account>(Opened{"alice"}).when(Withdraw{5_eur}).then(Withdrawn{5_eur}); });
  EXPECT_THAT(text, HasSubstr("expected (-) 1 event, came (+) a refusal:\n"
                              "  - Withdrawn\n  -   amount.cents: 500\n"
                              "  + InsufficientFunds\n  +   balance.cents: 0\n"));
}

TEST(Given, the_wrong_refusal_and_the_wrong_reason_fail) {
  EXPECT_THAT(failure_of([] { given<Account>().when(Withdraw{5_eur}).refused(AlreadyOpen{}); }),
              HasSubstr("  - AlreadyOpen\n  + NotOpen\n"));
  EXPECT_THAT(
      failure_of([] { given<Account>(Opened{"alice"}).when(Withdraw{5_eur}).refused(InsufficientFunds{1_eur}); }),
      HasSubstr("    InsufficientFunds\n  -   balance.cents: 100\n  +   balance.cents: 0\n"));
  EXPECT_THAT(failure_of([] { given<Account>(Opened{"alice"}).when(Deposit{5_eur}).refused<NotOpen>(); }),
              HasSubstr("expected (-) a refusal, came (+) 1 event:\n"));
}

TEST(Given, whose_an_event_is_makes_a_difference) {
  EXPECT_NE(failure_of([] {
              given<Account>(Opened{"alice"}, Deposited{50_eur})
                  .and_given<Account>(Opened{"bob"})
                  .when(Transfer{20_eur, "rent"})
                  .then(second(TransferredOut{20_eur, "rent"}), first(TransferredIn{20_eur, "rent"}));
            }),
            "");
}

struct Visit {};
struct Diary {
  using Event = std::variant<Visit>;
  daybook::Time last;
  std::string stream;
  std::vector<daybook::Uuid> ids;
  std::vector<std::string> actors;
};
void evolve(Diary& d, const Visit&, const daybook::Envelope& at) {
  d.last = at.occurred, d.stream = at.stream;
  d.ids.push_back(at.id);
  d.actors.push_back(daybook::provenance(at).actor);
}
const daybook::Time kMonday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

TEST(Given, an_event_can_have_a_time_of_its_own) {
  const auto diary = given<Diary>(Visit{}, daybook::occurred(kMonday, Visit{})).state();
  EXPECT_EQ(diary.last, kMonday);
  EXPECT_EQ(daybook::category_of(diary.stream), "Diary");
}

TEST(Given, an_event_in_a_boundary_can_have_a_time_of_its_own_too) {
  const auto diary = given_events(daybook::occurred(kMonday, Visit{}), MealOrdered{"LH2", "soup"})
                         .boundary<Diary>(events<Visit>())
                         .state();
  EXPECT_EQ(diary.last, kMonday);
  given_events(daybook::occurred(kMonday, SeatBooked{"LH2", "12A", "bob"}))
      .boundary<Seat>(events<SeatBooked>().tagged("flight", "LH2"))
      .when(BookSeat{"LH2", "12A", "alice"})
      .refused(SeatTaken{"bob"});
}

TEST(Given, each_event_has_an_id_of_its_own_that_is_the_same_in_every_run) {
  auto two = [] { return given<Diary>(Visit{}, Visit{}).and_given<Diary>(Visit{}); };
  const auto [a, b] = std::pair{two().state<0>().ids, two().state<1>().ids};
  EXPECT_EQ(a, two().state<0>().ids);
  EXPECT_FALSE(a[0].is_nil());
  EXPECT_NE(a[0], a[1]);
  EXPECT_NE(a[0], b[0]);
  EXPECT_NE(a[1], b[0]);
}

TEST(Given, an_event_can_have_been_asked_for_by_somebody) {
  const auto diary = given<Diary>(Visit{}, daybook::occurred(kMonday, Visit{}, {.actor = "teller-7"})).state();
  EXPECT_EQ(diary.actors, (std::vector<std::string>{"", "teller-7"}));
}

TEST(Given, a_view_can_be_folded_too) {
  EXPECT_EQ(given<DailyTurnover>(Deposited{5_eur}, Deposited{6_eur}, Withdrawn{1_eur}).state().in, 11_eur);
}

}  // namespace
