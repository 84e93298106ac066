#include "cli/line_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::cli {
namespace {

constexpr std::size_t kChunk = 256u << 10;

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
  if (path.empty() || path == "-") return LineReader(STDIN_FILENO, "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int why = errno;
    const auto code = why == ENOENT                   ? ErrorCode::NotFound
                      : why == EACCES || why == EPERM ? ErrorCode::PermissionDenied
                                                      : ErrorCode::IoError;
    return fail(code, fmt::format("opening {}: {}", path, std::strerror(why)));
  }
  return LineReader(fd, path);
}

LineReader::LineReader(LineReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      given_(other.given_),
      begin_(other.begin_),
      scanned_(other.scanned_),
      size_(other.size_),
      ended_(other.ended_),
      number_(other.number_) {}

LineReader::~LineReader() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<std::optional<std::string_view>> LineReader::next() {
  for (;;) {
    const auto* end = static_cast<const char*>(std::memchr(buffer_.data() + scanned_, '\n', size_ - scanned_));
    if (end || (ended_ && begin_ < size_)) {
      ++number_;
      const auto stop = end ? static_cast<std::size_t>(end - buffer_.data()) : size_;
      std::string_view line(buffer_.data() + begin_, stop - begin_);
      given_ = begin_;
      begin_ = scanned_ = end ? stop + 1 : size_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.size() > kMaxLineBytes) return too_long(number_);
      return line;
    }
    if (ended_) return std::nullopt;
    if (size_ - begin_ > kMaxLineBytes + 1) return too_long(number_ + 1);  // a '\r' may belong to its end
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, size_ - begin_);
    size_ -= begin_;
    begin_ = 0;
    scanned_ = size_;
    if (buffer_.size() < size_ + kChunk) buffer_.resize(std::max(2 * buffer_.size(), size_ + kChunk));
    const auto n = ::read(fd_, buffer_.data() + size_, buffer_.size() - size_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::IoError, fmt::format("reading {}: {}", name_, std::strerror(errno)));
    if (n == 0) ended_ = true;
    size_ += static_cast<std::size_t>(n);
  }
}

void LineReader::take_back() {
  begin_ = scanned_ = given_;
  --number_;
}

std::unexpected<Error> LineReader::too_long(std::uint64_t number) const {
  return fail(
      ErrorCode::InvalidArgument,
      fmt::format("{}, line {}: longer than {} bytes; one event a line was expected", name_, number, kMaxLineBytes));
}

Result<bool> each_line(LineReader& lines,
                       const std::function<Result<bool>(std::string_view line, std::uint64_t number)>& take) {
  for (;;) {
    const auto line = lines.next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return true;
    if ((*line)->find_first_not_of(" \t") == (*line)->npos) continue;
    const auto taken = take(**line, lines.number());
    if (!taken) {
      auto error = taken.error();
      error.message = fmt::format("{}, line {}: {}", lines.name(), lines.number(), error.message);
      return std::unexpected(std::move(error));
    }
    if (!*taken) return false;
  }
}

}  // namespace daybook::cli
