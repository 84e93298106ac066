// What a given/when/then that did not come out as expected shows: the story so far, and the difference line by line.
// given.hpp includes it; nothing here is for users to write but the name of what is thrown.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/codec/json.hpp"

namespace daybook {

// A given/when/then that did not come out as expected. Its text is for people.
class GivenFailed : public std::exception {
 public:
  explicit GivenFailed(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

namespace detail {

// A struct as text: its name, and each field that is not itself a struct, with its path ("amount.cents") and its JSON.
struct Shown {
  struct Line {
    std::string path;
    std::string json;
  };
  std::string name;
  std::vector<Line> lines;
};

inline Shown show(const codec::Type& type, const void* value, std::string_view whose = {}) {
  Shown shown;
  if (!whose.empty()) shown.name.append(whose).append(": ");
  shown.name += type.name;
  for (const auto& leaf : type.structure().leaves) {
    auto& line = shown.lines.emplace_back(leaf.path, std::string{});
    codec::print_json_as(*leaf.type, static_cast<const char*>(value) + leaf.offset, line.json);
  }
  return shown;
}
template <class T>
Shown show(const T& value, std::string_view whose = {}) {
  return show(codec::type_of<T>(), &value, whose);
}

// "first", "second", "third", "4th": as users say whose an event is; nothing if there is but one state.
template <std::size_t Which, std::size_t States>
std::string whose() {
  if constexpr (States == 1)
    return {};
  else if constexpr (Which < 3)
    return std::array<const char*, 3>{"first", "second", "third"}[Which];
  else
    return std::to_string(Which + 1) + "th";
}

// What was told before the failure, and what came out instead of what.
struct Story {
  std::vector<Shown> given;
  Shown when;
  std::source_location where;
};
struct Ending {
  bool refused = false;
  std::vector<Shown> shown;  // the events, or the one refusal
};

inline void write_whole(std::string& out, std::string_view mark, const Shown& shown) {
  out.append(mark).append(shown.name).append("\n");
  for (const auto& line : shown.lines)
    out.append(mark).append("  ").append(line.path).append(": ").append(line.json).append("\n");
}

inline std::string in_one_line(const Shown& shown) {
  std::string out = shown.name + " {";
  for (const auto& line : shown.lines)
    out.append(&line == shown.lines.data() ? "" : ", ").append(line.path).append(": ").append(line.json);
  return out + '}';
}

// Lines that begin with '-' were expected, those with '+' are what came; the others are common to both.
inline void write_difference(std::string& out, const Shown* expected, const Shown* actual) {
  if (!expected || !actual || expected->name != actual->name) {
    if (expected) write_whole(out, "  - ", *expected);
    if (actual) write_whole(out, "  + ", *actual);
    return;
  }
  out.append("    ").append(expected->name).append("\n");
  const auto has = [](const Shown& shown, const Shown::Line& wanted) {
    for (const auto& line : shown.lines)
      if (line.path == wanted.path && line.json == wanted.json) return true;
    return false;
  };
  const auto write = [&](const char* mark, const Shown::Line& line) {
    out.append(mark).append(line.path).append(": ").append(line.json).append("\n");
  };
  for (const auto& line : expected->lines) {
    write(has(*actual, line) ? "      " : "  -   ", line);
    if (has(*actual, line)) continue;
    for (const auto& other : actual->lines)
      if (other.path == line.path) write("  +   ", other);
  }
}

[[noreturn]] inline void fail_given(const Story& story, const Ending& expected, const Ending& actual) {
  const auto summary = [](const Ending& ending) {
    if (ending.refused) return std::string("a refusal");
    if (ending.shown.empty()) return std::string("no events");
    return std::to_string(ending.shown.size()) + (ending.shown.size() == 1 ? " event" : " events");
  };
  std::string out = std::string(story.where.file_name()) + ':' + std::to_string(story.where.line()) +
                    ": the decision is not the expected one\n";
  for (const auto& one : story.given)
    out.append(&one == story.given.data() ? "  given " : "        ").append(in_one_line(one)).append("\n");
  out.append("  when  ").append(in_one_line(story.when)).append("\n");
  out.append("  then  expected (-) ")
      .append(summary(expected))
      .append(", came (+) ")
      .append(summary(actual))
      .append(":\n");
  if (expected.refused != actual.refused) {
    for (const auto& one : expected.shown) write_whole(out, "  - ", one);
    for (const auto& one : actual.shown) write_whole(out, "  + ", one);
  } else {
    for (std::size_t i = 0; i < std::max(expected.shown.size(), actual.shown.size()); ++i)
      write_difference(out, i < expected.shown.size() ? &expected.shown[i] : nullptr,
                       i < actual.shown.size() ? &actual.shown[i] : nullptr);
  }
  throw GivenFailed(std::move(out));
}

}  // namespace detail
}  // namespace daybook
