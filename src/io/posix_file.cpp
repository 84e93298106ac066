#include "io/posix_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/utf8.hpp"
#include "io/file_system.hpp"

namespace daybook::io {
namespace {

std::unexpected<Error> fail_errno(std::string_view doing, const std::string& path, int error) {
  auto code = ErrorCode::IoError;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::DiskFull;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::PermissionDenied;
  if (error == ENOENT) code = ErrorCode::NotFound;
  return fail(code, fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixMapping final : public Mapping {
 public:
  PosixMapping(void* at, std::size_t size, std::string path) : at_(at), size_(size), path_(std::move(path)) {}
  ~PosixMapping() override {
    if (size_) ::munmap(at_, size_);
  }
  std::span<const std::byte> bytes() const override { return {static_cast<const std::byte*>(at_), size_}; }
  Status populate(std::size_t offset, std::size_t size) const override {
    constexpr std::size_t kPage = 4096;
    const std::size_t from = offset / kPage * kPage;
    // EINVAL: a kernel before 5.14 has no such call; reading the pages then has to do.
    if (::madvise(static_cast<char*>(at_) + from, offset + size - from, MADV_POPULATE_READ) != 0 && errno != EINVAL)
      return fail_errno("reading", path_, errno == EFAULT ? EIO : errno);
    return {};
  }

 private:
  void* at_;
  std::size_t size_;
  std::string path_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno("reading", path_, errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const auto n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno("writing", path_, errno);
      if (n == 0) return fail_errno("writing", path_, EIO);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Status sync() override {
    // Not repeated on EINTR or anything else: a second fdatasync may succeed over pages the first one lost.
    if (::fdatasync(fd_.get()) != 0) return fail_errno("syncing", path_, errno);
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat st{};
    if (::fstat(fd_.get(), &st) != 0) return fail_errno("looking at", path_, errno);
    return static_cast<std::uint64_t>(st.st_size);
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return fail_errno("truncating", path_, errno);
    return {};
  }

  Result<std::unique_ptr<Mapping>> map() const override {
    const auto size = this->size();
    if (!size) return std::unexpected(size.error());
    void* at = nullptr;
    if (*size) {
      at = ::mmap(nullptr, *size, PROT_READ, MAP_SHARED, fd_.get(), 0);
      if (at == MAP_FAILED) return fail_errno("mapping", path_, errno);
    }
    return std::make_unique<PosixMapping>(at, *size, path_);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixLock final : public Lock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;  // closing it lets the lock go; the file stays, or a waiter could lock one that has no name any more
};

class PosixPage final : public SharedPage {
 public:
  explicit PosixPage(void* at) : at_(static_cast<std::uint64_t*>(at)) {}
  ~PosixPage() override { ::munmap(at_, kWords * sizeof(std::uint64_t)); }

  std::uint64_t load(std::size_t word) const override {
    return std::atomic_ref(at_[word]).load(std::memory_order_acquire);
  }
  void store(std::size_t word, std::uint64_t value) override {
    std::atomic_ref(at_[word]).store(value, std::memory_order_release);
  }
  void wait(std::size_t word, std::uint64_t seen, std::chrono::steady_clock::time_point deadline) const override {
    // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock, which steady_clock is here. The futex is the low
    // half of the word (little-endian); a counter's low half changes whenever it does.
    const auto since = deadline.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    timespec until{};
    until.tv_sec = static_cast<time_t>(seconds.count());
    until.tv_nsec = static_cast<long>(std::chrono::nanoseconds(since - seconds).count());
    ::syscall(SYS_futex, &at_[word], FUTEX_WAIT_BITSET, static_cast<std::uint32_t>(seen), &until, nullptr,
              FUTEX_BITSET_MATCH_ANY);
  }
  void wake(std::size_t word) override { ::syscall(SYS_futex, &at_[word], FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0); }

 private:
  std::uint64_t* at_;
};

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    int flags = O_CLOEXEC | (how == Open::Read ? O_RDONLY : O_RDWR);
    if (how == Open::Create) flags |= O_CREAT | O_EXCL;
    Descriptor fd(::open(path.c_str(), flags, 0666));
    if (fd.get() < 0) return fail_errno(how == Open::Create ? "creating" : "opening", path, errno);
    struct stat st{};
    if (::fstat(fd.get(), &st) != 0) return fail_errno("looking at", path, errno);
    if (!S_ISREG(st.st_mode)) return fail(ErrorCode::InvalidArgument, fmt::format("{} is not a regular file", path));
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  Result<bool> exists(const std::string& path) override {
    struct stat st{};
    if (::stat(path.c_str(), &st) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return fail_errno("looking at", path, errno);
  }

  Result<std::vector<Entry>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
    if (!dir) return fail_errno("listing", directory, errno);
    std::vector<Entry> entries;
    errno = 0;
    while (const dirent* e = ::readdir(dir.get())) {
      const std::string name = e->d_name;
      if (name == "." || name == "..") continue;
      struct stat st{};
      if (::stat((directory + "/" + name).c_str(), &st) != 0) {
        if (errno != ENOENT) return fail_errno("looking at", directory + "/" + name, errno);
        errno = 0;  // gone between the two calls
        continue;
      }
      entries.push_back({name, S_ISDIR(st.st_mode), static_cast<std::uint64_t>(st.st_size)});
    }
    if (errno != 0) return fail_errno("listing", directory, errno);
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
  }

  Status make_directory(const std::string& path) override {
    const auto there = exists(path);
    if (!there) return std::unexpected(there.error());
    if (*there) return {};
    const auto parent = parent_of(path);
    if (parent != path)
      if (auto named = make_or_name(parent); !named) return named;
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return fail_errno("making directory", path, errno);
    auto synced = sync_directory(parent);
    // Who tries again must not find it and rest on a name that may be lost: a second sync could say yes all the same.
    if (!synced) (void)::rmdir(path.c_str());
    return synced;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("renaming to " + to, from, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return fail_errno("removing", path, errno);
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return fail_errno("opening", path, errno);
    if (::fsync(fd.get()) != 0) return fail_errno("syncing", path, errno);
    return {};
  }

  Result<std::unique_ptr<Lock>> lock(const std::string& path, std::string_view holder) override {
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (fd.get() < 0) return fail_errno("opening", path, errno);
    // An open-file-description lock: unlike a POSIX record lock it is not dropped when another part of this process
    // closes the same file, and a second open in this process is kept out too.
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd.get(), F_OFD_SETLK, &whole) != 0) {
      if (errno != EAGAIN && errno != EACCES) return fail_errno("locking", path, errno);
      std::string who(512, '\0');
      const auto n = ::pread(fd.get(), who.data(), who.size(), 0);
      who.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
      return fail(ErrorCode::Locked, fmt::format("{} is held by another writer: {}", path,
                                                 who.empty() ? "it has not said who it is" : base::quoted(who)));
    }
    // Who holds it is a courtesy: a disk too full for it is no reason not to open.
    if (::pwrite(fd.get(), holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size()))
      (void)!::ftruncate(fd.get(), static_cast<off_t>(holder.size()));
    return std::make_unique<PosixLock>(std::move(fd));
  }

  Result<std::unique_ptr<SharedPage>> shared_page(const std::string& path, bool writable) override {
    constexpr auto kSize = SharedPage::kWords * sizeof(std::uint64_t);
    const Descriptor fd(::open(path.c_str(), writable ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0666));
    if (fd.get() < 0) return fail_errno("opening", path, errno);
    struct stat st{};
    if (::fstat(fd.get(), &st) != 0) return fail_errno("looking at", path, errno);
    if (static_cast<std::size_t>(st.st_size) < kSize) {
      if (!writable)
        return fail(ErrorCode::Damage, fmt::format("{} has {} bytes; {} were expected", path, st.st_size, kSize));
      // Written, not only lengthened: a hole could meet a full disk as a signal later.
      const std::string zeros(kSize - static_cast<std::size_t>(st.st_size), '\0');
      if (::pwrite(fd.get(), zeros.data(), zeros.size(), st.st_size) != static_cast<ssize_t>(zeros.size()))
        return fail_errno("writing", path, errno);
      if (::fsync(fd.get()) != 0) return fail_errno("syncing", path, errno);
      if (auto synced = sync_directory(parent_of(path)); !synced) return std::unexpected(synced.error());
    }
    void* at = ::mmap(nullptr, kSize, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd.get(), 0);
    if (at == MAP_FAILED) return fail_errno("mapping", path, errno);
    return std::make_unique<PosixPage>(at);
  }

  Status check_file_system(const std::string& directory, std::string& warning) override {
    struct statfs fs{};
    if (::statfs(directory.c_str(), &fs) != 0) return fail_errno("looking at the file system of", directory, errno);
    // Of 64 bits, of which some kernels extend the sign of 32.
    return check_file_system_type(static_cast<std::uint32_t>(fs.f_type), directory, warning);
  }

 private:
  // Who made a directory that is there may have been killed before its name was durable. Since this comes before another
  // is made in it, it can have happened only to the last of a path.
  Status make_or_name(const std::string& path) {
    const auto there = exists(path);
    if (!there) return std::unexpected(there.error());
    if (!*there) return make_directory(path);
    const auto parent = parent_of(path);
    const Descriptor fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Where we may not look we made nothing either: it is somebody else's directory, such as /home.
    if (fd.get() < 0) return errno == EACCES ? Status{} : fail_errno("opening", parent, errno);
    // EINVAL: it knows no sync, such as the root of automounts, in which nobody makes anything.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return fail_errno("syncing", parent, errno);
    return {};
  }
};

}  // namespace

Files& posix_files() {
  static auto* const files = new PosixFiles;
  return *files;
}

}  // namespace daybook::io
