// The bed of the tests of what is made over sealed segments while the log is in use.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "log/test_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::log {

// A writer and a reader of one store; each segment holds a few events.
class WrittenAndFollowed : public testing::Test {
 protected:
  static constexpr std::uint64_t kSegmentBytes = 6'000;

  void SetUp() override { open_writer(); }
  void TearDown() override {
    reader.reset();
    writer.reset();
  }

  IndexFiles index_files(const journal::Directory& in, bool guided = true) {
    IndexFiles files{&disk, [&in](std::uint64_t number) { return in.path_of(journal::index_name(number)); }};
    if (guided) files.guide_path = [&in](const std::string& name) { return in.path_of(name); };
    return files;
  }
  LogOptions options() {
    return {.segment_bytes = kSegmentBytes, .warn = [this](const Error& what) { warnings.push_back(what); }};
  }
  void open_writer() {
    writer.reset();
    journal.reset();
    journal = std::move(*journal::Directory::open(disk, "store", {.segment_bytes = kSegmentBytes}, true));
    const auto& tail = journal->tail();
    auto opened = Log::for_writer(*journal, index_files(*journal), clock,
                                  {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr}, options());
    ASSERT_TRUE(opened) << opened.error().message;
    writer = std::move(*opened);
  }
  void open_reader(bool guided = true) {
    reader.reset();
    following = std::move(*journal::Directory::follow(disk, "store"));
    auto opened = Log::for_reader(
        *following, index_files(*following, guided), [this] { return following->refresh(); }, options());
    ASSERT_TRUE(opened) << opened.error().message;
    reader = std::move(*opened);
  }

  sim::FaultyDisk disk;
  sim::SteppingClock clock;
  std::vector<Error> warnings;
  std::unique_ptr<journal::Directory> journal, following;
  std::unique_ptr<Log> writer, reader;
  std::uint64_t appended = 0;
};

}  // namespace daybook::log
