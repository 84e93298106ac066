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

// Runs the bank to its end, without a BANK_STORE of whoever runs the tests. Its output goes to a file, of `at` unless
// another is named.
inline Ran run_program(const TemporaryStore& at, std::vector<std::string> arguments, std::string out = {}) {
  arguments.insert(arguments.begin(), BANK_PROGRAM);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  const auto err = at.file("err");
  if (out.empty()) out = at.file("out");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::unsetenv("BANK_STORE");
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
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
  return {static_cast<Exit>(WEXITSTATUS(status)), out == "/dev/full" ? "" : whole(out), whole(err)};
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
