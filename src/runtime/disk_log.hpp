// A log in a directory, alive: journal, log and threads joined.
#pragma once

#include <memory>
#include <string>

#include "daybook/port/clock.hpp"
#include "io/file.hpp"
#include "journal/directory.hpp"
#include "log/log.hpp"
#include "runtime/log_threads.hpp"

namespace daybook::runtime {

struct DiskLogOptions {
  bool create = true;
  bool prepare = false;  // zeros for this and the next segment before opening returns
  std::uint64_t segment_bytes = 256u << 20;
  Limits limits{};
  std::uint64_t remembered_ids = 1'000'000;
  // A last segment longer than this is sealed when the log is closed: it would have to be read when it is opened again.
  std::uint64_t seal_on_close_bytes = 16u << 20;
  std::function<void(Error)> warn = [](const Error&) {};
};

class DiskLog {
 public:
  // The writer. A store with damage opens for reading only: recovery() says so. What is before the damage can be read.
  static Result<std::unique_ptr<DiskLog>> open(io::Files& files, const std::string& directory, const Clock& clock,
                                               DiskLogOptions options);
  // A reader beside the writer, in this or another process.
  static Result<std::unique_ptr<DiskLog>> follow(io::Files& files, const std::string& directory,
                                                 DiskLogOptions options);
  ~DiskLog();

  EventLog& log() { return *log_; }
  const log::Log& details() const { return *log_; }
  const journal::Recovery& recovery() const { return recovery_; }
  const std::string& directory() const { return directory_; }
  LogThreads::Counts counts() const { return threads_ ? threads_->counts() : LogThreads::Counts{}; }
  // Where the seconds of opening went.
  struct Opening {
    double journal_seconds = 0;
    double index_seconds = 0;
  };
  const Opening& opening() const { return opening_; }

  // Answers what was queued (or refuses it), notes that the log ended cleanly, and lets another writer in. Later
  // appends are Closed; reads go on.
  Status close(bool refuse = false);

 private:
  DiskLog(std::string directory, DiskLogOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}
  void opened(std::unique_ptr<log::Log> log);
  std::chrono::nanoseconds tend();

  const std::string directory_;
  const DiskLogOptions options_;
  WakeUp wake_;
  std::unique_ptr<journal::Directory> journal_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<LogThreads> threads_;
  journal::Recovery recovery_;
  Opening opening_;
  // The tending thread's.
  std::chrono::steady_clock::time_point tended_ = std::chrono::steady_clock::now();
  std::uint64_t tended_bytes_ = 0;  // of the segment that is being written
  bool busy_ = true;                // it was, between the last two looks
  std::chrono::steady_clock::time_point next_prepare_{};
  bool closed_ = false;
};

// UTC from the operating system.
const Clock& system_clock();

}  // namespace daybook::runtime
