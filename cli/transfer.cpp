// `export` and `import`: a log as lines of JSON, and back.
#include <fmt/format.h>

#include "cli/appending.hpp"
#include "cli/event_json.hpp"
#include "cli/event_line.hpp"
#include "cli/line_reader.hpp"
#include "cli/open_store.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "codec/transcode.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::cli {
namespace {

// Lines to events, of any streams, in batches.
class Importing {
 public:
  Importing(const EventLog& log, std::size_t batch, Appending& appending)
      : schemas_(log), batch_(batch), appending_(appending) {}

  // False: the appending has ended.
  Result<bool> add(std::string_view text, std::uint64_t number) {
    if (size_ == lines_.size()) lines_.emplace_back();
    auto& line = lines_[size_];
    if (auto parsed = parse_event_line(text, Line::ToImport, line); !parsed) return std::unexpected(parsed.error());
    if (line.stream == kSchemaStream) return add_schema(line, number, text.size());
    if (auto encoded = encode(line); !encoded) return std::unexpected(encoded.error());
    take(number, text.size());
    return size_ < batch_ || send();
  }

  bool send() {
    if (size_ == 0) return true;
    events_.resize(size_);
    tags_.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      const auto& line = lines_[i];
      tags_[i].assign(line.tags.begin(), line.tags.end());
      events_[i] = {.stream = line.stream,
                    .type = line.type,
                    .data = line.data,
                    .metadata = line.metadata,
                    .id = line.id,
                    .occurred = line.occurred,
                    .tags = tags_[i],
                    .content_type = line.content_type,
                    .schema_version = line.schema_version,
                    .schema = line.schema};
    }
    size_ = 0;
    return appending_.send({.events = events_}, sent_);
  }

  std::uint64_t passed_over() const { return passed_over_; }

 private:
  void take(std::uint64_t number, std::size_t bytes) {
    if (size_++ == 0) sent_ = {number, number, 0};
    sent_.last_line = number;
    sent_.bytes += bytes;
  }

  // A schema is appended once, alone, and waited for: what is encoded with it comes after it.
  Result<bool> add_schema(EventLine& line, std::uint64_t number, std::size_t bytes) {
    const auto there = schemas_.contains(codec::schema_fingerprint(line.data));
    if (!there) return std::unexpected(there.error());
    if (*there) {
      ++passed_over_;
      return true;
    }
    EventLine schema = std::move(line);
    if (!send()) return false;
    lines_.front() = std::move(schema);
    take(number, bytes);
    Appending::Counts counts;
    return send() && appending_.wait(counts) == ExitCode::Ok;
  }

  // What the line says of Avro becomes Avro again.
  Status encode(EventLine& line) {
    if (line.content_type == ContentType::Avro && !line.data_is_bytes) {
      const auto schema = schemas_.find(line.schema);
      if (!schema) return fail(ErrorCode::InvalidArgument, schema.error().message);
      std::string bytes;
      if (auto done = codec::json_to_avro(**schema, line.data, bytes); !done)
        return fail(ErrorCode::InvalidArgument, fmt::format("data: {}", done.error().message));
      line.data = std::move(bytes);
    } else if (line.schema != 0) {
      const auto there = schemas_.contains(line.schema);
      if (!there) return std::unexpected(there.error());
      if (!*there)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("schema {:016x} stands neither in the log nor in a line before", line.schema));
    }
    return {};
  }

  LoggedSchemas schemas_;
  const std::size_t batch_;
  Appending& appending_;
  std::vector<EventLine> lines_;
  std::size_t size_ = 0;
  Sent sent_;
  std::vector<NewEvent> events_;
  std::vector<std::vector<std::string_view>> tags_;
  std::uint64_t passed_over_ = 0;
};

Status import_lines(LineReader& lines, Importing& importing) {
  const auto all = each_line(lines, [&](auto line, auto number) { return importing.add(line, number); });
  if (!all) return std::unexpected(all.error());
  if (*all) importing.send();
  return {};
}

struct Imported {
  std::uint64_t events = 0;
  std::uint64_t repeated = 0;
  Position end{};
};

ExitCode import_into(runtime::DiskLog& disk, LineReader& lines, std::size_t batch, Imported& told) {
  ExitCode code;
  {
    Appending appending(disk.log(), nullptr, lines.name());
    Importing importing(disk.log(), batch, appending);
    const auto done = import_lines(lines, importing);
    Appending::Counts counts;
    code = appending.wait(counts);
    if (!done) {
      const auto bad = report(done.error());
      if (code == ExitCode::Ok) code = bad;
    }
    told = {counts.appended, counts.repeated + importing.passed_over(), {}};
  }
  if (const auto closed = disk.close(); !closed && code == ExitCode::Ok) code = report(closed.error());
  told.end = disk.log().end();
  return code;
}

Status export_events(const EventLog& log, Position from, Output& out, Progress& progress) {
  LoggedSchemas schemas(log);
  EventJson json(schemas, EventJson::Payloads::Exact);
  const auto end = log.end();
  auto cursor = log.read({.from = from, .until = end});
  if (!cursor) return std::unexpected(cursor.error());
  while (out.open()) {
    const auto event = (*cursor)->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) break;
    if (auto done = json.append(**event, out.text()); !done) return done;
    out.end_line();
    const auto done = (*event)->position.value - from.value + 1;
    if (done % 65536 == 0) progress.at(done, end.value - from.value, done);
  }
  return {};
}

}  // namespace

ExitCode run(const Common& common, const Export& how) {
  if (const bool file = !how.file.empty() && how.file != "-"; file)
    if (const auto good = check_outside(common, how.file); !good) return report(good.error());
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  const auto& log = (*disk)->log();
  auto out = Output::to_file(how.file);
  if (!out) return report(out.error());
  Progress progress(terminal(), "exported", Progress::By::Events);
  const auto done = export_events(log, how.from ? Position{*how.from} : log.begin(), **out, progress);
  progress.clear();
  const auto told = (*out)->finish();
  return done ? exit_having_read(**disk, told) : report(done.error());
}

ExitCode run(const Common& common, const Import& how) {
  auto lines = LineReader::open(how.file);
  if (!lines) return report(lines.error());
  auto disk = write_store(common, *lines, Line::ToImport);
  if (!disk) return report(disk.error());
  Imported told;
  const auto code = *disk ? import_into(**disk, *lines, how.batch, told) : ExitCode::Ok;
  const auto t = terminal();
  Output out;
  if (common.json(t))
    out.line(fmt::format(R"({{"imported":{},"repeated":{},"end":{}}})", told.events, told.repeated, told.end.value));
  else
    out.line(fmt::format("{} events imported, {} were here already; the log ends at position {}", told.events,
                         told.repeated, told.end.value));
  const auto written = out.finish();
  return code == ExitCode::Ok ? written : code;
}

}  // namespace daybook::cli
