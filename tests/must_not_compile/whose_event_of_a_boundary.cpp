// An event that two of the aggregates which a boundary reads can have: it would not be known whose it is, if decided.
// expect: whose would it be, if it were decided
// expect: E = Renamed|category_of_owner<Renamed
#include <daybook/store.hpp>

struct Renamed {};
struct Enrolled {};
struct Course {
#ifdef MISTAKE
  using Event = std::variant<Renamed>;
#else
  using Event = std::variant<Enrolled>;
#endif
};
void evolve(Course&, const Renamed&) {}
void evolve(Course&, const Enrolled&) {}
struct Student {
  using Event = std::variant<Renamed>;
};
void evolve(Student&, const Renamed&) {}

struct Enrolment {
  using Reads = daybook::from<Course, Student>;
  using Event = std::variant<Renamed>;
};
void evolve(Enrolment&, const Renamed&) {}
struct Rename {};
daybook::Decision<Enrolment> decide(const Enrolment&, const Rename&) { return Renamed{}; }

void rename(const daybook::Store& store) { (void)store.boundary<Enrolment>(daybook::Query{}).execute(Rename{}); }
