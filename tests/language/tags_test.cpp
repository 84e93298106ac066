#include "daybook/tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "bank.hpp"
#include "flight.hpp"

namespace {

using daybook::events;
using daybook::Query;
using daybook::Tags;
using testing::ElementsAre;
using testing::IsEmpty;

enum class Cabin : std::uint8_t { Economy, Business };
struct Seat {
  std::string number;
};
struct Row {
  int number;
};
struct Boarded {};
Tags tags(const Boarded&) {
  return {{"seat", Seat{"12A"}},
          {"row", Row{-12}},
          {"cabin", Cabin::Business},
          {"odd", static_cast<Cabin>(9)},
          {"vip", true},
          {"bonus", std::numeric_limits<std::uint64_t>::max()},
          {"note", std::string_view("a:b")},
          {"empty", ""}};
}

TEST(Tags, are_written_as_key_and_value) {
  EXPECT_THAT(daybook::tags_of(Boarded{}), ElementsAre("seat:12A", "row:-12", "cabin:Business", "odd:9", "vip:true",
                                                       "bonus:18446744073709551615", "note:a:b", "empty:"));
  EXPECT_THAT(daybook::tags_of(flight::SeatBooked{"LH2", "12A", "bob"}), ElementsAre("flight:LH2", "seat:12A"));
}

TEST(Tags, can_be_added_one_by_one) {
  Tags all;
  for (int i = 0; i < 2; ++i) all.add({"n", i});
  EXPECT_THAT(all, ElementsAre("n:0", "n:1"));
}

TEST(Tags, an_event_without_a_tags_function_has_none) {
  EXPECT_THAT(daybook::tags_of(bank::Closed{}), IsEmpty());
  static_assert(daybook::Tagged<Boarded> && !daybook::Tagged<bank::Closed>);
}

TEST(Events, ask_for_any_of_the_types_and_all_of_the_tags) {
  const Query query = events<flight::SeatBooked, flight::SeatReleased>().tagged("flight", "LH2", "seat", Seat{"12A"});
  EXPECT_EQ(query, (Query{{{.types = {"SeatBooked", "SeatReleased"}, .tags = {"flight:LH2", "seat:12A"}}}}));
}

TEST(Events, can_be_narrowed_to_the_streams_of_an_aggregate) {
  const Query query = events<bank::Closed, flight::SeatBooked>().in<bank::Account, flight::Seat>();
  EXPECT_EQ(query, (Query{{{.categories = {"Account", "Seat"}, .types = {"Closed", "SeatBooked"}}}}));
  EXPECT_EQ(Query(events<>().in<bank::Account>()), (Query{{{.categories = {"Account"}}}}));
}

TEST(Events, of_no_type_are_events_of_every_type) {
  const Query query = events().tagged("flight", "LH2");
  EXPECT_EQ(query, (Query{{{.tags = {"flight:LH2"}}}}));
  EXPECT_TRUE(Query(events()).matches({}));
}

TEST(Events, one_or_the_other_is_a_query_of_two_alternatives) {
  const auto either = events<bank::Opened>().in<bank::Account>() | events<flight::SeatBooked>().tagged("seat", "12A");
  const Query query = either;
  EXPECT_EQ(
      query,
      (Query{{{.categories = {"Account"}, .types = {"Opened"}}, {.types = {"SeatBooked"}, .tags = {"seat:12A"}}}}));
  const auto meals_or_seats = events<flight::MealOrdered>() | events<flight::SeatBooked>().tagged("seat", "12A");
  EXPECT_EQ(meals_or_seats.tagged("n", 1, "m", 2, "o", 3).query().any_of[0].tags.size(), 3u);
}

}  // namespace
