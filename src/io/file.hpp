// The one seam to the operating system: files, directories, a lock, and a page shared between processes.
//
// Everything that Daybook stores goes through here, so that a simulation with a faulty disk (src/sim) can stand in for
// the real one (posix_file.hpp). Paths are relative to the process or absolute, '/' between parts.
//
// Errors: DiskFull, PermissionDenied, NotFound, Locked, UnsupportedSystem, IoError for the rest; the message names the
// path and what the system said.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/result.hpp"

namespace daybook::io {

// A file's bytes as memory, read-only, for as long as this lives.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::span<const std::byte> bytes() const = 0;
  // Brings these bytes into memory now, so that a bad sector is an error here and no signal later.
  virtual Status populate(std::size_t offset, std::size_t size) const = 0;
};

// An open file. Reads and writes name their place, so any number of threads may use one; syncs may run beside writes
// and cover those that returned before they began.
class File {
 public:
  virtual ~File() = default;
  // Fills `into` from `offset` on; less than its size only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
  // All of it, or an error after which any part of it may be there. Extends the file where needed.
  virtual Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  // fdatasync: the bytes, and the size needed to read them. After an error the pages may read back and yet be lost.
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() const = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::unique_ptr<Mapping>> map() const = 0;
};

// Held until destroyed or the process ends, however it ends.
class Lock {
 public:
  virtual ~Lock() = default;
};

// 4096 bytes of shared memory that all processes with the file see at once and that outlive them; never synced on
// purpose. Words are 64 bits, each read and written whole.
class SharedPage {
 public:
  static constexpr std::size_t kWords = 512;
  virtual ~SharedPage() = default;
  virtual std::uint64_t load(std::size_t word) const = 0;
  virtual void store(std::size_t word, std::uint64_t value) = 0;
  // Sleeps until somebody wakes waiters of `word`, it no longer holds `seen`, or the deadline. May return early.
  virtual void wait(std::size_t word, std::uint64_t seen, std::chrono::steady_clock::time_point deadline) const = 0;
  virtual void wake(std::size_t word) = 0;
};

enum class Open : std::uint8_t {
  Read,
  Write,   // existing, for reading and writing
  Create,  // new, for reading and writing; an error if it exists
};

struct Entry {
  std::string name;
  bool directory = false;
  std::uint64_t size = 0;
};

// A file system as far as Daybook uses one. Any thread may call.
class Files {
 public:
  virtual ~Files() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open how) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  // By name, without "." and "..".
  virtual Result<std::vector<Entry>> list(const std::string& directory) = 0;
  // With its parents; fine if it is there, durable or not. What is made is durable with its parents or not left behind.
  virtual Status make_directory(const std::string& path) = 0;
  // Replaces what has the new name.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  // Makes creates, renames and removes in it durable. After an error they may be lost though they are seen, and a later
  // call may say yes all the same: only what is changed anew is then made durable.
  virtual Status sync_directory(const std::string& path) = 0;

  // Becomes the only holder of the lock at `path`, or says Locked and who holds it (what the holder gave as `holder`).
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path, std::string_view holder) = 0;
  // Creates the page (zeros) when writable and not there.
  virtual Result<std::unique_ptr<SharedPage>> shared_page(const std::string& path, bool writable) = 0;

  // Ok, or UnsupportedSystem with the file system's name: a network file system, on which no promise holds. `warning`
  // is set for a local one that nobody has tested.
  virtual Status check_file_system(const std::string& directory, std::string& warning) = 0;
};

// The whole content of a file that Daybook wrote. Damage: it is larger than `limit`, so it is not that.
Result<std::string> read_whole(Files& files, const std::string& path, std::uint64_t limit = 1u << 30);

// Writes beside (`path` + ".new"), syncs, renames and syncs the directory: the old content or the new, never a mixture.
Status replace_whole(Files& files, const std::string& path, std::string_view content);

// "a/b/c" and "a/b/c/" -> "a/b"; "c" -> "."; "/a" and "/" -> "/"
std::string parent_of(const std::string& path);

}  // namespace daybook::io
