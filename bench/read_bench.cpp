// Reading from the page cache on one core: a whole log with every checksum verified, and folding typed events into a
// state.
//
//   N=2000000 DIR=. bench_read
#include <semaphore>

#include "bench.hpp"
#include "daybook/daybook.hpp"
#include "daybook/open.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

namespace {

struct Moved {
  std::int64_t cents = 0;
  std::int32_t teller = 0;
  bool cash = false;
};
struct Till {
  using Event = std::variant<Moved>;
  std::int64_t cents = 0;
  std::uint64_t count = 0;
};
void evolve(Till& till, const Moved& e) {
  till.cents += e.cents;
  ++till.count;
}
static_assert(daybook::Aggregate<Till>);

using namespace daybook;
using namespace daybook::bench;

void read_all(const std::string& store, std::uint64_t n) {
  auto disk = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
  if (!disk) die(disk.error().message);
  std::counting_semaphore<> window(8);
  std::vector<NewEvent> events(1000);
  for (std::uint64_t i = 0; i < n; i += events.size()) {
    const auto stream = fmt::format("bench-{}", i);
    for (std::size_t k = 0; k < events.size(); ++k)
      events[k] = {.stream = stream, .type = "Benched", .data = payload(i + k), .content_type = ContentType::Binary};
    window.acquire();
    (*disk)->log().append({.events = events}, [&](Result<Appended> done) {
      if (!done) die(done.error().message);
      window.release();
    });
  }
  for (int i = 0; i < 8; ++i) window.acquire();
  double best = 0, raw = 0;
  for (int round = 0; round < 3; ++round) {
    auto cursor = (*disk)->log().read({});
    if (!cursor) die(cursor.error().message);
    std::uint64_t count = 0, bytes = 0;
    const auto began = Steady::now();
    for (;;) {
      const auto event = (*cursor)->next();
      if (!event) die(event.error().message);
      if (!*event) break;
      ++count;
      bytes += (*event)->data.size();
    }
    const auto took = since(began);
    if (count != n || bytes != n * kPayloadBytes) die("not everything was read");
    best = std::max(best, static_cast<double>(count) / took);
    // The same files by pread alone, a megabyte at a time.
    const auto raw_began = Steady::now();
    std::vector<char> buffer(1u << 20);
    for (const auto& file : std::filesystem::directory_iterator(store + "/log")) {
      if (file.path().extension() != ".seg") continue;
      const int fd = ::open(file.path().c_str(), O_RDONLY);
      for (off_t at = 0;; at += static_cast<off_t>(buffer.size()))
        if (::pread(fd, buffer.data(), buffer.size(), at) < static_cast<ssize_t>(buffer.size())) break;
      ::close(fd);
    }
    raw = std::max(raw, static_cast<double>(n) / since(raw_began));
  }
  fmt::print(
      R"({{"figure":"read_all","events_per_second":{:.0f},"wanted":6000000,"raw_pread_events_per_second":{:.0f},"ratio":{:.2f}}})"
      "\n",
      best, raw, best / raw);
  std::fflush(stdout);
}

void fold(const std::string& directory, std::uint64_t n, Payload payload, double wanted) {
  auto opened = daybook::open(directory, {.payload = payload,
                                          .snapshot_every = {.events = UINT64_MAX, .time = std::chrono::hours(1'000)},
                                          .cache_bytes = 0});
  if (!opened) die(opened.error().message);
  auto till = opened->stream<Till>("one");
  for (std::uint64_t i = 0; i < n;) {
    Batch batch(*opened);
    for (int k = 0; k < 1000; ++k, ++i)
      batch.add(till, Moved{static_cast<std::int64_t>(i % 10'000), static_cast<std::int32_t>(i % 17), i % 2 == 0});
    if (auto done = opened->append(std::move(batch)); !done) die("append failed");
  }
  double best = 0;
  for (int round = 0; round < 3; ++round) {
    const auto began = Steady::now();
    const auto state = till.state(Revision{n - 1});
    if (!state) die(state.error().message);
    if (state->count != n) die("not everything was folded");
    best = std::max(best, static_cast<double>(n) / since(began));
  }
  fmt::print(R"({{"figure":"fold_{}","events_per_second":{:.0f},"wanted":{:.0f}}})"
             "\n",
             payload == Payload::Avro ? "avro" : "json", best, wanted);
  std::fflush(stdout);
}

}  // namespace

int main() {
  const auto n = setting("N", 2'000'000);
  const Scratch scratch;
  read_all(scratch / "log", n);
  fold(scratch / "avro", n / 2, Payload::Avro, 4e6);
  fold(scratch / "json", n / 2, Payload::Json, 1e6);
}
