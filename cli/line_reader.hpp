// Lines of a file descriptor, as they come: a line is handed out as soon as it is there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/result.hpp"

namespace daybook::cli {

// Room for the largest event as JSON: 8 MiB of binary payload are 11 MiB of base64, Avro may unfold further.
inline constexpr std::size_t kMaxLineBytes = 64u << 20;

// For one thread at a time.
class LineReader {
 public:
  // Opens the file; "-" and "" are standard input. NotFound, PermissionDenied, IoError.
  static Result<LineReader> open(const std::string& path);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  // The next line, without its end ("\n" or "\r\n"); nothing at the end. Valid until the next call. InvalidArgument:
  // the line is longer than kMaxLineBytes; IoError.
  Result<std::optional<std::string_view>> next();
  // Takes the line that next() gave last back: the next call gives it again.
  void take_back();
  // The number of the line that next() gave last, from 1, and the input's name: for messages.
  std::uint64_t number() const { return number_; }
  const std::string& name() const { return name_; }

 private:
  LineReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  std::unexpected<Error> too_long(std::uint64_t number) const;

  int fd_;
  std::string name_;
  std::string buffer_;
  std::size_t given_ = 0;    // where the line that was given last begins
  std::size_t begin_ = 0;    // of the line at hand
  std::size_t scanned_ = 0;  // no line ends before this
  std::size_t size_ = 0;     // bytes that were read
  bool ended_ = false;
  std::uint64_t number_ = 0;
};

// Hands every line that is not blank to `take`, with its number, until there are no more (true) or it says false. An
// error of the line is told with the input's name and the line's number.
Result<bool> each_line(LineReader& lines,
                       const std::function<Result<bool>(std::string_view line, std::uint64_t number)>& take);

}  // namespace daybook::cli
