// What the processes of one FaultyDisk share. Inside src/sim only.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

#include "sim/faulty_disk.hpp"

namespace daybook::sim {

struct Process::Life {
  std::uint64_t boot = 0;  // a process of an earlier boot is dead
  bool killed = false;
};

struct Process::Core {
  explicit Core(const FaultyDisk::Options& options)
      : sector(options.sector), capacity(options.capacity), random(options.seed), tree(options.order) {}

  // All of these: with `mutex` held.

  // What every call begins with: whether the process lives, whether it dies now, and whether this call is to fail.
  Status enter(Life& life, Operation operation, const std::string& path);
  Status check_room(std::uint64_t more_bytes, const std::string& path) const;
  void kill(Life& life);
  bool dead(const Life& life) const { return life.killed || life.boot != boot; }
  std::optional<Error> fault(Operation operation, const std::string& path);

  mutable std::mutex mutex;
  std::condition_variable woken;  // of all words of all pages: waiters look again
  const std::size_t sector;
  std::optional<std::uint64_t> capacity;
  Random random;
  DirectoryTree tree;
  std::vector<Fault> faults;
  std::array<double, kOperations> rates{};
  std::optional<std::uint64_t> calls_until_crash;
  FaultyDisk::Counts counts;
  std::uint64_t boot = 0;
  struct Held {
    const Life* by;
    std::uint64_t ticket;  // so that a lock of the past does not let go one of today
  };
  std::map<const CachedFile*, Held> locks;
  std::uint64_t tickets = 0;
};

// Handles of one process; each keeps what it needs of the machine alive.
std::unique_ptr<io::File> make_file(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life,
                                    std::shared_ptr<CachedFile> file, std::string path, bool writable);
std::unique_ptr<io::Lock> make_lock(std::shared_ptr<Process::Core> core, std::shared_ptr<CachedFile> file,
                                    std::uint64_t ticket);
std::unique_ptr<io::SharedPage> make_page(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life,
                                          std::shared_ptr<CachedFile> file, std::string path, bool writable);

}  // namespace daybook::sim
