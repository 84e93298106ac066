// The real file system and the simulated one on one contract.
#include <cstdlib>
#include <filesystem>

#include "contract/files_contract.hpp"
#include "io/posix_file.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::contract {
namespace {

class PosixBed final : public FilesBed {
 public:
  PosixBed() {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-files-XXXXXX").string();
    EXPECT_TRUE(::mkdtemp(name.data()));
    directory_ = name;
  }
  ~PosixBed() override { std::filesystem::remove_all(directory_); }
  io::Files& files() override { return io::posix_files(); }
  std::string directory() const override { return directory_; }

 private:
  std::string directory_;
};

class FaultyDiskBed final : public FilesBed {
 public:
  FaultyDiskBed() { EXPECT_TRUE(disk_.make_directory("bed")); }
  io::Files& files() override { return disk_; }
  std::string directory() const override { return "bed"; }

 private:
  sim::FaultyDisk disk_;
};

// A process of the same machine that is not the first.
class OtherProcessBed final : public FilesBed {
 public:
  OtherProcessBed() { EXPECT_TRUE(process_->make_directory("/deep/bed")); }
  io::Files& files() override { return *process_; }
  std::string directory() const override { return "/deep/bed"; }

 private:
  sim::FaultyDisk disk_;
  std::unique_ptr<sim::Process> process_ = disk_.process();
};

template <class Bed>
std::unique_ptr<FilesBed> make_bed() {
  return std::make_unique<Bed>();
}

INSTANTIATE_TEST_SUITE_P(Posix, FilesContract, testing::Values(&make_bed<PosixBed>));
INSTANTIATE_TEST_SUITE_P(FaultyDisk, FilesContract, testing::Values(&make_bed<FaultyDiskBed>));
INSTANTIATE_TEST_SUITE_P(OtherProcess, FilesContract, testing::Values(&make_bed<OtherProcessBed>));

}  // namespace
}  // namespace daybook::contract
