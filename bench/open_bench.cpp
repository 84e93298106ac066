// Opening a store of many streams, and what it holds in memory: 20 million events in 5 million streams, 1,000 of them
// with 1,000 events each, one tag a stream; opened after a clean stop and after a kill, from a warm and a cold cache.
//
//   N=20000000 STREAMS=5000000 DIR=. bench_open
#include <sys/wait.h>

#include <random>
#include <semaphore>
#include <thread>

#include "bench.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

using namespace daybook;
using namespace daybook::bench;

namespace {

std::unique_ptr<runtime::DiskLog> open_log(const std::string& store) {
  auto disk = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
  if (!disk) die(disk.error().message);
  return std::move(*disk);
}

// Long streams: LONG of them, each with 1,000 events; the rest is spread over the others in turn.
struct Shape {
  std::uint64_t events, streams, long_streams, long_events = 1000;
};

std::string stream_name(std::uint64_t i) { return fmt::format("Account-{:08}", i); }

void fill(EventLog& log, const Shape& shape) {
  std::counting_semaphore<> window(16);
  std::vector<std::string> names(1000), tags(1000);
  std::vector<std::string_view> tag_views(1000);
  std::vector<NewEvent> batch(1000);
  const auto long_total = shape.long_streams * shape.long_events;
  const auto every = std::max<std::uint64_t>(shape.events / std::max<std::uint64_t>(long_total, 1), 1);
  std::uint64_t in_long = 0, in_short = 0;
  for (std::uint64_t i = 0; i < shape.events;) {
    for (std::size_t k = 0; k < batch.size(); ++k, ++i) {
      const bool lengthy = i % every == 0 && in_long < long_total;
      const auto stream = lengthy ? in_long++ % shape.long_streams
                                  : shape.long_streams + in_short++ % (shape.streams - shape.long_streams);
      names[k] = stream_name(stream);
      tags[k] = fmt::format("owner:{}", stream);
      tag_views[k] = tags[k];
      batch[k] = {.stream = names[k],
                  .type = "Moved",
                  .data = payload(i).substr(0, 64),
                  .tags = {&tag_views[k], 1},
                  .content_type = ContentType::Binary};
    }
    window.acquire();
    log.append({.events = batch}, [&](Result<Appended> done) {
      if (!done) die(done.error().message);
      window.release();
    });
  }
  for (int i = 0; i < 16; ++i) window.acquire();
}

// Anonymous memory of this process, in bytes (RssAnon of /proc/self/status).
std::uint64_t anonymous() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  std::uint64_t kib = 0;
  while (status && std::fgets(line, sizeof line, status)) std::sscanf(line, "RssAnon: %lu kB", &kib);
  if (status) std::fclose(status);
  return kib * 1024;
}

double opening(const std::string& store) {
  const auto began = Steady::now();
  auto disk = open_log(store);
  const auto took = since(began);
  (void)disk->close();
  return took;
}

// Nothing is wanted of a cold cache: that is the device.
void print_opening(std::string_view figure, const std::string& store, double wanted, std::string_view cache) {
  const auto limit = wanted > 0 ? fmt::format(R"("wanted":{},)", wanted) : std::string();
  fmt::print(R"({{"figure":"{}","seconds":{:.3f},{}"cache":"{}"}})"
             "\n",
             figure, opening(store), limit, cache);
  std::fflush(stdout);
}

// A child appends as fast as it can, and is killed in the middle of it.
void kill_a_writer(const std::string& store, const Shape& shape) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto disk = open_log(store);
    fill(disk->log(), {UINT64_MAX / 2, shape.streams, 1});
    std::_Exit(0);
  }
  std::this_thread::sleep_for(std::chrono::seconds(3));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// False where only root may, and this is not root.
bool drop_caches() {
  ::sync();
  std::FILE* drop = std::fopen("/proc/sys/vm/drop_caches", "w");
  if (!drop) return false;
  std::fputs("3\n", drop);
  return std::fclose(drop) == 0;
}

}  // namespace

static void warm(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  std::vector<char> buffer(1u << 20);
  while (fd >= 0 && ::read(fd, buffer.data(), buffer.size()) > 0) continue;
  ::close(fd);
}

static void print_last_10(const EventLog& log, const Shape& shape, int samples, std::string_view cache) {
  std::mt19937_64 random(7);
  std::vector<double> latencies;
  for (int i = 0; i < samples; ++i) {
    const auto name = stream_name(random() % shape.streams);
    const auto began = Steady::now();
    auto cursor = log.read_stream(name, {.direction = Direction::Backwards, .from_end = true});
    if (!cursor) die(cursor.error().message);
    for (int k = 0; k < 10; ++k) {
      const auto event = (*cursor)->next();
      if (!event) die(event.error().message);
      if (!*event) break;
    }
    latencies.push_back(since(began));
  }
  const auto p = percentiles(latencies);
  fmt::print(R"({{"figure":"last_10_of_a_stream","p50_us":{:.1f},"p99_us":{:.1f},"wanted_p99_us":1000,"cache":"{}"}})"
             "\n",
             p.p50 * 1e6, p.p99 * 1e6, cache);
}

// In a process of its own, so that what the allocator kept from before is not counted.
int measure_memory(const std::string& store, const Shape& shape);

int main(int argc, char** argv) {
  const Shape shape{setting("N", 20'000'000), setting("STREAMS", 5'000'000), setting("LONG", 1000)};
  if (argc > 1) return measure_memory(argv[1], shape);
  const Scratch scratch;
  const auto store = scratch / "store";
  {
    auto disk = open_log(store);
    const auto began = Steady::now();
    fill(disk->log(), shape);
    std::fprintf(stderr, "filled %lu events in %.1f s\n", shape.events, since(began));
    if (auto done = disk->close(); !done) die(done.error().message);
  }
  print_opening("open_clean", store, 0.3, "warm");
  kill_a_writer(store, shape);
  print_opening("open_killed", store, 2.0, "warm");
  if (drop_caches()) print_opening("open_clean", store, 0, "cold");
  kill_a_writer(store, shape);
  if (drop_caches()) print_opening("open_killed", store, 0, "cold");

  std::fflush(stdout);
  const pid_t reader = ::fork();
  if (reader == 0) ::execl("/proc/self/exe", argv[0], store.c_str(), nullptr);
  int status = 0;
  ::waitpid(reader, &status, 0);
  return WEXITSTATUS(status);
}

int measure_memory(const std::string& store, const Shape& shape) {
  auto disk = open_log(store);
  const auto& log = disk->log();
  const auto streams = static_cast<double>(shape.streams);
  auto at_first = anonymous();
  const auto print_grown = [&](std::string_view figure, std::string_view a_second, double seconds) {
    const auto now = anonymous();
    const auto memory = disk->details().memory();
    fmt::print(
        R"({{"figure":"{}","anonymous_bytes_each":{:.1f},"grown_by_touching":{:.1f},"wanted":64,"index_anonymous_bytes_each":{:.1f},"mapped_bytes_of_all_indexes_each":{:.1f},"{}":{:.0f}}})"
        "\n",
        figure, static_cast<double>(now) / streams, static_cast<double>(now - std::min(at_first, now)) / streams,
        static_cast<double>(memory.anonymous) / streams, static_cast<double>(memory.mapped) / streams, a_second,
        streams / seconds);
    at_first = now;
  };

  auto began = Steady::now();
  for (std::uint64_t i = 0; i < shape.streams; ++i)
    if (const auto head = log.head(stream_name(i)); !head || !*head) die("a stream is missing");
  print_grown("memory_of_a_stream", "heads_per_second", since(began));

  began = Steady::now();
  for (std::uint64_t i = 0; i < shape.streams; ++i) {
    const auto cursor = log.read({.filter = Query{{{.tags = {fmt::format("owner:{}", i)}}}}});
    if (!cursor) die(cursor.error().message);
    if (const auto event = (*cursor)->next(); !event || !*event) die("a tag is missing");
  }
  print_grown("memory_of_a_tag", "first_events_per_second", since(began));

  // Ids are indexed once somebody asks for one: what the 1,000,000 remembered take then, and how long that takes.
  began = Steady::now();
  if (const auto known = log.find_command(Uuid{}); !known || *known) die("a command is known that never was");
  const auto ids_seconds = since(began);
  fmt::print(R"({{"figure":"memory_of_remembered_ids","grown_mib":{:.1f},"first_question_seconds":{:.3f}}})"
             "\n",
             static_cast<double>(anonymous() - std::min(at_first, anonymous())) / (1u << 20), ids_seconds);

  print_last_10(disk->log(), shape, 2'000, "partly cold");
  for (const auto& file : std::filesystem::directory_iterator(store + "/log")) warm(file.path());
  print_last_10(disk->log(), shape, 20'000, "warm");
  return 0;
}
