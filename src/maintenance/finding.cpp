#include "maintenance/finding.hpp"

#include <fmt/format.h>

#include <iterator>

namespace daybook::maintenance {

std::string to_string(const Finding& finding) {
  auto text = finding.file + ": ";
  if (finding.byte) fmt::format_to(std::back_inserter(text), "byte {}: ", *finding.byte);
  if (finding.from && finding.until && finding.until->value > finding.from->value + 1)
    fmt::format_to(std::back_inserter(text), "positions {} to {}: ", finding.from->value, finding.until->value - 1);
  else if (finding.from)
    fmt::format_to(std::back_inserter(text), "position {}: ", finding.from->value);
  return text + finding.what;
}

}  // namespace daybook::maintenance
