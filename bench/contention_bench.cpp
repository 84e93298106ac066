// Many writers on one stream: where deciding again (Retry) stops paying and standing in line (Queue) wins. Each writer
// is a thread that executes one command after the other and waits for its answer. Ends with an error if a count is lost
// or made up, or if a command that stood in line was told of a conflict.
//
//   SECS=3 DIR=. bench_contention
#include <atomic>
#include <thread>

#include "bench.hpp"
#include "daybook/daybook.hpp"
#include "daybook/open.hpp"

namespace {

struct Counted {
  std::int64_t by = 0;
};
struct Count {
  std::int64_t by = 0;
  std::atomic<std::uint64_t>* tries = nullptr;  // what a rule must not do, and a benchmark may: count how often it ran
};
struct Counter {
  using Event = std::variant<Counted>;
  std::int64_t value = 0;
};
void evolve(Counter& counter, const Counted& e) { counter.value += e.by; }
daybook::Decision<Counter> decide(const Counter&, const Count& c) {
  c.tries->fetch_add(1, std::memory_order_relaxed);
  return Counted{c.by};
}
static_assert(daybook::Aggregate<Counter>);

using namespace daybook;
using namespace daybook::bench;

void run(std::string_view name, const OnConflict& on_conflict, int writers, double seconds) {
  const Scratch scratch;
  auto store = daybook::open(scratch / "store");
  if (!store) die(store.error().message);
  std::atomic<std::uint64_t> done = 0, conflicts = 0, tries = 0;
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(writers));
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(writers));
  const auto began = Steady::now();
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      auto counter = store->stream<Counter>("one");
      while (since(began) < seconds) {
        const auto sent = Steady::now();
        const auto answer = counter.execute(Count{1, &tries}, {.on_conflict = on_conflict});
        latencies[static_cast<std::size_t>(w)].push_back(since(sent));
        if (answer)
          ++done;
        else if (answer.error().code == ErrorCode::Conflict)
          ++conflicts;
        else
          die(answer.error().message);
      }
    });
  for (auto& thread : threads) thread.join();
  const auto took = since(began);
  const auto state = store->stream<Counter>("one").state();
  if (!state || state->value != static_cast<std::int64_t>(done.load())) die("the count is not what was acknowledged");
  const auto head = store->log().head("Counter-one");
  if (!head || !*head || (*head)->revision.value + 1 != done) die("there are other events than were acknowledged");
  if (std::holds_alternative<Queue>(on_conflict) && conflicts > 0) die("a command that stood in line met a conflict");
  std::vector<double> all;
  for (const auto& l : latencies) all.insert(all.end(), l.begin(), l.end());
  const auto p = percentiles(all);
  fmt::print(
      R"({{"figure":"contention_{}","writers":{},"commands_per_second":{:.0f},"given_up_per_second":{:.0f},"tries_per_command":{:.2f},"p50_us":{:.0f},"p99_us":{:.0f}}})"
      "\n",
      name, writers, static_cast<double>(done) / took, static_cast<double>(conflicts) / took,
      static_cast<double>(tries) / static_cast<double>(done + conflicts), p.p50 * 1e6, p.p99 * 1e6);
  std::fflush(stdout);
}

}  // namespace

int main() {
  const auto seconds = static_cast<double>(setting("SECS", 3));
  for (const int writers : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
    run("retry", Retry{100}, writers, seconds);
    run("queue", Queue{}, writers, seconds);
  }
}
