// What the program's exit says to the script that ran it (docs/cli.md).
#pragma once

#include "daybook/result.hpp"

namespace daybook::cli {

enum class ExitCode : int {
  Ok = 0,        // also when whoever read our output went away, unless there was more to append
  World = 1,     // disk, permission, not found, cut history, a format newer than this program
  Usage = 2,     // what was asked for, or fed in, is malformed or over a limit
  Conflict = 3,  // an expectation or condition did not hold, or an id is known with other bytes
  Damage = 4,    // stored bytes are not what, or not whose, they should be
  Locked = 5,    // another process is the writer
};

ExitCode exit_code_of(ErrorCode code);

// To standard error, as it stands. Whether it can be written there is nobody's error: there is no place left to say so.
void say(std::string_view text);
// "daybook: …" on standard error, in one line without control characters; the exit code that belongs to it.
ExitCode report(const Error& error);
void note(std::string_view message);

}  // namespace daybook::cli
