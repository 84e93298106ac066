// The program as a script runs it: a process of its own, its input and output, its exit code.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace daybook::cli {

// A directory that goes when the test ends.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-cli-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

// Turns every bit of one byte of a file over.
inline void flip_byte(const std::string& path, std::uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(~file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

// Where its descriptors lead, if not for the test to see: a path, or kClosed.
struct Elsewhere {
  std::string in{};
  std::string out{};
  std::string err{};
};
inline const std::string kClosed = "closed";

inline void redirect(int descriptor, const std::string& to, int flags) {
  if (to == kClosed)
    ::close(descriptor);
  else
    ::dup2(::open(to.c_str(), flags | O_CLOEXEC, 0600), descriptor);
}

// The program's name before its arguments, as exec wants them; they must outlive it.
inline std::vector<char*> command_line(std::vector<std::string>& arguments) {
  arguments.insert(arguments.begin(), DAYBOOK_PROGRAM);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  return argv;
}

// A running program, with pipes to its input and output. Its errors go to those of the test, unless a path is named.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const std::string& errors = "") {
    std::array<int, 2> in{}, out{};
    EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    const auto argv = command_line(arguments);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      if (!errors.empty()) redirect(STDERR_FILENO, errors, O_WRONLY | O_CREAT);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  ~Program() {
    close_input();
    close_output();
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      (void)wait();
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void write(const std::string& text) const {
    EXPECT_EQ(::write(in_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // The next line of its output; waits for it.
  std::string line() const {
    std::string text;
    for (char c = 0; ::read(out_, &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  void close_input() { close(in_); }
  void close_output() { close(out_); }
  void signal(int number) const { ::kill(pid_, number); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
};

// Runs it to its end.
inline Ran daybook(std::vector<std::string> arguments, const std::string& input = "", const Elsewhere& elsewhere = {}) {
  const TemporaryDirectory dir;
  write_file(dir / "in", input);
  const auto argv = command_line(arguments);
  const auto path = [&](const std::string& other, const char* own) { return other.empty() ? dir / own : other; };
  const auto in = path(elsewhere.in, "in"), out = path(elsewhere.out, "out"), err = path(elsewhere.err, "err");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::unsetenv("DAYBOOK_STORE");
    redirect(STDIN_FILENO, in, O_RDONLY);
    redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT);
    redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          elsewhere.out.empty() ? whole_file(out) : "", elsewhere.err.empty() ? whole_file(err) : ""};
}

// The exit codes of docs/cli.md.
inline constexpr int kOk = 0, kWorld = 1, kUsage = 2, kConflict = 3, kDamage = 4, kLocked = 5;
inline const std::string kOpened = R"({"type":"Opened","data":{"owner":"alice"}})"
                                   "\n";

class Cli : public testing::Test {
 protected:
  Ran append(const std::string& lines, std::vector<std::string> more = {},
             const std::string& stream = "Account-alice") {
    more.insert(more.begin(), {"append", stream, "--store", store});
    return daybook(std::move(more), lines);
  }
  Ran on_store(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--store", store});
    return daybook(std::move(arguments));
  }
  std::string segment(int number = 1) const { return store + "/log/00000000000" + std::to_string(number) + ".seg"; }

  TemporaryDirectory dir;
  std::string store = dir / "store";
};

inline std::string deposits(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += R"({"type":"Deposited","data":{"amount":)" + std::to_string(i) + "}}\n";
  return lines;
}

}  // namespace daybook::cli
