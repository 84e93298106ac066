#include "program/report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>

namespace bank {
namespace {

constexpr std::string_view kPrefix = "Account-";

Exit exit_of(daybook::ErrorCode code) {
  using enum daybook::ErrorCode;
  switch (code) {
    case InvalidArgument: return Exit::Usage;
    case Damage:
    case ForeignHistory:
    case BadPayload:
    case SchemaMismatch: return Exit::Damage;
    case Locked: return Exit::Locked;
    case Conflict:
    case IdConflict:
    case Overload:
    case DeadlineExceeded:
    case OutcomeUnknown:
    case ReadOnly:
    case Closed:
    case DiskFull:
    case PermissionDenied:
    case IoError:
    case HistoryCut:
    case NotFound:
    case UnknownEvent:
    case UnsupportedVersion:
    case UnsupportedSystem: return Exit::World;
    case ClockStepped: return Exit::World;
  }
  return Exit::World;
}

}  // namespace

bool occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // The lowest that is free is what open() gives. The wrong way round, so that using it is EBADF, as it was.
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
  return true;
}

std::string to_text(Money amount) {
  const bool negative = amount.cents < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(amount.cents) : static_cast<std::uint64_t>(amount.cents);
  return fmt::format("{}{}.{:02}", negative ? "-" : "", magnitude / 100, magnitude % 100);
}

std::optional<Money> parse_money(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  auto part = point == text.npos ? std::string("00") : std::string(text.substr(point + 1));
  if (part.empty() || part.size() > 2) return {};
  part.resize(2, '0');
  const auto digits = std::string(whole) + part;
  if (whole.empty() || digits.find_first_not_of("0123456789") != digits.npos) return {};
  Money amount;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount.cents);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return negative ? -amount : amount;
}

std::string to_text(daybook::Time time) {
  auto text = daybook::to_string(time);  // 2026-11-23T10:15:00.123456789Z
  if (std::string_view(text).substr(10) == "T00:00:00.000000000Z") return text.substr(0, 10);
  text[10] = ' ';
  return text.substr(0, 23);
}

std::string_view account_id(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

std::string to_text(const daybook::OpeningReport& opened) {
  auto text = fmt::format("{} events in the log", opened.end.value);
  text += opened.clean ? "; it had been closed properly" : "; whoever wrote it last did not close it";
  if (opened.rewritten_events > 0)
    text += fmt::format("; {} events behind the last known sync were whole, and were written again and synced",
                        opened.rewritten_events);
  if (opened.cut_bytes > 0)
    text += fmt::format("; {} bytes of an unfinished batch, never acknowledged, were cut and are kept in {}",
                        opened.cut_bytes, opened.cut_file);
  else if (!opened.clean)
    text += "; nothing had to be cut";
  if (opened.damage) text += "; DAMAGED: " + opened.damage->message;
  return text;
}

// fmt::print would throw where it can not write, also where nothing may be thrown.
void note(std::string_view message) {
  const auto line = fmt::format("bank: {}\n", message);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

Exit report(const daybook::Error& error) {
  note(fmt::format("{}: {}", daybook::name_of(error.code), error.message));
  return exit_of(error.code);
}

Exit report(const daybook::Outcome& outcome) {
  if (outcome.is_error()) return report(outcome.error());
  if (!outcome.is_refused()) return Exit::Ok;
  note(fmt::format("refused: {} {}", outcome.refusal().code(), outcome.refusal().detail()));
  return Exit::Refused;
}

namespace {

void warn(const daybook::Warning& warning) {
  note(fmt::format("warning: {}: {}", warning.where, warning.what.message));
}

}  // namespace

daybook::Result<daybook::Store> open_to_write(const std::string& directory) {
  daybook::StoreOptions options;
  options.on_opened = [](const daybook::OpeningReport& opened) {
    if (!opened.clean || opened.damage) note("recovered: " + to_text(opened));
  };
  options.on_warning = warn;
  return daybook::open(directory, std::move(options));
}

daybook::Result<daybook::Store> open_to_read(const std::string& directory) {
  daybook::StoreOptions options;
  options.create = false;
  options.read_only = true;
  options.on_warning = warn;
  return daybook::open(directory, std::move(options));
}

}  // namespace bank
