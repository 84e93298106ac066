// The program as a user runs it: a process of its own, what it prints, and its exit code.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "program/report.hpp"
#include "program/temporary_store.hpp"

namespace bank {

struct Ran {
  Exit exit{};
  std::string out;
  std::string err;
};

// Where its output and errors go, if not for the test to see: a path, or kClosed.
struct Elsewhere {
  std::string out{};
  std::string err{};
};
inline const std::string kClosed = "closed";

inline void redirect(int descriptor, const std::string& to) {
  if (to == kClosed)
    ::close(descriptor);
  else
    ::dup2(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), descriptor);
}

// Runs the bank to its end, without a BANK_STORE of whoever runs the tests.
inline Ran run_program(const TemporaryStore& at, std::vector<std::string> arguments, const Elsewhere& elsewhere = {}) {
  arguments.insert(arguments.begin(), BANK_PROGRAM);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  const auto out = elsewhere.out.empty() ? at.file("out") : elsewhere.out;
  const auto err = elsewhere.err.empty() ? at.file("err") : elsewhere.err;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::unsetenv("BANK_STORE");
    redirect(STDOUT_FILENO, out);
    redirect(STDERR_FILENO, err);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  const auto whole = [](const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  return {static_cast<Exit>(WEXITSTATUS(status)), elsewhere.out.empty() ? whole(out) : "",
          elsewhere.err.empty() ? whole(err) : ""};
}

// A bank without accounts.
struct BankProgram : testing::Test {
  Ran bank(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--store", at.directory()});
    return run_program(at, std::move(arguments));
  }
  // For what must go well.
  std::string told(std::vector<std::string> arguments) const {
    const auto ran = bank(std::move(arguments));
    EXPECT_EQ(ran.exit, Exit::Ok) << ran.out << ran.err;
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }
  // A file beside the store, with this content.
  std::string written(const char* name, std::string_view content) const {
    std::ofstream(at.file(name), std::ios::binary) << content;
    return at.file(name);
  }

  TemporaryStore at;
};

}  // namespace bank
