// The journals keep the contract: in memory, in a directory of the real file system, and on a disk that loses its
// power.
#include <gtest/gtest.h>

#include <filesystem>

#include "contract/journal_contract.hpp"
#include "io/posix_file.hpp"
#include "journal/memory.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::journal {
namespace {

using contract::JournalBed;
using contract::JournalContract;

class MemoryBed final : public JournalBed {
 public:
  Journal& journal() override { return memory_; }
  Tail tail() override { return memory_.tail(); }
  void crash() override { memory_.reopen(); }

 private:
  Memory memory_{LogId{Uuid{{1, 2, 3}}}};
};

class DirectoryBed final : public JournalBed {
 public:
  DirectoryBed() {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-journal-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
    crash();
  }
  ~DirectoryBed() override {
    directory_.reset();
    std::filesystem::remove_all(dir_);
  }
  Journal& journal() override { return *directory_; }
  Tail tail() override { return directory_->tail(); }
  void crash() override {
    directory_.reset();
    auto opened = Directory::open(io::posix_files(), dir_ + "/store", {.segment_bytes = 1u << 20}, true);
    ASSERT_TRUE(opened) << opened.error().message;
    directory_ = std::move(*opened);
  }

 private:
  std::string dir_;
  std::unique_ptr<Directory> directory_;
};

class PowerCutBed final : public JournalBed {
 public:
  PowerCutBed() { crash(); }
  Journal& journal() override { return *directory_; }
  Tail tail() override { return directory_->tail(); }
  void crash() override {
    directory_.reset();
    disk_.power_cut();
    auto opened = Directory::open(disk_, "store", {.segment_bytes = 1u << 20}, true);
    ASSERT_TRUE(opened) << opened.error().message;
    directory_ = std::move(*opened);
  }

 private:
  sim::FaultyDisk disk_;
  std::unique_ptr<Directory> directory_;
};

template <class Bed>
std::unique_ptr<JournalBed> make() {
  return std::make_unique<Bed>();
}

INSTANTIATE_TEST_SUITE_P(Journals, JournalContract,
                         testing::Values(&make<MemoryBed>, &make<DirectoryBed>, &make<PowerCutBed>),
                         [](const auto& suite) {
                           return std::string(std::array{"Memory", "Directory", "PowerCut"}[suite.index]);
                         });

}  // namespace
}  // namespace daybook::journal
