// `daybook`: the command line of Daybook stores. docs/cli.md describes it.
#include <csignal>

#include "cli/arguments.hpp"

// Nothing here throws but for want of memory, and that may end the program.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  using namespace daybook::cli;
  if (!occupy_standard_descriptors()) return static_cast<int>(ExitCode::World);
  std::signal(SIGPIPE, SIG_IGN);  // a reader who goes away is an answer of write(), and a clean end
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments) return static_cast<int>(arguments.error());
  return static_cast<int>(std::visit([&](const auto& verb) { return run(arguments->common, verb); }, arguments->verb));
}
