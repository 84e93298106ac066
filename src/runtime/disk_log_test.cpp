#include "runtime/disk_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "contract/event_log_contract.hpp"
#include "io/posix_file.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::runtime {
namespace {

using contract::EventLogContract;
using contract::LogSettings;

DiskLogOptions options_of(const LogSettings& settings, std::uint64_t segment_bytes) {
  DiskLogOptions options;
  options.limits = settings.limits;
  options.remembered_ids = settings.remembered_events;
  options.segment_bytes = segment_bytes;
  return options;
}

// On the real file system, with segments so small that every test crosses several.
class DirectoryBed final : public contract::LogBed {
 public:
  DirectoryBed(const Clock& clock, const LogSettings& settings, std::uint64_t segment_bytes)
      : clock_(clock), options_(options_of(settings, segment_bytes)) {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-log-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
    reopen();
  }
  ~DirectoryBed() override {
    disk_.reset();
    std::filesystem::remove_all(dir_);
  }
  EventLog& log() override { return disk_->log(); }
  bool reopen() override {
    disk_.reset();
    auto opened = DiskLog::open(io::posix_files(), dir_ + "/store", clock_, options_);
    EXPECT_TRUE(opened) << opened.error().message;
    disk_ = std::move(*opened);
    return true;
  }

 private:
  const Clock& clock_;
  const DiskLogOptions options_;
  std::string dir_;
  std::unique_ptr<DiskLog> disk_;
};

std::unique_ptr<contract::LogBed> directory_bed(const Clock& clock, const LogSettings& settings) {
  return std::make_unique<DirectoryBed>(clock, settings, 256u << 20);
}
std::unique_ptr<contract::LogBed> small_segments_bed(const Clock& clock, const LogSettings& settings) {
  return std::make_unique<DirectoryBed>(clock, settings, 4400);
}

INSTANTIATE_TEST_SUITE_P(Directory, EventLogContract, testing::Values(&directory_bed, &small_segments_bed),
                         [](const auto& suite) { return suite.index == 0 ? "OneSegment" : "ManySegments"; });

}  // namespace
}  // namespace daybook::runtime
