#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>

#include "base/utf8.hpp"
#include "cli/output.hpp"
#include "daybook/limits.hpp"

namespace daybook::cli {
namespace {

constexpr const char* kAbout =
    "Reads, writes and looks after Daybook stores.\n"
    "An event stands in a stream, at a revision; and in the log of all streams, at a position. Both count from 0.";
constexpr const char* kAboutExits =
    "Every verb takes --store DIR before or after it; DAYBOOK_STORE says it for all.\n"
    "`daybook VERB --help` shows a verb with examples; docs/cli.md is the whole description.\n"
    "\n"
    "Exit codes: 0 done, 1 an error of the world (disk, permission, not found), 2 wrong usage or input,\n"
    "3 a conflict, 4 damage, 5 another process is the writer, 130 Ctrl-C (of `tail` it is 0).";

// One verb while the command line is read: where its options go, and what it has become in the end.
class Verbs {
 public:
  Verbs(CLI::App& app, Verb& chosen) : app_(app), chosen_(chosen) {}

  // Adds a subcommand for V; `options` declares what it takes.
  template <class V>
  CLI::App* add(CLI::App& to, const std::string& name, const std::string& about, const std::string& examples,
                const std::function<void(CLI::App&, V&)>& options) {
    auto* verb = to.add_subcommand(name, about);
    verb->fallthrough();
    verb->footer("Examples:\n" + examples);
    auto value = std::make_shared<V>();
    options(*verb, *value);
    verb->callback([this, verb, value] {
      // Of `archive` and `archive delete` both are called, the inner one first.
      if (verb->get_subcommands().empty()) chosen_ = *value;
    });
    return verb;
  }

  void all();

 private:
  void writing();
  void reading();
  void looking_after();
  void moving();
  void retention();

  CLI::App& app_;
  Verb& chosen_;
};

// CLI11 itself would take 010 for 8, and what is too large for the largest.
CLI::Validator whole_number(std::uint64_t from, std::uint64_t to = std::numeric_limits<std::uint64_t>::max()) {
  const auto check = [from, to](std::string& text) -> std::string {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < from || number > to)
      return fmt::format("{} is not a whole number from {} to {}", base::quoted(text), from, to);
    text = fmt::to_string(number);
    return {};
  };
  return {check, {}};
}

// An empty one is a variable that was not set, and neither everything nor nothing.
CLI::Validator not_empty(const char* expected) {
  return {[expected](const std::string& text) {
            return text.empty() ? fmt::format("is empty; {} was expected", expected) : std::string();
          },
          {}};
}

CLI::Option* category_option(CLI::App& verb, std::vector<std::string>& categories, const char* about) {
  return verb.add_option("--category", categories, about)
      ->type_name("C")
      ->allow_extra_args(false)
      ->check(not_empty("a category"));
}

void filter_options(CLI::App& verb, Filter& filter) {
  category_option(verb, filter.categories,
                  "Only streams of this category (what stands before the '-'); may be repeated");
  verb.add_option("--type", filter.types, "Only events of this type; may be repeated: any of them")
      ->type_name("T")
      ->allow_extra_args(false)
      ->check(not_empty("an event's type"));
  verb.add_option("--tag", filter.tags, "Only events with this tag; may be repeated: all of them")
      ->type_name("T")
      ->allow_extra_args(false)
      ->check(not_empty("a tag"));
  verb.add_option("--query", filter.query, "Only events that match, as in \"type=A,B tag=x:1 | tag=y:2\"")
      ->type_name("QUERY");
}

CLI::Option* stream_option(CLI::App& verb, std::string& stream, const char* about) {
  return verb.add_option("STREAM", stream, about)->type_name("")->check(not_empty("a stream's name"));
}

void Verbs::writing() {
  add<Append>(
      app_, "append", "Append events to a stream, one line of JSON each; prints a receipt a line",
      "  echo '{\"type\":\"Opened\",\"data\":{\"owner\":\"alice\"}}' | daybook append Account-alice --store shop\n"
      "  daybook append Account-alice events.ndjson --expect none --store shop\n"
      "  daybook append Flight-LH2 booking.ndjson --if-none \"tag=seat:LH2:12A\" --after 4711 --store shop\n"
      "\n"
      "A line is an object with `type` and `data`; if wanted also `id` (a UUID: the same line again is then\n"
      "known and appended once), `metadata` (an object), `tags` (strings) and `occurred` (RFC 3339).",
      [](CLI::App& verb, Append& v) {
        stream_option(verb, v.stream, "The stream to append to, as Category-id")->required();
        verb.add_option("FILE", v.file, "The lines; '-', or nothing, is standard input")->type_name("");
        verb.add_option("--batch", v.batch, "So many lines are one atomic batch")
            ->type_name("N")
            ->transform(whole_number(1, kHardLimits.batch_events))
            ->capture_default_str();
        verb.add_option("--expect", v.expect,
                        "What the stream must be: any, none (no events), exists, or N, its last revision")
            ->type_name("any|none|exists|N");
        verb.add_option("--if-none", v.if_none, "Only if no event matches, as in \"type=A,B tag=x:1 | tag=y:2\"")
            ->type_name("QUERY");
        verb.add_option("--after", v.after, "With --if-none: only events after this position count")
            ->type_name("P")
            ->transform(whole_number(0));
      });
}

void Verbs::reading() {
  add<Read>(app_, "read", "Show the events of a stream, or of the whole log",
            "  daybook read Account-alice --store shop\n"
            "  daybook read Account-alice --backwards --limit 10 --store shop\n"
            "  daybook read --category Account --type Withdrawn --from 1000 --store shop\n"
            "  daybook read --json --store shop | jq -c 'select(.data.amount > 100)'",
            [](CLI::App& verb, Read& v) {
              stream_option(verb, v.stream, "A stream; without it the whole log is shown");
              verb.add_option("--from", v.from, "First revision of the stream, or first position of the log")
                  ->type_name("N")
                  ->transform(whole_number(0));
              verb.add_flag("--backwards", v.backwards, "Newest first; --from is then where to begin going back");
              verb.add_option("--limit", v.limit, "At most so many events")->type_name("N")->transform(whole_number(0));
              filter_options(verb, v.filter);
            });
  add<Tail>(app_, "tail", "Follow a stream, or the whole log, as events come; Ctrl-C ends it",
            "  daybook tail --store shop\n"
            "  daybook tail Account-alice --from 0 --store shop\n"
            "  daybook tail --type Withdrawn --json --store shop | ./alert",
            [](CLI::App& verb, Tail& v) {
              stream_option(verb, v.stream, "A stream; without it the whole log is followed");
              verb.add_option("--from", v.from, "First revision or position; without it only what comes from now on")
                  ->type_name("N")
                  ->transform(whole_number(0));
              filter_options(verb, v.filter);
            });
  add<Streams>(app_, "streams", "List the streams: events, last revision, last position",
               "  daybook streams --store shop\n  daybook streams --category Account --store shop",
               [](CLI::App& verb, Streams& v) {
                 category_option(verb, v.categories, "Only of this category; may be repeated");
               });
  add<Stats>(app_, "stats", "Say what the store holds: events by category and type, files, sizes",
             "  daybook stats --store shop\n  daybook stats --brief --store shop", [](CLI::App& verb, Stats& v) {
               verb.add_flag("--brief", v.brief, "Only what is known without reading the events");
             });
}

void Verbs::looking_after() {
  add<Verify>(
      app_, "verify", "Check every checksum, index and chain of the store; changes nothing",
      "  daybook verify --store shop\n"
      "  daybook verify --store shop --json | jq .segment\n"
      "\n"
      "Offline: it holds the store's lock meanwhile. Where a writer holds it, what was durable at the beginning\n"
      "is checked. Exit code 4 if there is damage.",
      [](CLI::App&, Verify&) {});
  add<Repair>(
      app_, "repair", "Copy what is sound of a damaged store into a new one; never in place",
      "  daybook repair shop shop-repaired", [](CLI::App& verb, Repair& v) {
        verb.add_option("FROM", v.from, "The damaged store; it is only read")->required()->type_name("");
        verb.add_option("TO", v.to, "The new store: a directory that is empty or not there")->required()->type_name("");
      });
}

void Verbs::moving() {
  add<Backup>(app_, "backup", "Copy what is new of the store, which may be running, into a backup",
              "  daybook backup /backup/shop --store shop       # the first time all, then only what is new",
              [](CLI::App& verb, Backup& v) {
                verb.add_option("TO", v.to, "The backup: an earlier one of this store, or an empty directory")
                    ->required()
                    ->type_name("");
              });
  add<Restore>(app_, "restore", "Make a store of a backup, checked while it is copied",
               "  daybook restore /backup/shop --store shop-restored", [](CLI::App& verb, Restore& v) {
                 verb.add_option("FROM", v.from, "The backup")->required()->type_name("");
               });
  add<Export>(app_, "export", "Write all events as lines of JSON, exactly enough for `import`",
              "  daybook export shop.ndjson --store shop\n  daybook export --store shop | zstd > shop.ndjson.zst",
              [](CLI::App& verb, Export& v) {
                verb.add_option("FILE", v.file, "Where to; '-', or nothing, is standard output")->type_name("");
                verb.add_option("--from", v.from, "First position")->type_name("P")->transform(whole_number(0));
              });
  add<Import>(app_, "import", "Append exported lines; ids, occurred times and tags are kept, recorded is new",
              "  daybook import shop.ndjson --store new\n  zstd -dc shop.ndjson.zst | daybook import --store new",
              [](CLI::App& verb, Import& v) {
                verb.add_option("FILE", v.file, "The lines; '-', or nothing, is standard input")->type_name("");
                verb.add_option("--batch", v.batch, "So many lines are one atomic batch")
                    ->type_name("N")
                    ->transform(whole_number(1, kHardLimits.batch_events))
                    ->capture_default_str();
              });
}

void Verbs::retention() {
  auto* snapshot = app_.add_subcommand("snapshot", "Look at saved states");
  snapshot->fallthrough();
  snapshot->callback([snapshot] {
    if (snapshot->get_subcommands().empty()) throw CLI::RequiredError("snapshot list or verify");
  });
  add<SnapshotList>(*snapshot, "list", "List the snapshots: of which stream, at which position and revision",
                    "  daybook snapshot list --store shop", [](CLI::App&, SnapshotList&) {});
  add<SnapshotVerify>(*snapshot, "verify", "Check that each snapshot is whole and of this very history",
                      "  daybook snapshot verify --store shop\n"
                      "\n"
                      "Whether a state is what its events fold to, only the program that has the rules can tell:\n"
                      "docs/cli.md says how it does.",
                      [](CLI::App&, SnapshotVerify&) {});
  auto* archive = add<ArchiveMove>(
      app_, "archive", "Move sealed segments of old events to another directory; readers go on reading there",
      "  daybook archive /archive/shop --before 1000000 --store shop\n"
      "  daybook archive delete --before 500000 --store shop          # says who still needs them\n"
      "  daybook archive delete --before 500000 --yes --store shop    # and deletes them",
      [](CLI::App& verb, ArchiveMove& v) {
        verb.add_option("DIR", v.to, "The archive: a directory on a local disk")->type_name("");
        verb.add_option("--before", v.before, "Segments that end at or before this position")
            ->type_name("P")
            ->transform(whole_number(0));
      });
  add<ArchiveDelete>(*archive, "delete",
                     "Delete archived segments for good; first says which streams and consumers need them",
                     "  daybook archive delete --before 500000 --store shop\n"
                     "  daybook archive delete --before 500000 --yes --store shop",
                     [](CLI::App& verb, ArchiveDelete& v) {
                       verb.add_option("--before", v.before, "Archived segments that end at or before this position")
                           ->required()
                           ->type_name("P")
                           ->transform(whole_number(0));
                       verb.add_flag("--yes", v.yes, "Do it; without this it is only said what would be");
                     });
}

void Verbs::all() {
  writing();
  reading();
  looking_after();
  moving();
  retention();
}

ExitCode usage(std::string_view message) {
  note(message);
  note("`daybook --help` and `daybook VERB --help` say what is expected");
  return ExitCode::Usage;
}

// What the parser itself does not check.
std::optional<std::string> wrong(const Arguments& arguments, bool json, bool text) {
  if (json && text) return "--json and --text were both given; one is expected";
  if (arguments.common.store.empty() && !std::holds_alternative<Repair>(arguments.verb))
    return "--store DIR is missing, and DAYBOOK_STORE is not set";
  if (const auto* archive = std::get_if<ArchiveMove>(&arguments.verb)) {
    if (archive->to.empty()) return "archive: the directory to move to is missing";
    if (archive->before == 0) return "archive: --before P is missing, or 0; a position above 0 is expected";
  }
  return {};
}

}  // namespace

std::expected<Arguments, ExitCode> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  bool json = false, text = false;
  CLI::App app(kAbout, "daybook");
  app.footer(kAboutExits);
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "daybook 0.1.0");
  app.add_option("--store", arguments.common.store, "The store's directory")
      ->type_name("DIR")
      ->envname("DAYBOOK_STORE");
  app.add_flag("--json", json, "Lines of JSON; what is written anyway where standard output is no terminal");
  app.add_flag("--text", text, "Columns for people, also where standard output is no terminal");
  Verbs verbs(app, arguments.verb);
  verbs.all();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // help, or the version
    std::ostringstream said;
    app.exit(e, said);
    Output out;
    out.text() = said.str();
    return std::unexpected(out.finish());
  } catch (const CLI::ParseError& e) {
    return std::unexpected(usage(e.what()));
  }
  if (app.get_subcommands().empty()) return std::unexpected(usage("a verb is missing, such as append or read"));
  if (const auto what = wrong(arguments, json, text)) return std::unexpected(usage(*what));
  arguments.common.format = json ? Common::Format::Json : text ? Common::Format::Text : Common::Format::Auto;
  return arguments;
}

}  // namespace daybook::cli
