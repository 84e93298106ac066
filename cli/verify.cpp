// `verify`, and `snapshot list|verify`.
#include "maintenance/verify.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

#include "base/utf8.hpp"
#include "cli/findings.hpp"
#include "cli/open_store.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "codec/json_text.hpp"
#include "io/posix_file.hpp"
#include "journal/identity.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::cli {
namespace {

std::string verified_json(const maintenance::Verified& v) {
  return fmt::format(
      R"({{"sound":{},"log":"{}","begin":{},"end":{},"chain":"{:016x}","segments":{},"bytes":{},"events":{},)"
      R"("streams":{},"indexes":{},"snapshots":{},"checkpoints":{},"findings":{},"running":{}}})",
      v.findings == 0, to_string(v.log.uuid), v.begin.value, v.end.value, v.chain.value, v.segments, v.bytes, v.events,
      v.streams, v.indexes, v.snapshots, v.checkpoints, v.findings, v.running);
}

void print_verified(Output& out, const Terminal& t, const maintenance::Verified& v) {
  if (v.running)
    out.line(
        fmt::format("A writer has the store open: checked up to position {}, durable when this began.", v.end.value));
  out.line(
      fmt::format("{} events of {} streams, from position {} up to {}, which is the next; {} segments ({}), {} "
                  "indexes, {} snapshots, {} checkpoints",
                  v.events, v.streams, v.begin.value, v.end.value, v.segments, size_text(v.bytes), v.indexes,
                  v.snapshots, v.checkpoints));
  const std::string_view green = t.colour ? "\x1b[32m" : "", red = t.colour ? "\x1b[31m" : "",
                         plain = t.colour ? "\x1b[0m" : "";
  if (v.findings == 0)
    out.line(fmt::format("{}Everything is sound.{}", green, plain));
  else
    out.line(fmt::format("{}{} damaged places.{}", red, v.findings, plain));
}

std::string snapshot_json(const SnapshotInfo& info) {
  std::string out = R"({"stream":)";
  if (!codec::append_json_string(out, info.key)) codec::append_json_string_lossy(out, info.key);
  fmt::format_to(std::back_inserter(out),
                 R"(,"position":{},"revision":{},"last_recorded":"{}","latest_occurred":"{}",)",
                 info.mark.position.value, info.revision ? fmt::to_string(info.revision->value) : "null",
                 to_string(info.last_recorded), to_string(info.latest_occurred));
  fmt::format_to(std::back_inserter(out), R"("log":"{}","chain":"{:016x}","fingerprint":"{:016x}")",
                 to_string(info.mark.log.uuid), info.mark.chain.value, info.fingerprint);
  return out;
}

enum class Verdict : std::uint8_t { Sound, Refused, Unproven };

std::string_view in_words(Verdict verdict) {
  return verdict == Verdict::Sound ? "sound" : verdict == Verdict::Refused ? "refused" : "unproven";
}
std::string_view in_json(Verdict verdict) {
  return verdict == Verdict::Sound ? "true" : verdict == Verdict::Refused ? "false" : "null";
}

struct Judged {
  Verdict verdict = Verdict::Sound;
  std::string why{};
  ExitCode code = ExitCode::Ok;
};

// Whether a snapshot is of this very history. No program folds from one that is not known to be.
Judged judge(const EventLog& log, const SnapshotInfo& info) {
  const auto refused = [](std::string why) { return Judged{Verdict::Refused, std::move(why), ExitCode::Damage}; };
  // What the log cannot say says nothing about the snapshot. That history was cut is nobody's damage.
  const auto unproven = [](const Error& why) {
    return Judged{Verdict::Unproven, why.message,
                  why.code == ErrorCode::HistoryCut ? ExitCode::Ok : exit_code_of(why.code)};
  };
  if (info.mark.log != log.id()) return refused(fmt::format("of another log, {}", to_string(info.mark.log.uuid)));
  if (const auto end = log.end(); info.mark.position > end)
    return refused(fmt::format("of another history: past the end of the log, {}", end.value));
  const auto chain = log.chain_at(info.mark.position);
  if (!chain) return unproven(chain.error());
  if (*chain != info.mark.chain) return refused("of another history: its chain is not the log's there");
  const auto head = log.head(info.key);
  if (!head) return unproven(head.error());
  if (info.revision && (!*head || (*head)->revision < *info.revision)) return refused("past the end of its stream");
  return {};
}

}  // namespace

ExitCode run(const Common& common, const Verify&) {
  const auto t = terminal();
  const bool json = common.json(t);
  Output out;
  Progress progress(t, "verified");
  const snapshot::DirectorySnapshots snapshots(io::posix_files(), common.store + "/snapshots");
  const snapshot::DirectoryCheckpoints checkpoints(io::posix_files(), common.store + "/consumers");
  maintenance::VerifyOptions options;
  options.holder = fmt::format("`daybook verify`, process {}", ::getpid());
  options.snapshots = &snapshots;
  options.checkpoints = &checkpoints;
  options.found = [&](const maintenance::Finding& finding) {
    progress.clear();
    print_finding(out, t, json, finding);
  };
  options.note = [&](const std::string& text) {
    progress.clear();
    note("note: " + text);
  };
  options.progress = [&](auto bytes, auto of_bytes, auto events) { progress.at(bytes, of_bytes, events); };
  const auto verified = maintenance::verify(io::posix_files(), common.store, options);
  progress.clear();
  if (!verified) {
    out.flush();
    return report(verified.error());
  }
  if (json)
    out.line(verified_json(*verified));
  else
    print_verified(out, t, *verified);
  const auto told = out.finish();
  return verified->findings > 0 ? ExitCode::Damage : told;
}

ExitCode run(const Common& common, const SnapshotList&) {
  // Without a store there, an empty list would say more than is known.
  if (const auto id = journal::read_identity(io::posix_files(), common.store); !id) return report(id.error());
  const snapshot::DirectorySnapshots snapshots(io::posix_files(), common.store + "/snapshots");
  auto code = ExitCode::Ok;
  const auto list = snapshots.list([&](std::string_view where, const Error& why) {
    code = report({why.code, fmt::format("{}: {}", where, why.message), {}});
  });
  if (!list) return report(list.error());
  const auto t = terminal();
  Output out;
  if (!common.json(t))
    out.line(fmt::format("{:<40}{:>12}{:>10}  {:<32}{}", "stream", "position", "revision", "last recorded (UTC)",
                         "fingerprint"));
  for (const auto& info : *list) {
    if (common.json(t))
      out.line(snapshot_json(info) + "}");
    else
      out.line(fmt::format("{:<40}{:>12}{:>10}  {:<32}{:016x}", shown(info.key, 39), info.mark.position.value,
                           info.revision ? fmt::to_string(info.revision->value) : "-", to_string(info.last_recorded),
                           info.fingerprint));
  }
  const auto told = out.finish();
  return code == ExitCode::Ok ? told : code;
}

// A snapshot's file has been checked by being listed; here it is held against the log.
ExitCode run(const Common& common, const SnapshotVerify&) {
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  const auto& log = (*disk)->log();
  const snapshot::DirectorySnapshots snapshots(io::posix_files(), common.store + "/snapshots");
  auto code = ExitCode::Ok;
  const auto found = [&code](ExitCode one) {
    if (one != ExitCode::Ok && code != ExitCode::Damage) code = one;
  };
  const auto list = snapshots.list([&](std::string_view where, const Error& why) {
    found(report({why.code, fmt::format("{}: {}", where, why.message), {}}));
  });
  if (!list) return report(list.error());
  const auto t = terminal();
  Output out;
  for (const auto& info : *list) {
    const auto judged = judge(log, info);
    found(judged.code);
    if (common.json(t)) {
      auto line = snapshot_json(info) + fmt::format(R"(,"sound":{})", in_json(judged.verdict));
      if (!judged.why.empty()) {
        line += R"(,"why":)";
        codec::append_json_string_lossy(line, judged.why);
      }
      out.line(line + "}");
    } else {
      out.line(fmt::format("{:<10}{} at position {}{}{}", in_words(judged.verdict), shown(info.key, 60),
                           info.mark.position.value, judged.why.empty() ? "" : ": ", shown(judged.why)));
    }
  }
  const auto told = out.finish();
  if (t.err)
    note(
        "files, places and histories were checked; whether a state is what its events fold to, the program that has "
        "its rules can tell (docs/cli.md)");
  return code == ExitCode::Ok ? told : code;
}

}  // namespace daybook::cli
