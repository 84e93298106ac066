// `append`: lines to events of one stream.
#include <fmt/format.h>

#include <charconv>

#include "base/utf8.hpp"
#include "cli/appending.hpp"
#include "cli/event_line.hpp"
#include "cli/line_reader.hpp"
#include "cli/open_store.hpp"
#include "cli/query_text.hpp"
#include "cli/verbs.hpp"

namespace daybook::cli {
namespace {

Result<Expect> parse_expect(std::string_view text) {
  if (text == "any") return Expect::any();
  if (text == "none") return Expect::none();
  if (text == "exists") return Expect::exists();
  std::uint64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error == std::errc{} && end == text.data() + text.size()) return Expect::exactly({revision});
  return fail(ErrorCode::InvalidArgument,
              fmt::format("--expect {}: expected any, none, exists or the number of the stream's last revision",
                          base::quoted(text)));
}

// What must hold for the first batch. This process is the only writer until it ends, so that it holds for the rest too.
struct Conditions {
  Expect expect = Expect::any();
  bool expect_given = false;
  std::optional<Query> if_none{};
  Position from{};  // of --if-none
  bool any() const { return expect_given || if_none; }
};

Result<Conditions> conditions_of(const Append& how) {
  Conditions c;
  if (how.expect) {
    const auto expect = parse_expect(*how.expect);
    if (!expect) return std::unexpected(expect.error());
    c.expect = *expect;
    c.expect_given = expect->kind != Expect::Kind::Any;
  }
  if (how.after && !how.if_none)
    return fail(ErrorCode::InvalidArgument, "--after says where --if-none begins to look: it was given without it");
  if (how.if_none) {
    auto query = parse_query(*how.if_none);
    if (!query) return std::unexpected(query.error());
    c.if_none = std::move(*query);
    if (how.after && *how.after == UINT64_MAX)
      return fail(ErrorCode::InvalidArgument, fmt::format("--after {}: no position is so great", *how.after));
    if (how.after) c.from = {*how.after + 1};
  }
  return c;
}

// Lines until a batch is whole, then one request.
class Batches {
 public:
  Batches(const Append& how, Conditions conditions, Appending& appending)
      : how_(how), conditions_(std::move(conditions)), appending_(appending) {}

  // False: the appending has ended.
  Result<bool> add(std::string_view line, std::uint64_t number) {
    if (size_ == lines_.size()) lines_.emplace_back();
    if (auto parsed = parse_event_line(line, Line::ToAppend, lines_[size_]); !parsed)
      return std::unexpected(parsed.error());
    if (size_++ == 0) sent_ = {number, number, 0};
    sent_.last_line = number;
    sent_.bytes += line.size();
    return size_ < how_.batch || send();
  }

  bool send() {
    if (size_ == 0) return true;
    events_.resize(size_);
    tags_.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      const auto& line = lines_[i];
      tags_[i].assign(line.tags.begin(), line.tags.end());
      events_[i] = {.stream = how_.stream,
                    .type = line.type,
                    .data = line.data,
                    .metadata = line.metadata,
                    .id = line.id,
                    .occurred = line.occurred,
                    .tags = tags_[i],
                    .content_type = line.content_type,
                    .schema_version = line.schema_version};
    }
    size_ = 0;
    AppendRequest request{.events = events_};
    StreamCondition condition{how_.stream, conditions_.expect};
    if (conditions_.expect_given) request.conditions = {&condition, 1};
    if (first_ && conditions_.if_none) request.none_matching = {&*conditions_.if_none, conditions_.from};
    if (!appending_.send(request, sent_)) return false;
    // What comes next rests on the first batch having been appended; and an exact expectation makes a repeat of all
    // this known, however long ago it was.
    if (first_ && conditions_.any()) {
      Appending::Counts counts;
      if (appending_.wait(counts) != ExitCode::Ok) return false;
      if (conditions_.expect_given) expect_ = counts.last_revision;
    } else if (expect_) {
      expect_->value += events_.size();
    }
    if (expect_) conditions_.expect = Expect::exactly(*expect_);
    first_ = false;
    return true;
  }

 private:
  const Append& how_;
  Conditions conditions_;
  Appending& appending_;
  std::vector<EventLine> lines_;
  std::size_t size_ = 0;
  Sent sent_;
  std::vector<NewEvent> events_;
  std::vector<std::vector<std::string_view>> tags_;
  std::optional<Revision> expect_;
  bool first_ = true;
};

// Sends every line of the input. False: the appending has ended before all were sent.
Result<bool> send_lines(LineReader& lines, Batches& batches) {
  const auto all = each_line(lines, [&](auto line, auto number) { return batches.add(line, number); });
  if (!all) return std::unexpected(all.error());
  return *all && batches.send();
}

}  // namespace

ExitCode run(const Common& common, const Append& how) {
  if (how.stream.starts_with('$'))
    return report({ErrorCode::InvalidArgument,
                   fmt::format("stream {}: names that begin with '$' are Daybook's own", base::quoted(how.stream)),
                   {}});
  auto conditions = conditions_of(how);
  if (!conditions) return report(conditions.error());
  auto lines = LineReader::open(how.file);
  if (!lines) return report(lines.error());
  auto disk = write_store(common, *lines, Line::ToAppend);
  if (!disk) return report(disk.error());
  if (!*disk) return ExitCode::Ok;
  Output out;
  ExitCode code;
  {
    Appending appending((*disk)->log(), &out, lines->name());
    Batches batches(how, std::move(*conditions), appending);
    const auto sent = send_lines(*lines, batches);
    Appending::Counts counts;
    code = appending.wait(counts);
    if (!sent) {
      const auto bad = report(sent.error());
      if (code == ExitCode::Ok) code = bad;
    }
    if (code != ExitCode::Ok && counts.appended > 0)
      note(fmt::format("{} events were appended, as their receipts say", counts.appended));
    if (code == ExitCode::Ok && !*sent) {
      code = ExitCode::World;  // otherwise whoever reads them could take what he saw for all
      note(fmt::format(
          "the receipts can not be written any more: {} events are in the log, the rest of {} was not appended",
          counts.appended + counts.repeated, lines->name()));
    }
  }
  if (const auto closed = (*disk)->close(); !closed && code == ExitCode::Ok) code = report(closed.error());
  const auto told = out.finish();
  if (code == ExitCode::Ok && told != ExitCode::Ok)
    note("all that was given is in the log; only its receipts are not written");
  return code == ExitCode::Ok ? told : code;
}

}  // namespace daybook::cli
