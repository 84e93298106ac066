// What deciding allocates, counted: the events of a decide that writes into a sink are to cost nothing but themselves.
#include <cstdlib>
#include <new>

#include "engine/test_bank.hpp"

namespace {
thread_local std::size_t allocations = 0;

[[gnu::noinline]] void* counted(std::size_t size) {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
// Not inlined, so that the compiler does not see a `free` of what came from `new`.
[[gnu::noinline]] void release(void* at) { std::free(at); }
}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads, cppcoreguidelines-no-malloc): this is how allocations are counted
void* operator new(std::size_t size) {
  if (void* at = counted(size)) return at;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* at) noexcept { release(at); }
void operator delete(void* at, std::size_t) noexcept { release(at); }
void operator delete(void* at, const std::nothrow_t&) noexcept { release(at); }
// NOLINTEND(misc-new-delete-overloads, cppcoreguidelines-no-malloc)

namespace exchange {

struct Traded {
  std::int64_t price = 0, quantity = 0;
};
struct Book {
  using Event = std::variant<Traded>;
  std::int64_t volume = 0;
};
inline void evolve(Book& b, const Traded& e) { b.volume += e.quantity; }

std::size_t allocated_by_decide = 0;

struct Sweep {
  int levels = 0;
};
struct NothingToSweep {};
inline daybook::Verdict decide(const Book&, const Sweep& c, daybook::Sink<Book>& out) {
  const auto before = allocations;
  for (int i = 0; i < c.levels; ++i) out.emit(Traded{100 + i, 1});
  allocated_by_decide = allocations - before;
  if (c.levels == 0) return daybook::refuse(NothingToSweep{});
  return daybook::accepted;
}

}  // namespace exchange

namespace daybook::engine {
namespace {

using exchange::allocated_by_decide;

TEST(Allocations, deciding_into_a_sink_allocates_nothing_once_a_buffer_is_there) {
  SteppedBed bed;
  auto book = bed.store->stream<exchange::Book>("gold");
  int ok = 0;
  const auto sweep = [&](int levels) {
    allocated_by_decide = SIZE_MAX;
    book.submit(exchange::Sweep{levels}, [&](const Outcome& o) { ok += bool(o); });
    return allocated_by_decide;
  };
  EXPECT_GT(sweep(100), 0u) << "nothing is counted";
  bed.run();
  EXPECT_EQ(sweep(100), 0u);
  bed.run();
  EXPECT_EQ(sweep(0), 0u);  // refused
  EXPECT_EQ(sweep(100), 0u);
  EXPECT_GT(sweep(100), 0u) << "the one buffer holds what is not durable yet";
  bed.run();
  EXPECT_EQ(sweep(50), 0u);
  EXPECT_EQ(sweep(100), 0u) << "there are two by now";
  bed.run();
  EXPECT_EQ(ok, 6);
  EXPECT_EQ(book.state()->volume, 550);
}

}  // namespace
}  // namespace daybook::engine
