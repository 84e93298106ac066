// Events to standard output: lines of JSON, or columns for people.
#pragma once

#include "cli/event_json.hpp"
#include "cli/output.hpp"

namespace daybook::cli {

// For one thread at a time.
class EventPrinter {
 public:
  EventPrinter(const EventLog& log, Output& out, const Terminal& terminal, bool json);

  Status print(const EventView& event);

 private:
  Status print_columns(const EventView& event);
  std::string_view style(std::string_view code) const { return colour_ ? code : std::string_view(); }

  LoggedSchemas schemas_;
  EventJson lines_;
  Output& out_;
  const bool json_;
  const bool colour_;
  const std::size_t width_;
  bool headed_ = false;
  std::string data_;
};

}  // namespace daybook::cli
