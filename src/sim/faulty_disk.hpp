// A disk in memory that behaves as badly as real ones do, and no worse: for tests.
//
// What is promised here is what Linux promises on ext4 and XFS, and nothing more:
//  - a write is in the page cache; after File::sync the file's bytes and size are on the medium;
//  - a created, renamed or removed name is on the medium after sync_directory of its directory;
//  - power_cut(): of what is not on the medium, each sector and each name survives or does not, by the seed
//    (cached_file.hpp and directory_tree.hpp say in which order);
//  - process_kill(): everything written stays, locks are let go;
//  - a failed sync loses bytes and reads them back until the next boot, and no later sync brings them to the medium;
//    one of a directory likewise loses names: they are seen until the next boot, and no later sync makes them durable;
//  - a SharedPage holds its newest words after a kill; after a power cut each word holds one of the values it had since
//    it was last synced, and the words of a page need not be of one moment.
// Where this is milder than a machine: open files that were removed take no space, and reading a mapping past a
// truncation gives zeros and no signal.
//
// Any thread may call; with one thread, or calls in a fixed order, a run depends on the seed alone. Objects that were
// got from a disk may outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file.hpp"
#include "sim/directory_tree.hpp"

namespace daybook::sim {

enum class Operation : std::uint8_t {
  Open,  // an existing file
  Create,
  Read,  // also Mapping::populate
  Write,
  Sync,
  Truncate,
  Map,
  List,  // and exists()
  MakeDirectory,
  Rename,
  Remove,
  SyncDirectory,
  Lock,
  Page,       // opening a shared page
  StoreWord,  // cannot fail, but is counted: a process may die before it
};
inline constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::StoreWord) + 1;

// Makes calls fail. A write that fails has done a part of its work, by the seed, perhaps none: that is also how a short
// write looks through io::File. A sync that fails has lost bytes, or names. Any other call that fails has done
// nothing.
struct Fault {
  Operation on = Operation::Write;
  std::string path{};       // only calls whose path contains this; a rename by its old name
  std::uint64_t skip = 0;   // so many such calls go well first
  std::uint64_t times = 1;  // then so many fail
  ErrorCode code = ErrorCode::IoError;
};

// One simulated process: what it opens dies with it, and so do its locks. A dead one answers every call with IoError.
class Process : public io::Files {
 public:
  ~Process() override;

  void kill();
  bool dead() const;

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::Open how) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<io::Entry>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<io::Lock>> lock(const std::string& path, std::string_view holder) override;
  Result<std::unique_ptr<io::SharedPage>> shared_page(const std::string& path, bool writable) override;
  Status check_file_system(const std::string& directory, std::string& warning) override;

  struct Core;  // the machine that all processes share
  struct Life;  // of one process, until it is killed

 protected:
  explicit Process(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;
  std::shared_ptr<Life> life_;  // under the core's mutex

  friend class FaultyDisk;
};

// The machine; as io::Files it is its first process.
class FaultyDisk final : public Process {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::size_t sector = 512;  // bytes that the medium writes whole; 1: a write may be torn anywhere
    DirectoryOrder order = DirectoryOrder::PerDirectory;
    std::optional<std::uint64_t> capacity{};  // bytes for all files together; past them: DiskFull
  };

  FaultyDisk();
  explicit FaultyDisk(const Options& options);

  // Another process on this machine. It dies in a power cut and does not come back.
  std::unique_ptr<Process> process();

  // -- crashes. Each leaves the first process freshly started; what was opened before is dead.
  void power_cut();
  // kill -9 of the first process.
  void process_kill();
  // Kills the process that makes the k-th changing call from now (0: the next one) before the call does anything;
  // Counts::operations counts them. If it is the first process, it stays dead until reboot(), power_cut() or
  // process_kill(). Takes the place of an earlier crash_at.
  void crash_at(std::uint64_t k);
  // Starts the first process again if it is dead.
  void reboot();

  // -- faults
  void inject(Fault fault);
  // Every such call fails with this probability.
  void set_fault_rate(Operation on, double probability);
  // Forgets injected faults and rates; what they have done stays.
  void clear_faults();
  void set_capacity(std::optional<std::uint64_t> bytes);
  // Memory pressure: bytes that a failed sync lost are no longer read back.
  void drop_caches();

  // -- damage at rest: what somebody or something did to files outside of any process. The file must be there. But for
  // flipped bits, this leaves the file, and its name, on the medium as processes see it.
  void flip(const std::string& path, std::uint64_t offset, unsigned bit);
  void make_unreadable(const std::string& path, std::uint64_t offset, std::uint64_t size);  // until written again
  // Replaces a file, or creates it, and its directories where needed. Who had the old one open still sees that.
  void put(const std::string& path, std::string content);
  void cut_file(const std::string& path, std::uint64_t size);
  void erase(const std::string& path);

  // -- looking, without faults and without counting
  std::optional<std::string> cached(const std::string& path) const;  // what a process reads
  std::optional<std::string> medium(const std::string& path) const;  // what is on the medium under this (cached) name

  struct Counts {
    std::uint64_t operations = 0;  // all that change something: what crash_at counts
    std::uint64_t reads = 0, writes = 0, syncs = 0, directory_syncs = 0;
    std::uint64_t bytes_written = 0;
  };
  Counts counts() const;
};

}  // namespace daybook::sim
