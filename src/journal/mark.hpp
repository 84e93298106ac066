// The mark: a page shared by all processes that have a store open. It says how far the log is durable, and wakes who
// waits.
//
// It outlives a kill, not a power cut: after one it may say less than is true, never more. So it is only ever used as
// "at least this far".
#pragma once

#include <memory>
#include <optional>

#include "daybook/types.hpp"
#include "io/file.hpp"

namespace daybook::journal {

class Mark {
 public:
  // Over a page that is there.
  Mark(std::unique_ptr<io::SharedPage> page, const LogId& log);
  static Result<Mark> open(io::Files& files, const std::string& path, const LogId& log, bool writable);

  // The furthest position that is known durable; nothing if the page is new, of another log, or damaged.
  std::optional<Position> durable() const;
  std::uint64_t epoch() const;

  // For the writer.
  void begin(std::uint64_t epoch, Position durable);
  void advance(Position durable);

  // For readers: the live word, which advance() moves after the slots, and wakes.
  Position live() const;
  void wait_past(Position position, std::chrono::steady_clock::time_point deadline) const;
  void wake() const;

 private:
  bool ours() const;
  std::uint64_t check(std::uint64_t value) const;

  std::unique_ptr<io::SharedPage> page_;
  std::uint64_t low_;  // the log's id
  std::uint64_t high_;
  std::uint64_t turn_ = 0;
};

}  // namespace daybook::journal
