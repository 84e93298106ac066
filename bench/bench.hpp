// What the benchmarks share: the payloads, a raw loop on the same device, percentiles, and the line that a figure is.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::bench {

using Steady = std::chrono::steady_clock;
inline constexpr std::size_t kPayloadBytes = 256;

inline double since(Steady::time_point then) { return std::chrono::duration<double>(Steady::now() - then).count(); }

[[noreturn]] inline void die(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

inline std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::stoull(value) : otherwise;
}

// 256 bytes of text that hardly compresses, from one pool of random letters.
inline std::string_view payload(std::uint64_t i) {
  static const std::string pool = [] {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
    std::string text(1u << 20, ' ');
    std::uint64_t state = 42;
    for (char& c : text) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      c = kLetters[state >> 58];
    }
    return text;
  }();
  return std::string_view(pool).substr(i * 977 % (pool.size() - kPayloadBytes), kPayloadBytes);
}

// A directory of its own below $DIR (default: the working directory), removed at the end.
class Scratch {
 public:
  Scratch() {
    const char* parent = std::getenv("DIR");
    std::string name = (std::filesystem::path(parent ? parent : ".") / "bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) die("can not make a directory for the benchmark");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

struct Percentiles {
  double p50 = 0, p99 = 0;
};
inline Percentiles percentiles(std::vector<double>& seconds) {
  if (seconds.empty()) return {};
  std::ranges::sort(seconds);
  const auto at = [&](double q) {
    return seconds[static_cast<std::size_t>(static_cast<double>(seconds.size() - 1) * q)];
  };
  return {at(0.5), at(0.99)};
}

// One thread sleeps until another says that it may go on. A bare futex: std::atomic::wait yields before it sleeps,
// which on two cores with many threads is a storm of switches.
class Flag {
 public:
  void raise() {
    up_.store(1, std::memory_order_release);
    ::syscall(SYS_futex, &up_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  void wait() {
    while (up_.load(std::memory_order_acquire) == 0)
      ::syscall(SYS_futex, &up_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
  }
  void lower() { up_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> up_ = 0;
};

// So many appends of one thread in flight. A thread that has to wait is woken once half of them are answered, not once
// for each.
class Window {
 public:
  explicit Window(std::uint64_t size) : size_(size) {}
  // Before an append.
  void enter() {
    if (sent_ - answered_.load(std::memory_order_acquire) >= size_) wait_for(sent_ - size_ / 2);
    ++sent_;
  }
  // In its completion.
  void answered() {
    const auto n = answered_.fetch_add(1, std::memory_order_seq_cst) + 1;
    if (n == target_.load(std::memory_order_seq_cst)) flag_.raise();
  }
  void wait_for_all() { wait_for(sent_); }

 private:
  void wait_for(std::uint64_t n) {
    flag_.lower();
    target_.store(n, std::memory_order_seq_cst);
    if (answered_.load(std::memory_order_seq_cst) >= n) return;
    flag_.wait();
  }

  const std::uint64_t size_;
  std::uint64_t sent_ = 0;
  std::atomic<std::uint64_t> answered_ = 0;
  std::atomic<std::uint64_t> target_ = UINT64_MAX;
  Flag flag_;
};

struct Raw {
  double events_per_second = 0;
  double prepare_seconds = 0;
  Percentiles sync;
};

// The floor of the device: `groups` writes of `bytes` bytes that hold `events` events each, every one followed by
// fdatasync; to a file that grows, or to one whose zeros were written before.
inline Raw raw_loop(const std::string& path, std::uint64_t groups, std::size_t bytes, double events, bool prepared) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR, 0644);
  if (fd < 0) die("can not make the raw file");
  std::string group;
  while (group.size() < bytes) group += payload(group.size());
  group.resize(bytes);
  Raw raw;
  const auto whole = groups * bytes;
  if (prepared) {
    const auto began = Steady::now();
    const std::vector<char> zeros(1u << 20);
    for (std::uint64_t at = 0; at < whole; at += zeros.size())
      if (::pwrite(fd, zeros.data(), zeros.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(zeros.size()))
        die("the disk is full");
    if (::fsync(fd) != 0) die("fsync failed");
    raw.prepare_seconds = since(began);
  }
  std::vector<double> syncs;
  syncs.reserve(groups);
  const auto began = Steady::now();
  for (std::uint64_t i = 0; i < groups; ++i) {
    const auto start = Steady::now();
    if (::pwrite(fd, group.data(), group.size(), static_cast<off_t>(i * bytes)) != static_cast<ssize_t>(group.size()))
      die("the disk is full");
    if (::fdatasync(fd) != 0) die("fdatasync failed");
    syncs.push_back(since(start));
  }
  raw.events_per_second = static_cast<double>(groups) * events / since(began);
  raw.sync = percentiles(syncs);
  ::close(fd);
  ::unlink(path.c_str());
  return raw;
}

}  // namespace daybook::bench
