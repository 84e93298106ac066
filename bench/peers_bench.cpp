// Daybook in the shape that event stores are compared in: batches of one client, single events of many, everything read
// once. bench/run-daybook.sh runs it.
//
//   bench_peers DIR N BATCH CLIENTS SECS
//
// From the environment: SPREAD (0: each batch is a new stream; S: events go round S streams) and PREPARE (1: the zeros
// of the first two segments are written while the store is opened, as StoreOptions::prepare does; 0: files grow until
// the store finds a quiet moment).
#include <thread>

#include "bench.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

using namespace daybook;
using namespace daybook::bench;

namespace {

void line(std::string_view what, std::uint64_t n, double seconds, std::string_view more) {
  fmt::print("daybook {} {:.0f} events/s  n {}  {}\n", what, static_cast<double>(n) / seconds, n, more);
  std::fflush(stdout);
}

// Appends and waits until it is durable, as a client that has nothing else to do.
void append_and_wait(EventLog& log, std::span<const NewEvent> events) {
  Flag done;
  log.append({.events = events}, [&](Result<Appended> result) {
    if (!result) die(result.error().message);
    done.raise();
  });
  done.wait();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) die("usage: bench_peers DIR N BATCH CLIENTS SECS");
  const std::uint64_t n = std::stoull(argv[2]), batch = std::stoull(argv[3]);
  const auto clients = std::stoul(argv[4]);
  const auto seconds = std::stod(argv[5]);
  const auto spread = setting("SPREAD", 0);
  runtime::DiskLogOptions options;
  options.prepare = setting("PREPARE", 1) != 0;
  auto began = Steady::now();
  auto opened =
      runtime::DiskLog::open(io::posix_files(), std::string(argv[1]) + "/store", runtime::system_clock(), options);
  if (!opened) die(opened.error().message);
  fmt::print("daybook opened in {:.2f} s, its files {}\n", since(began),
             options.prepare ? "prepared" : "growing at first");
  auto& log = (*opened)->log();

  std::vector<std::string> names(spread ? spread : 1);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("s-{}", i);
  std::vector<NewEvent> events(batch);
  began = Steady::now();
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < n;) {
    if (!spread) names[0] = fmt::format("bench-{}", i / batch);
    for (auto& event : events) {
      event = {.stream = spread ? names[i % spread] : names[0],
               .type = "E",
               .data = payload(i),
               .content_type = ContentType::Binary};
      ++i;
    }
    append_and_wait(log, events);
    total = i;
  }
  const auto took = since(began);
  line(fmt::format("append{}", batch), total, took, fmt::format("{:.2f} s", took));

  std::vector<std::vector<double>> latencies(clients);
  std::vector<std::thread> threads;
  threads.reserve(clients);
  began = Steady::now();
  for (std::size_t k = 0; k < clients; ++k)
    threads.emplace_back([&, k] {
      const auto stream = fmt::format("client-{}", k);
      for (std::uint64_t i = k; since(began) < seconds; i += clients) {
        const NewEvent event{.stream = stream, .type = "E", .data = payload(i), .content_type = ContentType::Binary};
        const auto sent = Steady::now();
        append_and_wait(log, {&event, 1});
        latencies[k].push_back(since(sent));
      }
    });
  for (auto& thread : threads) thread.join();
  const auto single = since(began);
  std::vector<double> all;
  for (const auto& l : latencies) all.insert(all.end(), l.begin(), l.end());
  total += all.size();
  const auto p = percentiles(all);
  line(fmt::format("single{}", clients), all.size(), single,
       fmt::format("p50 {:.0f} us  p99 {:.0f} us", p.p50 * 1e6, p.p99 * 1e6));

  began = Steady::now();
  auto cursor = log.read({});
  if (!cursor) die(cursor.error().message);
  std::uint64_t count = 0, bytes = 0;
  for (;;) {
    const auto event = (*cursor)->next();
    if (!event) die(event.error().message);
    if (!*event) break;
    ++count;
    bytes += (*event)->data.size();
  }
  const auto read = since(began);
  if (count != total || bytes != count * kPayloadBytes) die("read count differs");
  line("readall", count, read, fmt::format("{:.2f} s", read));
  if (auto closed = (*opened)->close(); !closed) die(closed.error().message);
}
