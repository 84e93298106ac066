// Many appends in flight, and what became of each: for `append` and `import`.
//
// The caller's thread reads and sends, the log's thread completes, and a thread of this one tells: a receipt is written
// and flushed as soon as it is acknowledged, and a reader of receipts that is slow holds up the sending, not the log.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/output.hpp"
#include "daybook/port/event_log.hpp"

namespace daybook::cli {

// One batch on its way: where its lines stand in the input.
struct Sent {
  std::uint64_t first_line = 0;
  std::uint64_t last_line = 0;
  std::size_t bytes = 0;  // of its lines: what it counts for in what may be in flight
};

class Appending {
 public:
  struct Counts {
    std::uint64_t appended = 0;  // events
    std::uint64_t repeated = 0;  // events that the log had already
    std::optional<Position> first{};
    std::optional<Position> last{};
    std::optional<Revision> last_revision{};
  };

  // `receipts`: where to print one for each event; null for none. `input`: its name, for messages.
  Appending(EventLog& log, Output* receipts, std::string input);
  ~Appending();

  // Waits while too much is in flight. The request's views must live until this returns. False when an earlier one
  // failed, or nobody reads the receipts any more: nothing was sent then, and sending makes no sense any more.
  bool send(const AppendRequest& request, const Sent& sent);
  // Waits until nothing is in flight; what has become of all so far. Ok, or the exit code of the first failure, which
  // has been reported.
  ExitCode wait(Counts& counts);

 private:
  struct Done {
    Sent sent;
    std::uint64_t events = 0;
    Position position{};
    Revision revision{};  // of the first event; the others of a receipted batch follow it
    bool repeated = false;
    std::optional<Error> error{};
  };
  // A run of lines that failed for the same reason: one message tells of the thousands that a full disk refuses.
  struct Failed {
    Error error;
    std::uint64_t first_line = 0;
    std::uint64_t last_line = 0;
  };
  void tell();
  void tell_one(const Done& done);
  void report_failed();

  static constexpr std::size_t kMostInFlight = 8192;
  static constexpr std::size_t kMostBytesInFlight = 16u << 20;

  EventLog& log_;
  Output* receipts_;
  const std::string input_;

  std::optional<Failed> failed_;  // the run that has not been told yet; of the thread that tells

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Done> done_;
  std::size_t in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;
  ExitCode failure_ = ExitCode::Ok;
  bool stopped_ = false;  // send no more
  bool ending_ = false;
  Counts counts_;
  std::thread teller_;
};

}  // namespace daybook::cli
