// How far long work has come: one line that is written over on a terminal, now and then a plain line elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/output.hpp"

namespace daybook::cli {

// To standard error. For one thread at a time.
class Progress {
 public:
  // `what`: "verified", "copied", …; by: how the work is measured.
  enum class By : std::uint8_t { Bytes, Events };
  using Clock = std::chrono::steady_clock;
  // `now` is for tests, which turn the clock themselves.
  Progress(const Terminal& terminal, std::string what, By by = By::Bytes, Clock::time_point (*now)() = &Clock::now)
      : terminal_(terminal), what_(std::move(what)), by_(by), now_(now) {}
  ~Progress() { clear(); }

  // Cheap: says nothing most of the time. `events` is told beside the bytes.
  void at(std::uint64_t done, std::uint64_t of, std::uint64_t events);
  // Takes the line off the terminal, so that something else can be written.
  void clear();

 private:
  const Terminal terminal_;
  const std::string what_;
  const By by_;
  Clock::time_point (*const now_)();
  const Clock::time_point began_ = now_();
  Clock::time_point told_ = began_;
  bool shown_ = false;
};

// "1.2 GiB"
std::string size_text(std::uint64_t bytes);
// "3 min 20 s"
std::string time_text(std::chrono::duration<double> time);

}  // namespace daybook::cli
