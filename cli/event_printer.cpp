#include "cli/event_printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace daybook::cli {
namespace {

constexpr std::string_view kDim = "\x1b[2m", kBold = "\x1b[1m", kCyan = "\x1b[36m", kPlain = "\x1b[0m";
constexpr std::size_t kPositionColumns = 9, kTimeColumns = 23, kStreamColumns = 28, kRevisionColumns = 6,
                      kTypeColumns = 20, kLeastDataColumns = 24;

// The text and spaces up to `columns`.
void pad(std::string& out, std::string_view text, std::size_t columns) {
  const auto cut = shown(text, columns);
  out += cut;
  out.append(columns - std::min(columns, columns_of(cut)), ' ');
}

}  // namespace

EventPrinter::EventPrinter(const EventLog& log, Output& out, const Terminal& terminal, bool json)
    : schemas_(log),
      lines_(schemas_, EventJson::Payloads::Readable),
      out_(out),
      json_(json),
      colour_(terminal.colour),
      width_(static_cast<std::size_t>(std::max(terminal.width, 1))) {}

Status EventPrinter::print(const EventView& event) {
  if (!json_) return print_columns(event);
  auto done = lines_.append(event, out_.text());
  if (done) out_.end_line();
  return done;
}

Status EventPrinter::print_columns(const EventView& event) {
  auto& text = out_.text();
  if (!headed_) {
    fmt::format_to(std::back_inserter(text), "{}{:>{}}  {:<{}}  {:<{}}{:>{}}  {:<{}}  data{}\n", style(kDim),
                   "position", kPositionColumns, "recorded (UTC)", kTimeColumns, "stream", kStreamColumns, "rev",
                   kRevisionColumns, "type", kTypeColumns, style(kPlain));
    headed_ = true;
  }
  data_.clear();
  if (const auto shown_as = lines_.append_data(event, data_); !shown_as) return std::unexpected(shown_as.error());
  auto recorded = to_string(event.recorded).substr(0, kTimeColumns);  // milliseconds
  recorded[10] = ' ';
  fmt::format_to(std::back_inserter(text), "{:>{}}  {}{}{}  {}", event.position.value, kPositionColumns, style(kDim),
                 recorded, style(kPlain), style(kCyan));
  pad(text, event.stream, kStreamColumns);
  fmt::format_to(std::back_inserter(text), "{}{:>{}}  {}", style(kPlain), event.revision.value, kRevisionColumns,
                 style(kBold));
  pad(text, event.type, kTypeColumns);
  text += style(kPlain);
  text += "  ";
  constexpr std::size_t kUsed = kPositionColumns + kTimeColumns + kStreamColumns + kRevisionColumns + kTypeColumns + 8;
  text += shown(data_, std::max(kLeastDataColumns, width_ > kUsed ? width_ - kUsed : 0));
  out_.end_line();
  return {};
}

}  // namespace daybook::cli
