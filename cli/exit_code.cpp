#include "cli/exit_code.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/output.hpp"

namespace daybook::cli {

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument: return ExitCode::Usage;
    case ErrorCode::Conflict:
    case ErrorCode::IdConflict: return ExitCode::Conflict;
    case ErrorCode::Damage:
    case ErrorCode::ForeignHistory:
    case ErrorCode::BadPayload:
    case ErrorCode::SchemaMismatch: return ExitCode::Damage;
    case ErrorCode::Locked: return ExitCode::Locked;
    case ErrorCode::Overload:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::OutcomeUnknown:
    case ErrorCode::ReadOnly:
    case ErrorCode::Closed:
    case ErrorCode::DiskFull:
    case ErrorCode::PermissionDenied:
    case ErrorCode::IoError:
    case ErrorCode::HistoryCut:
    case ErrorCode::NotFound:
    case ErrorCode::UnknownEvent:
    case ErrorCode::UnsupportedVersion:
    case ErrorCode::UnsupportedSystem: return ExitCode::World;
    case ErrorCode::ClockStepped: return ExitCode::World;
  }
  return ExitCode::World;
}

// fmt::print would throw where it can not write.
void say(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

// Messages name files and quote what was read, which somebody else may have written.
void note(std::string_view message) { say(fmt::format("daybook: {}\n", shown(message))); }

ExitCode report(const Error& error) {
  note(fmt::format("{}: {}", name_of(error.code), error.message));
  return exit_code_of(error.code);
}

}  // namespace daybook::cli
