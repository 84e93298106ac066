// A store's log as the tests of this folder need it and the command line does not make it.
#pragma once

#include <atomic>
#include <vector>

#include "cli/test_program.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::cli {

// Durable when it returns.
inline void append_and_wait(EventLog& log, const std::vector<NewEvent>& events) {
  std::atomic<bool> done = false;
  log.append({.events = events}, [&](Result<Appended> appended) {
    EXPECT_TRUE(appended) << appended.error().message;
    done = true;
    done.notify_all();
  });
  done.wait(false);
}

// Twenty events of Account-a, each durable before the next, over several segments of 4,400 bytes.
inline void fill_small_segments(const std::string& store) {
  runtime::DiskLogOptions small;
  small.segment_bytes = 4400;
  auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), small);
  ASSERT_TRUE(open);
  for (int i = 0; i < 20; ++i) append_and_wait((*open)->log(), {{.stream = "Account-a", .type = "T", .data = "1"}});
}

// As a program that uses the store would save it, of a stream that has an event at every position.
inline void save_snapshot(const std::string& store, const std::string& stream, std::uint64_t position) {
  auto disk = runtime::DiskLog::follow(io::posix_files(), store, {});
  ASSERT_TRUE(disk) << disk.error().message;
  const auto& log = (*disk)->log();
  const auto chain = log.chain_at({position});
  ASSERT_TRUE(chain) << chain.error().message;
  snapshot::DirectorySnapshots snapshots(io::posix_files(), store + "/snapshots");
  ASSERT_TRUE(snapshots.save(
      {.key = stream, .mark = {log.id(), {position}, *chain}, .revision = Revision{position - 1}, .fingerprint = 7},
      "state"));
}

}  // namespace daybook::cli
