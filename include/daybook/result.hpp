// What the world answered when it was not a value: Error, and Result<T>.
//
// A Refusal (decision.hpp) is the domain's answer, an Error is the world's; the two are never mixed. A bug is neither:
// it stops the program.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daybook/types.hpp"

namespace daybook {

// Closed: every caller may switch over it without a default.
enum class ErrorCode : std::uint8_t {
  InvalidArgument,   // malformed, over a limit, or not to be asked from there; nothing was done
  Conflict,          // an expected revision or a condition did not hold; nothing was appended
  IdConflict,        // a known event id with other bytes, or a batch of which only a part is known, or not as one
  Overload,          // a queue is full; try again later
  DeadlineExceeded,  // not in the time given; the outcome is as the message says
  OutcomeUnknown,    // the append may or may not be in the log: a sync failed while it was in flight
  ReadOnly,          // the log takes no appends: damage found at opening, a failed sync, or opened so
  Closed,            // the store was closed, or is closing
  Locked,            // another process is the writer
  DiskFull,          // nothing was lost, nothing was half done
  PermissionDenied,
  IoError,
  Damage,          // stored bytes do not match their checksum or their place
  ForeignHistory,  // a snapshot, checkpoint, segment or index of another log or of another past
  HistoryCut,      // what was asked for lies before the first position still here (Error::position)
  NotFound,
  UnknownEvent,        // an event type or version that this program does not know
  BadPayload,          // stored bytes that do not decode as the type they are named
  SchemaMismatch,      // a stored schema that can not be read as the program's
  UnsupportedVersion,  // a format newer than this program
  UnsupportedSystem,   // a file system or machine that Daybook does not promise anything on
  ClockStepped,        // only ever a warning: the clock went back, and what is recorded waits for it
};

// "Conflict", "IdConflict", …: stable names, for logs and JSON.
constexpr std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument: return "InvalidArgument";
    case ErrorCode::Conflict: return "Conflict";
    case ErrorCode::IdConflict: return "IdConflict";
    case ErrorCode::Overload: return "Overload";
    case ErrorCode::DeadlineExceeded: return "DeadlineExceeded";
    case ErrorCode::OutcomeUnknown: return "OutcomeUnknown";
    case ErrorCode::ReadOnly: return "ReadOnly";
    case ErrorCode::Closed: return "Closed";
    case ErrorCode::Locked: return "Locked";
    case ErrorCode::DiskFull: return "DiskFull";
    case ErrorCode::PermissionDenied: return "PermissionDenied";
    case ErrorCode::IoError: return "IoError";
    case ErrorCode::Damage: return "Damage";
    case ErrorCode::ForeignHistory: return "ForeignHistory";
    case ErrorCode::HistoryCut: return "HistoryCut";
    case ErrorCode::NotFound: return "NotFound";
    case ErrorCode::UnknownEvent: return "UnknownEvent";
    case ErrorCode::BadPayload: return "BadPayload";
    case ErrorCode::SchemaMismatch: return "SchemaMismatch";
    case ErrorCode::UnsupportedVersion: return "UnsupportedVersion";
    case ErrorCode::UnsupportedSystem: return "UnsupportedSystem";
    case ErrorCode::ClockStepped: return "ClockStepped";
  }
  return "?";
}

// A code to act on and a sentence to read, which names the value that was wrong and what was expected.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::IoError;
  std::string message;
  std::optional<Position> position;  // where in the log, if it is about a place

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::optional<Position> position = {}) {
  return std::unexpected(Error{code, std::move(message), position});
}

}  // namespace daybook
