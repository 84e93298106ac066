// Standard output: buffered, flushed when told, and never the reason for a signal. And what is known of the terminal.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"
#include "daybook/result.hpp"

namespace daybook::cli {

// Opens those of descriptors 0, 1 and 2 that are closed, so that no file of a store becomes one of them; reading or
// writing there is then an error. Before anything else is opened. False: it could not be done.
bool occupy_standard_descriptors();

// What standard output and error are connected to.
struct Terminal {
  bool out = false;     // standard output is a terminal
  bool err = false;     // standard error is one
  bool colour = false;  // on a terminal that is not "dumb", unless NO_COLOR is set
  int width = 80;
};
Terminal terminal();

// For one thread at a time. Once the reader has gone away everything that is put here is dropped; verbs ask open() and
// stop early.
class Output {
 public:
  Output() : Output(1, "standard output") {}
  // A new file, or a device or pipe; "-" and "" are standard output. InvalidArgument: there is such a file.
  static Result<std::unique_ptr<Output>> to_file(const std::string& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Append to this, then call end_line().
  std::string& text() { return buffer_; }
  void end_line() {
    buffer_ += '\n';
    if (buffer_.size() >= kFlushAt) flush();
  }
  void line(std::string_view text) {
    buffer_ += text;
    end_line();
  }
  void flush();

  bool open() const { return !broken_ && !error_; }
  // Flushes; what the verb's exit code is when nothing else went wrong. A reader who went away is no error.
  ExitCode finish();

 private:
  Output(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  static constexpr std::size_t kFlushAt = 256u << 10;
  const int fd_;
  const std::string name_;
  std::string buffer_;
  bool broken_ = false;
  int error_ = 0;
};

// The text as a terminal may show it: no control characters and nothing that is no UTF-8, at most `columns` code
// points, "…" where it was cut.
std::string shown(std::string_view text, std::size_t columns = std::string_view::npos);
// How many columns the text takes, one for each code point.
std::size_t columns_of(std::string_view text);

}  // namespace daybook::cli
