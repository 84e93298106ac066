// `streams` and `stats`: what a log holds, by going over it once.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <unordered_map>

#include "cli/open_store.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "codec/json_text.hpp"
#include "io/posix_file.hpp"
#include "journal/format.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::cli {
namespace {

struct Row {
  std::uint64_t events = 0;
  Revision last{};
  Position position{};
  Time recorded{};
};

struct NameHash : std::hash<std::string_view> {
  using is_transparent = void;
};
template <class T>
using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

template <class T>
T& at_name(ByName<T>& map, std::string_view name) {
  auto it = map.find(name);
  if (it == map.end()) it = map.emplace(std::string(name), T{}).first;
  return it->second;
}

template <class T>
std::vector<const std::pair<const std::string, T>*> by_name(const ByName<T>& map) {
  std::vector<const std::pair<const std::string, T>*> rows;
  for (const auto& row : map) rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const auto* row) -> const std::string& { return row->first; });
  return rows;
}

std::string json_text(std::string_view text) {
  std::string out;
  if (!codec::append_json_string(out, text)) codec::append_json_string_lossy(out, text);
  return out;
}

Status each_event(const EventLog& log, const Query& query, const std::function<void(const EventView&)>& take) {
  auto cursor = log.read({.from = log.begin(), .until = log.end(), .filter = query});
  if (!cursor) return std::unexpected(cursor.error());
  for (;;) {
    const auto event = (*cursor)->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) return {};
    take(**event);
  }
}

struct Part {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  // of payloads
};

struct Counted {
  ByName<Part> categories;
  ByName<Part> types;
  ByName<char> streams;
  std::uint64_t payload_bytes = 0;
  std::optional<Time> first_recorded;
  Time last_recorded{};
};

Status count(const EventLog& log, const Terminal& t, Counted& c) {
  Progress progress(t, "counted", Progress::By::Events);
  const auto begin = log.begin(), end = log.end();
  return each_event(log, {}, [&](const EventView& event) {
    for (auto* part : {&at_name(c.categories, category_of(event.stream)), &at_name(c.types, event.type)}) {
      ++part->events;
      part->bytes += event.data.size();
    }
    at_name(c.streams, event.stream);
    c.payload_bytes += event.data.size();
    if (!c.first_recorded) c.first_recorded = event.recorded;
    c.last_recorded = event.recorded;
    const auto done = event.position.value - begin.value + 1;
    if (done % 65536 == 0) progress.at(done, end.value - begin.value, done);
  });
}

struct Files {
  std::uint64_t segments = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t index_bytes = 0;
};

// Wherever they are, the archive too.
Result<Files> look_at_files(const std::string& store) {
  auto& disk = io::posix_files();
  const auto found = maintenance::look_at_store(disk, store, [](const maintenance::Finding&) {});
  if (!found) return std::unexpected(found.error());
  Files files;
  files.segments = found->segments.size();
  files.segment_bytes = found->bytes;
  for (const auto& segment : found->segments) {
    const auto index =
        disk.open(io::parent_of(segment.path) + "/" + journal::index_name(segment.number), io::Open::Read);
    if (!index && index.error().code == ErrorCode::NotFound) continue;
    if (!index) return std::unexpected(index.error());
    const auto size = (*index)->size();
    if (!size) return std::unexpected(size.error());
    files.index_bytes += *size;
  }
  return files;
}

void print_parts(Output& out, std::string_view title, const ByName<Part>& parts) {
  out.line(fmt::format("{:<36}{:>14}{:>14}", title, "events", "payloads"));
  for (const auto* row : by_name(parts))
    out.line(
        fmt::format("  {:<34}{:>14}{:>14}", shown(row->first, 33), row->second.events, size_text(row->second.bytes)));
}

std::string json_parts(const ByName<Part>& parts) {
  std::string out = "{";
  for (const auto* row : by_name(parts))
    fmt::format_to(std::back_inserter(out), R"({}{}:{{"events":{},"payload_bytes":{}}})", out.size() > 1 ? "," : "",
                   json_text(row->first), row->second.events, row->second.bytes);
  return out + "}";
}

}  // namespace

ExitCode run(const Common& common, const Streams& how) {
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  Query query;
  if (!how.categories.empty()) query = Query{{{.categories = how.categories}}};
  ByName<Row> streams;
  const auto done = each_event((*disk)->log(), query, [&](const EventView& event) {
    auto& row = at_name(streams, event.stream);
    ++row.events;
    row.last = event.revision;
    row.position = event.position;
    row.recorded = event.recorded;
  });
  if (!done) return report(done.error());
  const auto t = terminal();
  const bool json = common.json(t);
  Output out;
  if (!json)
    out.line(
        fmt::format("{:<40}{:>10}{:>10}{:>12}  {}", "stream", "events", "revision", "position", "last recorded (UTC)"));
  for (const auto* row : by_name(streams)) {
    if (!out.open()) break;
    const auto& r = row->second;
    if (json) {
      out.line(fmt::format(R"({{"stream":{},"events":{},"revision":{},"position":{},"recorded":"{}"}})",
                           json_text(row->first), r.events, r.last.value, r.position.value, to_string(r.recorded)));
      continue;
    }
    const auto name = shown(row->first, 39);
    out.line(fmt::format("{}{:{}}{:>10}{:>10}{:>12}  {}", name, "", 40 - std::min<std::size_t>(40, columns_of(name)),
                         r.events, r.last.value, r.position.value, to_string(r.recorded)));
  }
  return exit_having_read(**disk, out.finish());
}

ExitCode run(const Common& common, const Stats& how) {
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  const auto& log = (*disk)->log();
  const auto files = look_at_files(common.store);
  if (!files) return report(files.error());
  const auto t = terminal();
  Counted c;
  if (!how.brief)
    if (const auto done = count(log, t, c); !done) return report(done.error());
  const auto begin = log.begin(), end = log.end();
  const auto chain = log.chain_at(end);
  if (!chain) return report(chain.error());
  Output out;
  if (common.json(t)) {
    auto line = fmt::format(R"({{"log":"{}","begin":{},"end":{},"chain":"{:016x}","segments":{},"segment_bytes":{},)"
                            R"("index_bytes":{})",
                            to_string(log.id().uuid), begin.value, end.value, chain->value, files->segments,
                            files->segment_bytes, files->index_bytes);
    if (!how.brief) {
      fmt::format_to(std::back_inserter(line), R"(,"streams":{},"payload_bytes":{})", c.streams.size(),
                     c.payload_bytes);
      if (c.first_recorded)
        fmt::format_to(std::back_inserter(line), R"(,"first_recorded":"{}","last_recorded":"{}")",
                       to_string(*c.first_recorded), to_string(c.last_recorded));
      line += R"(,"categories":)" + json_parts(c.categories) + R"(,"types":)" + json_parts(c.types);
    }
    out.line(line + "}");
    return exit_having_read(**disk, out.finish());
  }
  out.line(fmt::format("log        {}", to_string(log.id().uuid)));
  out.line(fmt::format("events     {}, from position {} up to {}, which is the next", end.value - begin.value,
                       begin.value, end.value));
  out.line(fmt::format("chain      {:016x} at position {}", chain->value, end.value));
  out.line(fmt::format("segments   {} files, {}", files->segments, size_text(files->segment_bytes)));
  out.line(fmt::format("indexes    {}", size_text(files->index_bytes)));
  if (how.brief) return exit_having_read(**disk, out.finish());
  out.line(fmt::format("streams    {}", c.streams.size()));
  out.line(fmt::format("payloads   {}", size_text(c.payload_bytes)));
  if (c.first_recorded)
    out.line(fmt::format("recorded   {} to {}", to_string(*c.first_recorded), to_string(c.last_recorded)));
  out.line("");
  print_parts(out, "category", c.categories);
  out.line("");
  print_parts(out, "type", c.types);
  return exit_having_read(**disk, out.finish());
}

}  // namespace daybook::cli
