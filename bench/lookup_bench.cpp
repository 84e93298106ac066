// Looking up a stream or a tag in a store of many segments: one that nobody has, and one that only an old segment has;
// without guides, and with them. And appending to streams that nobody had, whose conditions ask the same.
//
//   SEGMENTS=1000 SEGMENT_BYTES=1048576 DIR=. bench_lookup
#include <random>
#include <thread>

#include "bench.hpp"
#include "io/posix_file.hpp"
#include "log/guide.hpp"
#include "runtime/disk_log.hpp"

using namespace daybook;
using namespace daybook::bench;

namespace {

struct Shape {
  std::uint64_t segments, segment_bytes;
};

std::unique_ptr<runtime::DiskLog> open_writer(const std::string& store, const Shape& shape) {
  auto disk = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(),
                                     {.segment_bytes = shape.segment_bytes, .seal_on_close_bytes = 0});
  if (!disk) die(disk.error().message);
  return std::move(*disk);
}

std::string stream_name(std::uint64_t i) { return fmt::format("Account-{:08}", i); }

// Every stream has two events, side by side, and a tag of its own.
void append_streams(EventLog& log, std::uint64_t from, std::uint64_t count) {
  std::vector<std::string> names(count), tags(count);
  std::vector<std::string_view> tag_views(count);
  std::vector<NewEvent> batch;
  for (std::uint64_t k = 0; k < count; ++k) {
    names[k] = stream_name(from + k);
    tags[k] = fmt::format("owner:{}", from + k);
    tag_views[k] = tags[k];
    for (int twice = 0; twice < 2; ++twice)
      batch.push_back({.stream = names[k],
                       .type = "Moved",
                       .data = payload(from + k).substr(0, 64),
                       .tags = {&tag_views[k], 1},
                       .content_type = ContentType::Binary});
  }
  Flag flag;
  log.append({.events = batch}, [&](Result<Appended> done) {
    if (!done) die(done.error().message);
    flag.raise();
  });
  flag.wait();
}

std::size_t segments_in(const runtime::DiskLog& disk) { return disk.details().catalog().segments()->size(); }

// How many guides there will be once the tending thread has nothing left to do.
std::size_t guides_of(std::size_t sealed) {
  std::size_t all = 0;
  while (sealed > 0) all += sealed /= log::Guide::kChildren;
  return all;
}

void remove_guides(const std::string& store) {
  for (const auto& file : std::filesystem::directory_iterator(store + "/log"))
    if (file.path().filename().string().find(".guide") != std::string::npos) std::filesystem::remove(file.path());
}

template <class Look>
void print_latency(std::string_view figure, std::size_t segments, std::size_t guides, const Look& look) {
  std::vector<double> seconds;
  constexpr int kSamples = 2'000;
  for (int i = 0; i < kSamples; ++i) {
    const auto began = Steady::now();
    look(i);
    seconds.push_back(since(began));
  }
  const auto p = percentiles(seconds);
  fmt::print(R"({{"figure":"{}","segments":{},"guides":{},"p50_us":{:.1f},"p99_us":{:.1f}}})"
             "\n",
             figure, segments, guides, p.p50 * 1e6, p.p99 * 1e6);
  std::fflush(stdout);
}

// By a reader, which makes no guides.
void print_lookups(const std::string& store, std::uint64_t streams) {
  auto disk = runtime::DiskLog::follow(io::posix_files(), store, {});
  if (!disk) die(disk.error().message);
  const auto& log = (*disk)->log();
  const auto segments = segments_in(**disk);
  const auto memory = (*disk)->details().memory();
  std::mt19937_64 random(7);
  // The first look at each block of an index checks it: that is paid once, before.
  for (int i = 0; i < 2'000; ++i) (void)log.head(fmt::format("Nobody-{}", random()));
  print_latency("a_stream_nobody_has", segments, memory.guides, [&](int i) {
    if (const auto head = log.head(fmt::format("Nobody-{}", i)); !head || *head) die("there is a stream that is not");
  });
  print_latency("a_stream_of_an_old_segment", segments, memory.guides, [&](int) {
    if (const auto head = log.head(stream_name(random() % (streams / 16))); !head || !*head) die("a stream is missing");
  });
  print_latency("a_tag_nobody_has", segments, memory.guides, [&](int i) {
    const auto cursor = log.read({.filter = Query{{{.tags = {fmt::format("nobody:{}", i)}}}}});
    if (!cursor) die(cursor.error().message);
    if (const auto event = (*cursor)->next(); !event || *event) die("there is an event that is not");
  });
  fmt::print(
      R"({{"figure":"memory_of_indexes","guides":{},"anonymous_bytes_a_stream":{:.2f},"mapped_bytes_a_stream":{:.0f},"of_guides_anonymous":{:.3f},"of_guides_mapped":{:.1f}}})"
      "\n",
      memory.guides, static_cast<double>(memory.anonymous) / static_cast<double>(streams),
      static_cast<double>(memory.mapped) / static_cast<double>(streams),
      static_cast<double>(memory.guides_anonymous) / static_cast<double>(streams),
      static_cast<double>(memory.guides_mapped) / static_cast<double>(streams));
  std::fflush(stdout);
}

void print_appends(EventLog& log, std::size_t segments, std::size_t guides, std::uint64_t from) {
  constexpr std::uint64_t kBatches = 5, kStreams = 500;
  const auto began = Steady::now();
  for (std::uint64_t i = 0; i < kBatches; ++i) append_streams(log, from + i * kStreams, kStreams);
  fmt::print(R"({{"figure":"batches_of_500_new_streams","segments":{},"guides":{},"streams_per_second":{:.0f}}})"
             "\n",
             segments, guides, static_cast<double>(kBatches * kStreams) / since(began));
  std::fflush(stdout);
}

}  // namespace

int main() {
  const Shape shape{setting("SEGMENTS", 1000), setting("SEGMENT_BYTES", 1u << 20)};
  const Scratch scratch;
  const auto store = scratch / "store";
  std::uint64_t streams = 0;
  {
    auto disk = open_writer(store, shape);
    const auto began = Steady::now();
    for (; segments_in(*disk) <= shape.segments; streams += 1000) append_streams(disk->log(), streams, 1000);
    std::fprintf(stderr, "filled %lu streams in %.1f s\n", streams, since(began));
    if (auto done = disk->close(); !done) die(done.error().message);
  }
  remove_guides(store);
  print_lookups(store, streams);
  {
    auto disk = open_writer(store, shape);
    const auto began = Steady::now();
    const auto wanted = guides_of(segments_in(*disk) - 1);
    while (disk->details().memory().guides < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    fmt::print(R"({{"figure":"making_guides","guides":{},"seconds":{:.3f}}})"
               "\n",
               wanted, since(began));
    print_appends(disk->log(), segments_in(*disk), wanted, streams);
    if (auto done = disk->close(); !done) die(done.error().message);
  }
  print_lookups(store, streams);
  return 0;
}
