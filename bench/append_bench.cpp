// Durable appends of 256-byte payloads, each beside a raw loop of the same bytes, groups and syncs on the same device,
// the raw loop run before and after ours and its better half taken.
//
//   N=1000000 BATCH=1000 WINDOW=4 SECS=5 RAW=512000 SUSTAINED=20000000 DIR=. bench_append [batch|spread|window|threads|sustained …]
#include <atomic>
#include <mutex>
#include <thread>

#include "bench.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

using namespace daybook;
using namespace daybook::bench;

namespace {

std::unique_ptr<runtime::DiskLog> open_log(const std::string& path, bool prepared,
                                           std::uint64_t segment_bytes = 256u << 20) {
  runtime::DiskLogOptions options;
  options.prepare = prepared;
  options.segment_bytes = segment_bytes;
  auto log = runtime::DiskLog::open(io::posix_files(), path, runtime::system_clock(), options);
  if (!log) die(log.error().message);
  return std::move(*log);
}

struct Ours {
  double events_per_second = 0;
  double mean_group = 0;
  Percentiles latency;
};

// Batches from one thread, a few in flight. The events of a batch go round `spread` streams; 0: each batch is a new
// stream.
Ours batches(const Scratch& scratch, std::uint64_t n, std::uint64_t batch, std::uint64_t spread, bool prepared,
             std::uint64_t segment_bytes) {
  const auto store = scratch / "store";
  auto disk = open_log(store, prepared, segment_bytes);
  std::vector<std::string> names(spread ? spread : 1);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("bench-{}", i);
  std::vector<NewEvent> events(batch);
  Window window(setting("WINDOW", 4));
  std::atomic<std::uint64_t> failed = 0;
  std::vector<double> latencies(n / batch);
  const auto began = Steady::now();
  for (std::uint64_t b = 0; b * batch < n; ++b) {
    if (!spread) names[0] = fmt::format("bench-{}", b);
    for (std::uint64_t k = 0; k < batch; ++k) {
      const auto i = b * batch + k;
      events[k] = {.stream = spread ? names[i % spread] : names[0],
                   .type = "Benched",
                   .data = payload(i),
                   .content_type = ContentType::Binary};
    }
    window.enter();
    const auto sent = Steady::now();
    disk->log().append({.events = events}, [&, sent, b](Result<Appended> done) {
      failed += !done;
      latencies[b] = since(sent);
      window.answered();
    });
  }
  window.wait_for_all();
  const auto took = since(began);
  if (failed) die("appends failed");
  Ours ours;
  ours.events_per_second = static_cast<double>(n) / took;
  ours.latency = percentiles(latencies);
  ours.mean_group = static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(disk->counts().groups, 1));
  if (!disk->close()) die("close failed");
  disk.reset();
  std::filesystem::remove_all(store);
  return ours;
}

// Single events from one thread, `window` in flight.
Ours in_flight(const Scratch& scratch, std::uint64_t size, double seconds) {
  const auto store = scratch / "store";
  auto disk = open_log(store, true);
  Window window(size);
  std::vector<double> latencies;
  latencies.reserve(1u << 22);
  std::uint64_t n = 0;
  const auto began = Steady::now();
  while (since(began) < seconds) {
    window.enter();
    const NewEvent event{
        .stream = "bench-1", .type = "Benched", .data = payload(n), .content_type = ContentType::Binary};
    const auto sent = Steady::now();
    disk->log().append({.events = {&event, 1}}, [&, sent](Result<Appended> done) {
      if (!done) die(done.error().message);
      latencies.push_back(since(sent));  // completions come one after the other
      window.answered();
    });
    ++n;
  }
  window.wait_for_all();
  const auto took = since(began);
  Ours ours;
  ours.events_per_second = static_cast<double>(n) / took;
  ours.latency = percentiles(latencies);
  ours.mean_group = static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(disk->counts().groups, 1));
  (void)disk->close();
  disk.reset();
  std::filesystem::remove_all(store);
  return ours;
}

// The shape of the peers: each thread appends one event and blocks until it is durable.
Ours threads(const Scratch& scratch, int count, double seconds) {
  const auto store = scratch / "store";
  auto disk = open_log(store, true);
  std::atomic<std::uint64_t> n = 0;
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(count));
  std::vector<std::thread> all;
  all.reserve(static_cast<std::size_t>(count));
  const auto began = Steady::now();
  for (int t = 0; t < count; ++t)
    all.emplace_back([&, t] {
      const auto stream = fmt::format("bench-{}", t);
      Flag done;
      while (since(began) < seconds) {
        const NewEvent event{
            .stream = stream, .type = "Benched", .data = payload(n++), .content_type = ContentType::Binary};
        const auto sent = Steady::now();
        done.lower();
        disk->log().append({.events = {&event, 1}}, [&](Result<Appended> result) {
          if (!result) die(result.error().message);
          done.raise();
        });
        done.wait();
        latencies[static_cast<std::size_t>(t)].push_back(since(sent));
      }
    });
  for (auto& thread : all) thread.join();
  const auto took = since(began);
  Ours ours;
  std::vector<double> together;
  for (auto& l : latencies) together.insert(together.end(), l.begin(), l.end());
  ours.events_per_second = static_cast<double>(n) / took;
  ours.latency = percentiles(together);
  ours.mean_group = static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(disk->counts().groups, 1));
  (void)disk->close();
  disk.reset();
  std::filesystem::remove_all(store);
  return ours;
}

// What that shape costs with nothing behind it: threads that hand over a record's bytes and sleep, and one that writes
// what there is, syncs, and wakes them. No records, no index, no conditions.
Ours bare_threads(const std::string& path, int count, std::size_t bytes, double seconds) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR, 0644);
  if (fd < 0) die("can not make the raw file");
  const std::string zeros(256u << 20, '\0');
  if (::pwrite(fd, zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size()) || ::fsync(fd) != 0)
    die("the disk is full");
  std::mutex mutex;
  std::vector<Flag*> waiting;
  Flag some;
  std::atomic<bool> over = false;
  std::uint64_t groups = 0, events = 0;
  std::thread writer([&] {
    std::vector<Flag*> group;
    std::string written(bytes * static_cast<std::size_t>(count), 'x');
    for (std::size_t at = 0;;) {
      {
        const std::lock_guard lock(mutex);
        group.swap(waiting);
        if (group.empty()) some.lower();
      }
      if (group.empty()) {
        if (over) return;
        some.wait();
        continue;
      }
      const auto size = bytes * group.size();
      if (at + size > zeros.size()) at = 0;
      if (::pwrite(fd, written.data(), size, static_cast<off_t>(at)) != static_cast<ssize_t>(size) ||
          ::fdatasync(fd) != 0)
        die("fdatasync failed");
      at += size;
      ++groups;
      events += group.size();
      for (auto* flag : group) flag->raise();
      group.clear();
    }
  });
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(count));
  std::vector<std::thread> all;
  all.reserve(static_cast<std::size_t>(count));
  const auto began = Steady::now();
  for (int t = 0; t < count; ++t)
    all.emplace_back([&, t] {
      Flag done;
      while (since(began) < seconds) {
        const auto sent = Steady::now();
        done.lower();
        {
          const std::lock_guard lock(mutex);
          waiting.push_back(&done);
          if (waiting.size() == 1) some.raise();
        }
        done.wait();
        latencies[static_cast<std::size_t>(t)].push_back(since(sent));
      }
    });
  for (auto& thread : all) thread.join();
  const auto took = since(began);
  over = true;
  some.raise();
  writer.join();
  ::close(fd);
  ::unlink(path.c_str());
  std::vector<double> together;
  for (auto& l : latencies) together.insert(together.end(), l.begin(), l.end());
  return {static_cast<double>(events) / took, static_cast<double>(events) / static_cast<double>(groups),
          percentiles(together)};
}

void print(std::string_view figure, const Ours& ours, const Raw& raw, double floor, std::string_view beside) {
  const auto ratio = ours.events_per_second / raw.events_per_second;
  fmt::print(
      R"({{"figure":"{}","events_per_second":{:.0f},"raw_events_per_second":{:.0f},"raw":"{}","ratio":{:.2f},"wanted":{:.2f},"mean_group":{:.1f},"p50_us":{:.0f},"p99_us":{:.0f},"raw_sync_p50_us":{:.0f},"raw_sync_p99_us":{:.0f},"p99_ratio":{:.1f}}})"
      "\n",
      figure, ours.events_per_second, raw.events_per_second, beside, ratio, floor, ours.mean_group,
      ours.latency.p50 * 1e6, ours.latency.p99 * 1e6, raw.sync.p50 * 1e6, raw.sync.p99 * 1e6,
      ours.latency.p99 / raw.sync.p99);
  std::fflush(stdout);
}

Raw better(const Raw& a, const Raw& b) { return a.events_per_second > b.events_per_second ? a : b; }

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> asked(argv + 1, argv + argc);
  const auto wants = [&](std::string_view part) {
    return asked.empty() || std::ranges::find(asked, part) != asked.end();
  };
  const auto n = setting("N", 1'000'000), batch = setting("BATCH", 1000), sustained = setting("SUSTAINED", 20'000'000);
  const auto seconds = static_cast<double>(setting("SECS", 5));
  const auto singles = static_cast<double>(setting("RAW", 512'000));  // of the raw loop beside single events
  const Scratch scratch;
  const auto raw_path = scratch / "raw";
  // A record: digest, header, "bench-123", "Benched", payload (docs/format/log.md).
  constexpr double kRecordBytes = 8 + 76 + 9 + 7 + kPayloadBytes;
  const auto raw = [&](double events, double group, bool prepared) {
    return raw_loop(raw_path, static_cast<std::uint64_t>(events / group),
                    static_cast<std::size_t>(kRecordBytes * group), group, prepared);
  };

  for (const std::uint64_t spread : {0, 1000}) {
    if (!wants(spread ? "spread" : "batch")) continue;
    const auto before = raw(static_cast<double>(n), static_cast<double>(batch), true);
    const auto ours = batches(scratch, n, batch, spread, true, 512u << 20);
    const auto after = raw(static_cast<double>(n), ours.mean_group, true);
    const auto name = fmt::format("append{}{}", batch, spread ? "_spread1000" : "");
    print(name, ours, better(before, after), spread ? 0.5 : 0.7, "prepared, groups as ours or of a batch, the faster");
  }
  if (wants("window")) {
    const auto before = raw(singles, 64, true);
    const auto ours = in_flight(scratch, 64, seconds);
    const auto after = raw(singles, 64, true);
    print("in_flight64", ours, better(before, after), 0.6, "prepared, groups of 64");
  }
  if (wants("threads")) {
    const auto ours = threads(scratch, 64, seconds);
    const auto beside = raw(singles, ours.mean_group, true);
    print("blocking64", ours, beside, 0.5, "prepared, groups of the mean reached");
    const auto bare = bare_threads(raw_path, 64, static_cast<std::size_t>(kRecordBytes), seconds);
    print("blocking64_bare_threads", bare, beside, 0.5, "prepared, groups of the mean reached");
  }
  if (wants("sustained")) {
    const auto events = static_cast<double>(sustained);
    const auto growing = raw(events, static_cast<double>(batch), false);
    const auto ours = batches(scratch, sustained, batch, 0, false, 256u << 20);
    const auto growing_too = raw(events, ours.mean_group, false);
    auto prepared = raw(events, ours.mean_group, true);
    prepared.events_per_second = events / (events / prepared.events_per_second + prepared.prepare_seconds);
    print("sustained_vs_growing", ours, better(growing, growing_too), 0.8, "growing");
    print("sustained_vs_prepared", ours, prepared, 0.8, "prepared, preparation counted");
  }
}
