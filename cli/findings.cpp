#include "cli/findings.hpp"

#include <fmt/format.h>

#include <iterator>

#include "codec/json_text.hpp"

namespace daybook::cli {

void print_finding(Output& out, const Terminal& terminal, bool json, const maintenance::Finding& f) {
  auto& text = out.text();
  if (!json) {
    const std::string_view red = terminal.colour ? "\x1b[31m" : "", plain = terminal.colour ? "\x1b[0m" : "";
    fmt::format_to(std::back_inserter(text), "{}{}{}  {}", red, name_of(f.code), plain,
                   shown(maintenance::to_string(f)));
  } else {
    fmt::format_to(std::back_inserter(text), R"({{"finding":"{}","file":)", name_of(f.code));
    codec::append_json_string_lossy(text, f.file);
    if (f.segment) fmt::format_to(std::back_inserter(text), R"(,"segment":{})", *f.segment);
    if (f.byte) fmt::format_to(std::back_inserter(text), R"(,"byte":{})", *f.byte);
    if (f.from) fmt::format_to(std::back_inserter(text), R"(,"position":{})", f.from->value);
    if (f.until) fmt::format_to(std::back_inserter(text), R"(,"lost":{})", f.until->value - f.from->value);
    text += R"(,"what":)";
    codec::append_json_string_lossy(text, f.what);
    text += '}';
  }
  out.end_line();
  out.flush();
}

}  // namespace daybook::cli
