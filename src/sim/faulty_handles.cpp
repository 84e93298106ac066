// Files, mappings, locks and pages of a simulated process.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/ensure.hpp"
#include "sim/faulty_machine.hpp"

namespace daybook::sim {
namespace {

Status unreadable(const std::string& path) {
  return fail(ErrorCode::IoError, fmt::format("reading {}: Input/output error (a bad sector)", path));
}

class FaultyMapping final : public io::Mapping {
 public:
  FaultyMapping(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life,
                std::shared_ptr<CachedFile> file, std::string path)
      : core_(std::move(core)),
        life_(std::move(life)),
        file_(std::move(file)),
        path_(std::move(path)),
        region_(file_->mapped()),
        size_(file_->size()) {}

  std::span<const std::byte> bytes() const override { return {region_->data(), size_}; }
  Status populate(std::size_t offset, std::size_t size) const override {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::Read, path_); !entered) return entered;
    if (offset > size_ || size > size_ - offset)
      return fail(ErrorCode::IoError,
                  fmt::format("reading {}: bytes {} to {} of a mapping of {}", path_, offset, offset + size, size_));
    if (!file_->readable(offset, size)) return unreadable(path_);
    return {};
  }

 private:
  std::shared_ptr<Process::Core> core_;
  std::shared_ptr<Process::Life> life_;
  std::shared_ptr<CachedFile> file_;
  std::string path_;
  std::shared_ptr<const Region> region_;
  std::size_t size_;
};

class FaultyFile final : public io::File {
 public:
  FaultyFile(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life, std::shared_ptr<CachedFile> file,
             std::string path, bool writable)
      : core_(std::move(core)),
        life_(std::move(life)),
        file_(std::move(file)),
        path_(std::move(path)),
        writable_(writable) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::Read, path_); !entered) return std::unexpected(entered.error());
    const auto bytes = file_->bytes();
    if (offset >= bytes.size()) return 0;
    const std::size_t n = std::min<std::uint64_t>(into.size(), bytes.size() - offset);
    if (!file_->readable(offset, n)) return std::unexpected(unreadable(path_).error());
    if (n > 0) std::memcpy(into.data(), bytes.data() + offset, n);
    return n;
  }

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(core_->mutex);
    const auto entered = core_->enter(*life_, Operation::Write, path_);
    if (!entered) {
      // The kernel stops at any byte: what it had taken by then is in the file. A dead process writes nothing.
      if (!core_->dead(*life_) && writable_ && !bytes.empty() && fits(offset, bytes.size()))
        file_->write(offset, bytes.first(core_->random.below(bytes.size())));
      return entered;
    }
    if (auto can = check_writable("writing"); !can) return can;
    const std::uint64_t size = file_->size();
    const std::uint64_t end = offset + bytes.size();
    if (end > CachedFile::kMaxSize || end < offset) return too_large(end);
    if (auto room = core_->check_room(end > size ? end - size : 0, path_); !room) {
      // As far as there is room: a short write, and the error for the rest.
      std::uint64_t fitting = offset < size ? size - offset : 0;
      const std::uint64_t used = core_->tree.bytes();
      if (offset <= size && *core_->capacity > used) fitting += *core_->capacity - used;
      file_->write(offset, bytes.first(std::min<std::uint64_t>(fitting, bytes.size() - 1)));
      return room;
    }
    file_->write(offset, bytes);
    core_->counts.bytes_written += bytes.size();
    return {};
  }

  Status sync() override {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::Sync, path_); !entered) {
      if (!core_->dead(*life_)) file_->fail_sync(core_->random, core_->sector);
      return entered;
    }
    file_->sync();
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(core_->mutex);
    if (core_->dead(*life_)) return fail(ErrorCode::IoError, fmt::format("looking at {}: the process is dead", path_));
    return file_->size();
  }

  Status truncate(std::uint64_t size) override {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::Truncate, path_); !entered) return entered;
    if (auto can = check_writable("truncating"); !can) return can;
    if (size > CachedFile::kMaxSize) return too_large(size);
    file_->truncate(size);
    return {};
  }

  Result<std::unique_ptr<io::Mapping>> map() const override {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::Map, path_); !entered) return std::unexpected(entered.error());
    return std::make_unique<FaultyMapping>(core_, life_, file_, path_);
  }

 private:
  Status check_writable(std::string_view doing) const {
    if (writable_) return {};
    return fail(ErrorCode::IoError,
                fmt::format("{} {}: Bad file descriptor (it was opened for reading)", doing, path_));
  }
  std::unexpected<Error> too_large(std::uint64_t size) const {
    return fail(ErrorCode::IoError,
                fmt::format("writing {}: File too large ({} bytes; a simulated file has at most {})", path_, size,
                            CachedFile::kMaxSize));
  }
  bool fits(std::uint64_t offset, std::uint64_t size) const {
    const std::uint64_t end = offset + size;
    return end >= offset && end <= CachedFile::kMaxSize &&
           core_->check_room(end > file_->size() ? end - file_->size() : 0, path_).has_value();
  }

  std::shared_ptr<Process::Core> core_;
  std::shared_ptr<Process::Life> life_;
  std::shared_ptr<CachedFile> file_;
  std::string path_;
  bool writable_;
};

class FaultyLock final : public io::Lock {
 public:
  FaultyLock(std::shared_ptr<Process::Core> core, std::shared_ptr<CachedFile> file, std::uint64_t ticket)
      : core_(std::move(core)), file_(std::move(file)), ticket_(ticket) {}
  ~FaultyLock() override {
    const std::lock_guard lock(core_->mutex);
    const auto held = core_->locks.find(file_.get());
    if (held != core_->locks.end() && held->second.ticket == ticket_) core_->locks.erase(held);
  }

 private:
  std::shared_ptr<Process::Core> core_;
  std::shared_ptr<CachedFile> file_;
  std::uint64_t ticket_;
};

class FaultyPage final : public io::SharedPage {
 public:
  FaultyPage(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life, std::shared_ptr<CachedFile> file,
             std::string path, bool writable)
      : core_(std::move(core)),
        life_(std::move(life)),
        file_(std::move(file)),
        path_(std::move(path)),
        writable_(writable) {}

  std::uint64_t load(std::size_t word) const override {
    ENSURE(word < kWords);
    const std::lock_guard lock(core_->mutex);
    return file_->load_word(word);
  }
  void store(std::size_t word, std::uint64_t value) override {
    ENSURE(word < kWords && writable_);
    const std::lock_guard lock(core_->mutex);
    if (core_->enter(*life_, Operation::StoreWord, path_)) file_->store_word(word, value);
  }
  void wait(std::size_t word, std::uint64_t seen, std::chrono::steady_clock::time_point deadline) const override {
    ENSURE(word < kWords);
    std::unique_lock lock(core_->mutex);
    // One sleep at most: a futex too may return early, and its callers look again.
    if (file_->load_word(word) == seen) core_->woken.wait_until(lock, deadline);
  }
  void wake(std::size_t word) override {
    ENSURE(word < kWords);
    core_->woken.notify_all();
  }

 private:
  std::shared_ptr<Process::Core> core_;
  std::shared_ptr<Process::Life> life_;
  std::shared_ptr<CachedFile> file_;
  std::string path_;
  bool writable_;
};

}  // namespace

std::unique_ptr<io::File> make_file(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life,
                                    std::shared_ptr<CachedFile> file, std::string path, bool writable) {
  return std::make_unique<FaultyFile>(std::move(core), std::move(life), std::move(file), std::move(path), writable);
}

std::unique_ptr<io::Lock> make_lock(std::shared_ptr<Process::Core> core, std::shared_ptr<CachedFile> file,
                                    std::uint64_t ticket) {
  return std::make_unique<FaultyLock>(std::move(core), std::move(file), ticket);
}

std::unique_ptr<io::SharedPage> make_page(std::shared_ptr<Process::Core> core, std::shared_ptr<Process::Life> life,
                                          std::shared_ptr<CachedFile> file, std::string path, bool writable) {
  return std::make_unique<FaultyPage>(std::move(core), std::move(life), std::move(file), std::move(path), writable);
}

}  // namespace daybook::sim
