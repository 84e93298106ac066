// From the acknowledgement of an event to its being seen by a reader in another process, one event at a time at a
// steady pace; and what a tail costs that has nothing to see.
//
//   RATE=1000 SECS=10 IDLE=5 DIR=. bench_tail
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <new>
#include <span>
#include <thread>

#include "bench.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

using namespace daybook;
using namespace daybook::bench;

namespace {

// What the two processes share. The clock is one for both: CLOCK_MONOTONIC.
struct Seen {
  std::atomic<std::uint64_t> ready;       // the reader waits for its first event
  std::atomic<std::int64_t> idle_cpu_ns;  // of the reader while there was nothing
};

std::int64_t now_ns() { return std::chrono::nanoseconds(Steady::now().time_since_epoch()).count(); }

std::int64_t cpu_ns() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& t) { return (t.tv_sec * 1'000'000 + t.tv_usec) * 1'000; };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// The process that follows, to the last event.
[[noreturn]] void follow(const std::string& store, Seen& seen, std::span<std::int64_t> at_ns,
                         std::chrono::seconds idle) {
  auto disk = runtime::DiskLog::follow(io::posix_files(), store, {});
  if (!disk) die(disk.error().message);
  const auto& log = (*disk)->log();
  auto cursor = log.read({});
  if (!cursor) die(cursor.error().message);
  seen.ready = 1;
  const auto before = cpu_ns();
  if (log.wait_past({0}, Steady::now() + idle)) die("an event came before the writer began");
  seen.idle_cpu_ns = cpu_ns() - before;
  seen.ready = 2;
  for (std::uint64_t i = 0; i < at_ns.size();) {
    const auto event = (*cursor)->next();
    if (!event) die(event.error().message);
    if (*event)
      at_ns[i++] = now_ns();
    else
      (void)log.wait_past({i}, Steady::now() + std::chrono::hours(1));
  }
  std::_Exit(0);
}

}  // namespace

int main() {
  const auto rate = setting("RATE", 1'000);
  const auto events = rate * setting("SECS", 10);
  const std::chrono::seconds idle(setting("IDLE", 5));
  const Scratch scratch;
  const auto store = scratch / "store";
  const auto bytes = sizeof(Seen) + events * sizeof(std::int64_t);
  auto* shared = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) die("no shared memory");
  auto& seen = *::new (shared) Seen{};
  const std::span at_ns(reinterpret_cast<std::int64_t*>(&seen + 1), events);  // when each was seen, by position

  // The store is made and let go before the fork, so that no thread is there to be left out of the child.
  if (auto made = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {}); !made)
    die(made.error().message);
  const pid_t reader = ::fork();
  if (reader == 0) follow(store, seen, at_ns, idle);
  auto disk = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {.prepare = true});
  if (!disk) die(disk.error().message);
  while (seen.ready != 2) {
    if (int status = 0; ::waitpid(reader, &status, WNOHANG) != 0) die("the reader ended early");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  std::vector<std::int64_t> acknowledged(events);
  std::atomic<std::uint64_t> answered = 0;
  const auto began = Steady::now();
  for (std::uint64_t i = 0; i < events; ++i) {
    std::this_thread::sleep_until(began + std::chrono::nanoseconds(1'000'000'000 / rate) * i);
    const NewEvent event{.stream = "Paced-1", .type = "Paced", .data = payload(i), .content_type = ContentType::Binary};
    (*disk)->log().append({.events = {&event, 1}}, [&, i](Result<Appended> done) {
      if (!done) die(done.error().message);
      acknowledged[i] = now_ns();
      answered.fetch_add(1);
    });
  }
  int status = 0;
  ::waitpid(reader, &status, 0);
  if (status != 0) die("the reader failed");
  const auto took = since(began);
  if (auto done = (*disk)->close(); !done || answered != events) die("not all was acknowledged");

  std::vector<double> later;
  later.reserve(events);
  for (std::uint64_t i = 0; i < events; ++i)
    later.push_back(std::max(0.0, static_cast<double>(at_ns[i] - acknowledged[i]) / 1e9));
  const auto p = percentiles(later);
  fmt::print(
      R"({{"figure":"tail","events":{},"events_per_second":{:.0f},"acknowledged_to_seen_p50_us":{:.0f},"acknowledged_to_seen_p99_us":{:.0f},"wanted_p99_us":5000,"idle_cpu_ms":{:.3f},"idle_seconds":{}}})"
      "\n",
      events, static_cast<double>(events) / took, p.p50 * 1e6, p.p99 * 1e6, static_cast<double>(seen.idle_cpu_ns) / 1e6,
      idle.count());
  return 0;
}
