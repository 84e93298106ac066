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
  out.line(fmt::format(
      "{} events of {} streams, positions {} to {}; {} segments ({}), {} indexes, {} snapshots, {} checkpoints",
      v.events, v.streams, v.begin.value, v.end.value, v.segments, size_text(v.bytes), v.indexes, v.snapshots,
      v.checkpoints));
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
  const auto list = snapshots.list([&](std::string_view where, const Error& why) {
    code = report({why.code, fmt::format("{}: {}", where, why.message), {}});
  });
  if (!list) return report(list.error());
  const auto judge = [&](const SnapshotInfo& info) -> std::string {
    if (info.mark.log != log.id()) return fmt::format("of another log, {}", to_string(info.mark.log.uuid));
    if (info.mark.position < log.begin()) return {};  // its history was cut: the chain there is known to nobody
    const auto chain = log.chain_at(info.mark.position);
    if (!chain) return chain.error().message;
    if (*chain != info.mark.chain) return "of another history: its chain is not the log's there";
    const auto head = log.head(info.key);
    if (!head) return head.error().message;
    if (info.revision && (!*head || (*head)->revision < *info.revision)) return "past the end of its stream";
    return {};
  };
  const auto t = terminal();
  Output out;
  for (const auto& info : *list) {
    const auto wrong = judge(info);
    if (!wrong.empty()) code = ExitCode::Damage;
    if (common.json(t)) {
      auto line = snapshot_json(info) + fmt::format(R"(,"sound":{})", wrong.empty());
      if (!wrong.empty()) {
        line += R"(,"why":)";
        codec::append_json_string_lossy(line, wrong);
      }
      out.line(line + "}");
    } else {
      out.line(fmt::format("{:<8}{} at position {}{}{}", wrong.empty() ? "sound" : "refused", shown(info.key, 60),
                           info.mark.position.value, wrong.empty() ? "" : ": ", shown(wrong)));
    }
  }
  const auto told = out.finish();
  if (t.err)
    note(
        "files, places and histories were checked; whether a state is what its events fold to, the program that has "
        "its "
        "rules can tell (docs/cli.md)");
  return code == ExitCode::Ok ? told : code;
}

}  // namespace daybook::cli
