// `backup`, `restore` and `repair`: whole stores copied.
#include "maintenance/backup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iterator>

#include "cli/findings.hpp"
#include "cli/open_store.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "codec/json_text.hpp"
#include "io/posix_file.hpp"
#include "maintenance/repair.hpp"

namespace daybook::cli {
namespace {

// What a repair that is interrupted has to say; the handler of the signal can put nothing together.
std::string if_interrupted;

void interrupted(int signal) {
  (void)!::write(STDERR_FILENO, if_interrupted.data(), if_interrupted.size());
  (void)std::raise(signal);  // whose default is back, and ends the program
}

// While it lives, Ctrl-C and SIGTERM end the program with a word; not those that whoever began it let be ignored.
class WhileInterruptible {
 public:
  explicit WhileInterruptible(std::string word) {
    if_interrupted = std::move(word);
    struct sigaction action{};
    action.sa_handler = &interrupted;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      if (::sigaction(kSignals[i], nullptr, &before_[i]) == 0 && before_[i].sa_handler != SIG_IGN)
        ::sigaction(kSignals[i], &action, nullptr);
  }
  ~WhileInterruptible() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }
  WhileInterruptible(const WhileInterruptible&) = delete;
  WhileInterruptible& operator=(const WhileInterruptible&) = delete;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM};
  std::array<struct sigaction, kSignals.size()> before_{};
};

std::string quoted_json(std::string_view text) {
  std::string out;
  codec::append_json_string_lossy(out, text);
  return out;
}

maintenance::CopyOptions copy_options(Progress& progress, std::string_view verb) {
  return {.holder = fmt::format("`daybook {}`, process {}", verb, ::getpid()),
          .progress = [&progress](auto at, auto of, auto events) { progress.at(at, of, events); }};
}

void print_repaired_text(Output& out, const Repair& how, const maintenance::Repaired& r) {
  out.line(fmt::format("{} events copied to {}, which is log {}; positions {} to {}", r.events, how.to,
                       to_string(r.log.uuid), r.begin.value, r.end.value));
  if (r.lost.empty()) out.line("Nothing was lost; positions are what they were.");
  std::uint64_t lost = 0;
  for (const auto& l : r.lost) {
    lost += l.until.value - l.from.value;
    out.line(l.until.value == l.from.value + 1
                 ? fmt::format("lost      position {}", l.from.value)
                 : fmt::format("lost      positions {} to {}", l.from.value, l.until.value - 1));
  }
  for (const auto& m : r.moved)
    out.line(fmt::format("moved     from position {} on, p is now p - {}", m.from.value, m.by));
  for (const auto& s : r.streams)
    out.line(
        fmt::format("moved     {} from revision {} on, r is now r - {}", shown(s.stream, 512), s.from.value, s.by));
  if (lost > 0) out.line(fmt::format("{} events lost", lost));
  if (r.broken_batches > 0) out.line(fmt::format("{} batches were copied in part", r.broken_batches));
  out.line("Snapshots were not copied, and consumers begin anew: theirs is the old history.");
}

std::string repaired_json(const maintenance::Repaired& r) {
  auto text = fmt::format(R"({{"log":"{}","log_was":"{}","begin":{},"end":{},"events":{},"broken_batches":{},"lost":[)",
                          to_string(r.log.uuid), to_string(r.log_was.uuid), r.begin.value, r.end.value, r.events,
                          r.broken_batches);
  for (std::size_t i = 0; i < r.lost.size(); ++i)
    fmt::format_to(std::back_inserter(text), R"({}{{"from":{},"to":{}}})", i ? "," : "", r.lost[i].from.value,
                   r.lost[i].until.value - 1);
  text += R"(],"moved":[)";
  for (std::size_t i = 0; i < r.moved.size(); ++i)
    fmt::format_to(std::back_inserter(text), R"({}{{"from":{},"by":{}}})", i ? "," : "", r.moved[i].from.value,
                   r.moved[i].by);
  text += R"(],"streams":[)";
  for (std::size_t i = 0; i < r.streams.size(); ++i)
    fmt::format_to(std::back_inserter(text), R"({}{{"stream":{},"from":{},"by":{}}})", i ? "," : "",
                   quoted_json(r.streams[i].stream), r.streams[i].from.value, r.streams[i].by);
  return text + "]}";
}

}  // namespace

ExitCode run(const Common& common, const Repair& how) {
  const auto t = terminal();
  const bool json = common.json(t);
  Output out;
  Progress progress(t, "copied");
  maintenance::RepairOptions options;
  options.holder = fmt::format("`daybook repair`, process {}", ::getpid());
  options.found = [&](const maintenance::Finding& finding) {
    progress.clear();
    print_finding(out, t, json, finding);
  };
  options.note = [&](const std::string& text) {
    progress.clear();
    note("note: " + text);
  };
  options.progress = [&](auto bytes, auto of_bytes, auto events) { progress.at(bytes, of_bytes, events); };
  const auto repaired = [&] {
    // How far it has come is not known there, nor what TO held before: it may be somebody's, or a store that is whole.
    const WhileInterruptible telling(fmt::format(
        "\ndaybook: interrupted; if {} holds a file UNFINISHED and no file STORE, that is what was copied so "
        "far, and no store: remove it and repair again\n",
        shown(how.to)));
    return maintenance::repair(io::posix_files(), how.from, how.to, options);
  }();
  progress.clear();
  if (!repaired) {
    out.flush();
    return report(repaired.error());
  }
  if (json)
    out.line(repaired_json(*repaired));
  else
    print_repaired_text(out, how, *repaired);
  const auto told = out.finish();
  return repaired->lost.empty() ? told : ExitCode::Damage;
}

ExitCode run(const Common& common, const Backup& how) {
  if (const auto good = check_outside(common, how.to); !good) return report(good.error());
  const auto t = terminal();
  Progress progress(t, "backed up", Progress::By::Events);
  const auto done = maintenance::back_up(io::posix_files(), common.store, how.to, copy_options(progress, "backup"));
  progress.clear();
  if (!done) return report(done.error());
  Output out;
  if (common.json(t))
    out.line(fmt::format(R"({{"backup":{},"log":"{}","was":{},"end":{},"chain":"{:016x}","bytes":{}}})",
                         quoted_json(how.to), to_string(done->now.log.uuid), done->was.value, done->now.end.value,
                         done->now.chain.value, done->bytes));
  else
    out.line(fmt::format("{} events more, {}: the backup in {} goes up to position {}", done->now.end - done->was,
                         size_text(done->bytes), how.to, done->now.end.value));
  return out.finish();
}

ExitCode run(const Common& common, const Restore& how) {
  const auto t = terminal();
  Progress progress(t, "restored", Progress::By::Events);
  const auto done = maintenance::restore(io::posix_files(), how.from, common.store, copy_options(progress, "restore"));
  progress.clear();
  if (!done) return report(done.error());
  Output out;
  if (common.json(t))
    out.line(fmt::format(R"({{"restored":{},"log":"{}","begin":{},"end":{},"chain":"{:016x}"}})",
                         quoted_json(common.store), to_string(done->log.uuid), done->first.value, done->end.value,
                         done->chain.value));
  else
    out.line(fmt::format("{} is log {} up to position {}", common.store, to_string(done->log.uuid), done->end.value));
  return out.finish();
}

}  // namespace daybook::cli
