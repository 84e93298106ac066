#include "daybook/given.hpp"
#include "engine/test_bank.hpp"

namespace cinema {

struct SeatBooked {
  std::string film, seat, who;
};
struct SeatReleased {
  std::string film, seat;
};
inline daybook::Tags tags(const SeatBooked& e) { return {{"film", e.film}, {"seat", e.seat}}; }
inline daybook::Tags tags(const SeatReleased& e) { return {{"film", e.film}, {"seat", e.seat}}; }
struct BookSeat {
  std::string film, seat, who;
};
struct SeatTaken {
  std::string by;
};
struct Seat {
  using Event = std::variant<SeatBooked, SeatReleased>;
  std::string by;
};
inline void evolve(Seat& s, const SeatBooked& e) { s.by = e.who; }
inline void evolve(Seat& s, const SeatReleased&) { s.by.clear(); }
inline daybook::Decision<Seat> decide(const Seat& s, const BookSeat& c) {
  if (!s.by.empty()) return daybook::refuse(SeatTaken{s.by});
  return SeatBooked{c.film, c.seat, c.who};
}

}  // namespace cinema

namespace school {

// A rule that is no aggregate's: how many may be in a course is the course's affair, in how many a student is the
// student's. What is decided belongs to one of them.
struct CourseDefined {
  std::string course;
  std::int64_t capacity = 0;
};
struct CourseRenamed {
  std::string course, name;
};
struct Subscribed {
  std::string course, student;
};
struct Matriculated {
  std::string student;
};
inline daybook::Tags tags(const CourseDefined& e) { return {{"course", e.course}}; }
inline daybook::Tags tags(const CourseRenamed& e) { return {{"course", e.course}}; }
inline daybook::Tags tags(const Subscribed& e) { return {{"course", e.course}, {"student", e.student}}; }
inline daybook::Tags tags(const Matriculated& e) { return {{"student", e.student}}; }

struct Course {
  using Event = std::variant<CourseDefined, CourseRenamed>;
};
inline void evolve(Course&, const CourseDefined&) {}
inline void evolve(Course&, const CourseRenamed&) {}
struct Student {
  using Event = std::variant<Matriculated, Subscribed>;
  int courses = 0;
};
inline void evolve(Student&, const Matriculated&) {}
inline void evolve(Student& s, const Subscribed&) { ++s.courses; }

struct Enrolment {
  using Reads = daybook::from<Course, Student>;
  using Event = std::variant<CourseDefined, Subscribed>;
  std::map<std::string, std::int64_t> capacity, in_course, of_student;
};
inline void evolve(Enrolment& s, const CourseDefined& e) { s.capacity[e.course] = e.capacity; }
inline void evolve(Enrolment& s, const Subscribed& e) { ++s.in_course[e.course], ++s.of_student[e.student]; }

struct Subscribe {
  std::string course, student;
};
struct NoSuchCourse {};
struct CourseFull {
  std::int64_t capacity = 0;
};
struct TooManyCourses {};
inline daybook::Decision<Enrolment> decide(const Enrolment& s, const Subscribe& c) {
  const auto count = [](const auto& map, const std::string& key) { return map.contains(key) ? map.at(key) : 0; };
  if (!s.capacity.contains(c.course)) return daybook::refuse(NoSuchCourse{});
  if (count(s.in_course, c.course) >= s.capacity.at(c.course))
    return daybook::refuse(CourseFull{s.capacity.at(c.course)});
  if (count(s.of_student, c.student) >= 2) return daybook::refuse(TooManyCourses{});
  return Subscribed{c.course, c.student};
}
inline auto enrolment(const std::string& course, const std::string& student) {
  return daybook::events<CourseDefined, Subscribed>().tagged("course", course) |
         daybook::events<Subscribed>().tagged("student", student);
}

}  // namespace school

namespace daybook::engine {
namespace {

struct BoundaryTest : testing::Test, LiveBed {
  auto seat(const std::string& film, const std::string& number) {
    return store.boundary<cinema::Seat>(
        events<cinema::SeatBooked, cinema::SeatReleased>().tagged("film", film, "seat", number));
  }
};

TEST_F(BoundaryTest, tags_as_long_as_they_may_be_are_no_trouble) {
  const std::string film(251, 'x'), number(251, 'y');
  EXPECT_TRUE(seat(film, number).execute(cinema::BookSeat{film, number, "alice"}));
  EXPECT_EQ(seat(film, number).execute(cinema::BookSeat{film, number, "bob"}).refused<cinema::SeatTaken>()->by,
            "alice");
  EXPECT_LE(log->events().back().stream.size(), kHardLimits.stream_name_bytes);
}

TEST_F(BoundaryTest, a_boundary_decides_on_what_matches_and_on_nothing_else) {
  EXPECT_TRUE(seat("Alien", "12A").execute(cinema::BookSeat{"Alien", "12A", "alice"}));
  EXPECT_TRUE(seat("Alien", "12B").execute(cinema::BookSeat{"Alien", "12B", "bob"}));
  EXPECT_TRUE(seat("Brazil", "12A").execute(cinema::BookSeat{"Brazil", "12A", "bob"}));
  const auto taken = seat("Alien", "12A").execute(cinema::BookSeat{"Alien", "12A", "carol"});
  ASSERT_TRUE(taken.refused<cinema::SeatTaken>());
  EXPECT_EQ(taken.refused<cinema::SeatTaken>()->by, "alice");
  EXPECT_EQ(seat("Alien", "12A").state()->by, "alice");
  EXPECT_EQ(log->events().back().stream, "Seat-film:Brazil,seat:12A");
}

TEST_F(BoundaryTest, of_many_that_want_one_seat_one_gets_it) {
  std::atomic<int> got = 0, refused = 0;
  {
    std::vector<std::jthread> people;
    for (int i = 0; i < 8; ++i)
      people.emplace_back([&, i] {
        const auto o = seat("Alien", "12A")
                           .execute(cinema::BookSeat{"Alien", "12A", std::to_string(i)},
                                    {.on_conflict = i % 2 ? OnConflict(Queue{}) : OnConflict(Retry{100})});
        ++(o ? got : refused);
        EXPECT_TRUE(o || o.refused<cinema::SeatTaken>()) << told(o);
      });
  }
  EXPECT_EQ(got, 1);
  EXPECT_EQ(refused, 7);
}

TEST_F(BoundaryTest, overlapping_boundaries_see_each_other) {
  auto film = store.boundary<cinema::Seat>(events<cinema::SeatBooked>().tagged("film", "Alien"));
  EXPECT_TRUE(seat("Alien", "1").execute(cinema::BookSeat{"Alien", "1", "alice"}));
  EXPECT_TRUE(film.execute(cinema::BookSeat{"Alien", "2", "bob"}).refused<cinema::SeatTaken>());
}

// ---- across aggregates -------------------------------------------------------------------------------------------

using namespace school;

struct EnrolmentTest : BoundaryTest {
  Outcome subscribe(const std::string& course, const std::string& student, const CommandOptions& how = {}) {
    return store.boundary<Enrolment>(enrolment(course, student)).execute(Subscribe{course, student}, how);
  }
  void define(const std::string& course, std::int64_t capacity) {
    ASSERT_TRUE(store.stream<Course>(course).append(CourseDefined{course, capacity}));
  }
};

TEST_F(EnrolmentTest, a_boundary_may_cross_aggregates) {
  EXPECT_TRUE(subscribe("maths", "ann").refused<NoSuchCourse>());
  define("maths", 2);
  for (const char* other : {"art", "latin"}) define(other, 10);
  EXPECT_TRUE(subscribe("maths", "ann"));
  EXPECT_TRUE(subscribe("maths", "bob"));
  EXPECT_EQ(subscribe("maths", "eve").refused<CourseFull>()->capacity, 2);
  EXPECT_TRUE(subscribe("art", "ann"));
  EXPECT_TRUE(subscribe("latin", "ann").refused<TooManyCourses>());
  EXPECT_TRUE(subscribe("latin", "eve"));
}

TEST_F(EnrolmentTest, what_it_decides_goes_to_a_stream_of_the_aggregate_whose_event_it_is) {
  define("maths", 2);
  ASSERT_TRUE(subscribe("maths", "ann"));
  EXPECT_EQ(log->events().back().type, "Subscribed");
  EXPECT_EQ(category_of(log->events().back().stream), "Student");
  auto one = store.boundary<Enrolment>(events<CourseDefined, Subscribed>().tagged("course", "maths"));
  ASSERT_TRUE(one.execute(Subscribe{"maths", "bob"}));
  EXPECT_EQ(log->events().back().stream, "Student-course:maths");
  EXPECT_EQ(one.state()->in_course.at("maths"), 2);
  EXPECT_EQ(store.stream<Student>("course:maths").state()->courses, 1);
}

TEST_F(EnrolmentTest, events_that_its_state_does_not_list_are_none_of_its_affair) {
  define("maths", 2);
  ASSERT_TRUE(store.stream<Course>("maths").append(CourseRenamed{"maths", "Mathematics"}));
  ASSERT_TRUE(store.stream<Student>("ann").append(Matriculated{"ann"}));
  EXPECT_TRUE(subscribe("maths", "ann", {.on_conflict = Fail{}}));
  auto all_tagged = store.boundary<Enrolment>(events<>().tagged("course", "maths"));
  EXPECT_EQ(all_tagged.state()->in_course.at("maths"), 1);
}

TEST_F(EnrolmentTest, a_course_is_never_overbooked_however_many_want_into_it_at_once) {
  define("maths", 3);
  std::atomic<int> in = 0, out = 0;
  {
    std::vector<std::jthread> students;
    for (int i = 0; i < 8; ++i)
      students.emplace_back([&, i] {
        const auto o = subscribe("maths", std::to_string(i),
                                 {.on_conflict = i % 2 ? OnConflict(Queue{}) : OnConflict(Retry{1'000})});
        ++(o ? in : out);
        EXPECT_TRUE(o || o.refused<CourseFull>()) << o.message();
      });
  }
  EXPECT_EQ(in, 3);
  EXPECT_EQ(out, 5);
}

TEST(InCategories, an_alternative_without_one_is_asked_of_each_that_has_its_types) {
  const auto placed = [](Query query) {
    return daybook::detail::in_categories(query, daybook::detail::entries_of<Enrolment>);
  };
  using One = Query::Alternative;
  EXPECT_EQ(placed(events<Subscribed>().tagged("n", 1)), (Query{{One{{"Student"}, {"Subscribed"}, {"n:1"}}}}));
  EXPECT_EQ(placed({}), (Query{{One{{"Course"}, {"CourseDefined"}, {}}, One{{"Student"}, {"Subscribed"}, {}}}}));
  EXPECT_EQ(placed({{One{{"Course"}, {"Subscribed"}, {}}}}), (Query{{One{{"Course"}, {"Subscribed"}, {}}}}));
  EXPECT_EQ(placed({{One{{}, {"Expelled", "Subscribed"}, {}}}}),
            (Query{{One{{"Student"}, {"Subscribed"}, {}}, One{{"Course", "Student"}, {"Expelled"}, {}}}}));
}

TEST(Given, a_boundary_across_aggregates_can_be_tested_without_a_store) {
  given_events(CourseDefined{"maths", 1}, Subscribed{"art", "ann"}, Matriculated{"ann"})
      .boundary<Enrolment>(enrolment("maths", "ann"))
      .when(Subscribe{"maths", "ann"})
      .then(Subscribed{"maths", "ann"});
  given_events(CourseDefined{"maths", 1}, Subscribed{"maths", "bob"})
      .boundary<Enrolment>(enrolment("maths", "ann"))
      .when(Subscribe{"maths", "ann"})
      .refused(CourseFull{1});
  given_events(CourseDefined{"maths", 1}, Subscribed{"art", "ann"}, Subscribed{"latin", "ann"})
      .boundary<Enrolment>(enrolment("maths", "ann"))
      .when(Subscribe{"maths", "ann"})
      .refused<TooManyCourses>();
}

}  // namespace
}  // namespace daybook::engine
