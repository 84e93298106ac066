#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/utf8.hpp"

namespace daybook::cli {
namespace {

ErrorCode code_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT: return ErrorCode::DiskFull;
    default: return ErrorCode::IoError;
  }
}

}  // namespace

bool occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // The lowest that is free is what open() gives. The wrong way round, so that using it is EBADF, as it was.
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
  return true;
}

Terminal terminal() {
  Terminal t;
  t.out = ::isatty(STDOUT_FILENO) == 1;
  t.err = ::isatty(STDERR_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  t.colour = t.out && !(no_colour && *no_colour) && term && std::string_view(term) != "dumb";
  winsize size{};
  if (t.out && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) t.width = size.ws_col;
  return t;
}

Result<std::unique_ptr<Output>> Output::to_file(const std::string& path) {
  if (path.empty() || path == "-") return std::make_unique<Output>();
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  struct stat st{};
  if (fd < 0 && errno == EEXIST && ::stat(path.c_str(), &st) == 0) {
    if (S_ISREG(st.st_mode))
      return fail(ErrorCode::InvalidArgument, fmt::format("{} is there already; a new file was expected", path));
    fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  }
  if (fd < 0) {
    const int why = errno;
    return fail(code_of(why), fmt::format("opening {}: {}", path, std::strerror(why)));
  }
  return std::unique_ptr<Output>(new Output(fd, path));
}

Output::~Output() {
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

void Output::flush() {
  std::string_view left = buffer_;
  while (!left.empty() && open()) {
    const auto n = ::write(fd_, left.data(), left.size());
    if (n >= 0)
      left.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EPIPE)
      broken_ = true;
    else if (errno != EINTR)
      error_ = errno;
  }
  buffer_.clear();
}

ExitCode Output::finish() {
  flush();
  if (error_ == 0) return ExitCode::Ok;
  return report({code_of(error_), fmt::format("writing to {}: {}", name_, std::strerror(error_)), {}});
}

namespace {

std::size_t length_of(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

}  // namespace

std::string shown(std::string_view text, std::size_t columns) {
  std::string out;
  for (std::size_t at = 0, column = 0; at < text.size(); ++column) {
    auto size = std::min(length_of(static_cast<unsigned char>(text[at])), text.size() - at);
    if (!base::is_utf8(text.substr(at, size))) size = 1;  // what follows it counts for itself
    if (column + 1 >= columns && at + size < text.size()) {
      out += "…";
      break;
    }
    if (const auto character = text.substr(at, size); base::is_printable_utf8(character))
      out += character;
    else
      out += '?';  // a terminal would obey it
    at += size;
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

}  // namespace daybook::cli
