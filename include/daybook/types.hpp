// The words every part of Daybook shares: where an event stands, when it happened, and how to name it.
//
// Plain values; any thread may use them.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook {

// A number that may be compared and subtracted but never computed: a Revision cannot be passed for a Position.
template <class Tag>
struct Ordinal {
  std::uint64_t value = 0;

  constexpr Ordinal next() const { return {value + 1}; }
  friend constexpr auto operator<=>(Ordinal, Ordinal) = default;
  friend constexpr std::int64_t operator-(Ordinal a, Ordinal b) { return static_cast<std::int64_t>(a.value - b.value); }
};

// The number of an event in its stream, from 0, dense.
using Revision = Ordinal<struct RevisionTag>;
// The number of an event in the log, from 0, dense.
using Position = Ordinal<struct PositionTag>;

// UTC, nanoseconds since 1970 (so from 1677 to 2262).
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

// Which of an event's two times a question goes by.
enum class TimeAxis : std::uint8_t {
  Recorded,  // given by the sequencer; never goes back along the log
  Occurred,  // given by the writer; anywhere
};
inline constexpr TimeAxis by_recorded = TimeAxis::Recorded;
inline constexpr TimeAxis by_occurred = TimeAxis::Occurred;

struct Latest {
  friend constexpr bool operator==(Latest, Latest) = default;
};

// Everything recorded (or, by_occurred, everything that had occurred) up to and including `time`.
struct AsOf {
  Time time;
  TimeAxis axis = by_recorded;
  friend constexpr bool operator==(const AsOf&, const AsOf&) = default;
};

// A point in the history that state is asked for. A Revision or Position is included in the state.
using Moment = std::variant<Latest, Revision, Position, AsOf>;

// RFC 9562. Ordered bytewise, so version 7 ids sort by time.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  constexpr bool is_nil() const { return *this == Uuid{}; }
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

// "0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e", lower case.
std::string to_string(const Uuid& id);
// Accepts the 36-character form in either case; nothing else.
std::optional<Uuid> parse_uuid(std::string_view text);
// A name-based id (version 8, SHA-256 of space and name): the same name in the same space is the same id on every
// machine.
Uuid derived_uuid(const Uuid& space, std::string_view name);
// The id of event number `index` of the command with this id.
Uuid event_id_of(const Uuid& command_id, std::uint32_t index);

// "2026-11-23T10:15:00.123456789Z"; always UTC, always nine digits, so that text sorts as time.
std::string to_string(Time time);
// RFC 3339 date-times with up to nine decimals, `Z` or a numeric offset; a bare date is its midnight UTC.
std::optional<Time> parse_time(std::string_view text);

// "Account-alice" -> "Account": what stands before the first '-'; a name without one is its own category.
constexpr std::string_view category_of(std::string_view stream) { return stream.substr(0, stream.find('-')); }

// What a log is, so that a snapshot or checkpoint of another one is refused.
struct LogId {
  Uuid uuid;
  friend constexpr auto operator<=>(const LogId&, const LogId&) = default;
};

// The running checksum over every record before a position: equal in two logs only if all they held up to there was
// equal.
struct Chain {
  std::uint64_t value = 0;
  friend constexpr bool operator==(Chain, Chain) = default;
};

// A place in one particular history. `position` is the next position, so the chain covers everything before it.
struct HistoryMark {
  LogId log;
  Position position;
  Chain chain;
  friend constexpr bool operator==(const HistoryMark&, const HistoryMark&) = default;
};

}  // namespace daybook
