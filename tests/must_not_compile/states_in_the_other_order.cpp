// Two streams that are named in another order than the one in which decide takes their states.
// expect: the decide for this command takes these two states in the other order
// expect: C = Enroll; S = {Course, Student}|<Enroll, Course, Student>
#include <daybook/store.hpp>

struct Enrolled {};
struct Joined {};
struct Student {
  using Event = std::variant<Enrolled>;
};
void evolve(Student&, const Enrolled&) {}
struct Course {
  using Event = std::variant<Joined>;
};
void evolve(Course&, const Joined&) {}

struct Enroll {};
daybook::Decision<Student, Course> decide(const Student&, const Course&, const Enroll&) {
  return {Enrolled{}, Joined{}};
}

void enroll(const daybook::Store& store, const daybook::Stream<Student>& student,
            const daybook::Stream<Course>& course) {
#ifdef MISTAKE
  (void)store.execute(Enroll{}, course, student);
#else
  (void)store.execute(Enroll{}, student, course);
#endif
}
