// A store's log as the tests of this folder need it and the command line does not make it.
#pragma once

#include <atomic>

#include "cli/test_program.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::cli {

// Twenty events of Account-a, each durable before the next, over several segments of 4,400 bytes.
inline void fill_small_segments(const std::string& store) {
  runtime::DiskLogOptions small;
  small.segment_bytes = 4400;
  auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), small);
  ASSERT_TRUE(open);
  for (int i = 0; i < 20; ++i) {
    const std::vector<NewEvent> events{{.stream = "Account-a", .type = "T", .data = "1"}};
    std::atomic<bool> done = false;
    (*open)->log().append({.events = events}, [&](Result<Appended> appended) {
      EXPECT_TRUE(appended) << appended.error().message;
      done = true;
      done.notify_all();
    });
    done.wait(false);
  }
}

}  // namespace daybook::cli
