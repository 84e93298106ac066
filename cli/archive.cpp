// `archive` and `archive delete`: retention.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "cli/open_store.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "codec/json_text.hpp"
#include "daybook/port/schemas.hpp"
#include "io/posix_file.hpp"
#include "maintenance/retention.hpp"
#include "runtime/disk_log.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook::cli {
namespace {

std::string quoted_json(std::string_view text) {
  std::string out;
  codec::append_json_string_lossy(out, text);
  return out;
}

maintenance::ArchiveOptions archive_options(const Common& common, Progress& progress) {
  std::error_code failed;
  return {.holder = fmt::format("`daybook archive`, process {}", ::getpid()),
          .store = std::filesystem::weakly_canonical(std::filesystem::absolute(common.store), failed).string(),
          .note =
              [&progress](const std::string& text) {
                progress.clear();
                note("note: " + text);
              },
          .progress = [&progress](auto at, auto of, auto events) { progress.at(at, of, events); }};
}

void print_need_json(Output& out, const maintenance::Deletion& plan) {
  for (const auto& stream : plan.streams)
    if (stream.name != kSchemaStream)
      out.line(fmt::format(R"({{"stream":{},"events":{},"revision":{},"goes_on":{},"snapshot":{}}})",
                           quoted_json(stream.name), stream.events, stream.last.value, stream.goes_on,
                           stream.snapshot ? fmt::to_string(stream.snapshot->value) : "null"));
  for (const auto& consumer : plan.consumers)
    out.line(fmt::format(R"({{"consumer":{},"position":{}}})", quoted_json(consumer.name), consumer.at.value));
}

void print_need_text(Output& out, const maintenance::Deletion& plan) {
  out.line(fmt::format("Segments {} to {}, {}: {} events, positions {} to {}", plan.first_segment, plan.last_segment,
                       size_text(plan.bytes), plan.events, plan.from.value, plan.until.value - 1));
  for (const auto& consumer : plan.consumers)
    out.line(fmt::format("consumer  {} has come to position {} only", shown(consumer.name, 200), consumer.at.value));
  for (const auto& stream : plan.streams)
    if (stream.name != kSchemaStream)
      out.line(fmt::format("stream    {}: {} events, up to revision {}{}; {}", shown(stream.name, 200), stream.events,
                           stream.last.value, stream.goes_on ? "" : ", all that it has",
                           stream.snapshot
                               ? fmt::format("its state is left in a snapshot at position {}", stream.snapshot->value)
                               : "its state can not be had any more"));
}

// So that what stays can be read when those that it was written with are gone.
Status append_again(const std::string& store, const std::vector<std::string>& schemas) {
  runtime::DiskLogOptions options;
  options.create = false;
  options.warn = [](const Error& what) { note("note: " + what.message); };
  auto opened = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), std::move(options));
  if (!opened && opened.error().code == ErrorCode::Locked)
    return fail(ErrorCode::Locked, fmt::format("{} schemas stand only in what would be deleted, and are first to be "
                                               "appended again; {}",
                                               schemas.size(), opened.error().message));
  if (!opened) return std::unexpected(opened.error());
  std::vector<NewEvent> events;
  events.reserve(schemas.size());
  for (const auto& text : schemas) events.push_back({.stream = kSchemaStream, .type = kSchemaType, .data = text});
  std::promise<Result<Appended>> told;
  (*opened)->log().append({.events = events}, [&](Result<Appended> result) { told.set_value(std::move(result)); });
  if (const auto appended = told.get_future().get(); !appended) return std::unexpected(appended.error());
  return (*opened)->close();
}

}  // namespace

ExitCode run(const Common& common, const ArchiveMove& how) {
  std::error_code failed;
  const auto to = std::filesystem::absolute(how.to, failed).lexically_normal().string();
  if (failed) return report({ErrorCode::InvalidArgument, fmt::format("{}: {}", how.to, failed.message()), {}});
  if (const auto good = check_outside(common, to); !good) return report(good.error());
  const auto t = terminal();
  Progress progress(t, "archived", Progress::By::Events);
  const auto done =
      maintenance::archive(io::posix_files(), common.store, to, {how.before}, archive_options(common, progress));
  progress.clear();
  if (!done) return report(done.error());
  Output out;
  if (common.json(t))
    out.line(fmt::format(R"({{"archive":{},"segments":{},"bytes":{},"until":{}}})", quoted_json(to), done->segments,
                         done->bytes, done->until.value));
  else
    out.line(fmt::format("{} segments ({}) moved to {}; everything before position {} is archived", done->segments,
                         size_text(done->bytes), to, done->until.value));
  return out.finish();
}

ExitCode run(const Common& common, const ArchiveDelete& how) {
  const auto t = terminal();
  const snapshot::DirectorySnapshots snapshots(io::posix_files(), common.store + "/snapshots");
  const snapshot::DirectoryCheckpoints checkpoints(io::posix_files(), common.store + "/consumers");
  const auto make_plan = [&] {
    return maintenance::plan_deletion(io::posix_files(), common.store, {how.before}, &snapshots, &checkpoints);
  };
  auto plan = make_plan();
  if (!plan) return report(plan.error());
  const bool json = common.json(t);
  Output out;
  if (plan->segments > 0) json ? print_need_json(out, *plan) : print_need_text(out, *plan);
  bool deleted = false;
  if (how.yes) {  // also of nothing: an earlier one may have left something
    out.flush();  // who needs it is said first
    if (!plan->schemas.empty()) {
      if (const auto done = append_again(common.store, plan->schemas); !done) return report(done.error());
      plan = make_plan();
      if (!plan) return report(plan.error());
    }
    Progress progress(t, "deleted");
    const auto done =
        maintenance::delete_archived(io::posix_files(), common.store, *plan, archive_options(common, progress));
    progress.clear();
    if (!done) return report(done.error());
    deleted = plan->segments > 0;
  }
  if (json)
    out.line(
        fmt::format(R"({{"deleted":{},"segments":{},"bytes":{},"events":{},"streams":{},"consumers":{},"begin":{}}})",
                    deleted, plan->segments, plan->bytes, plan->events, plan->streams.size(), plan->consumers.size(),
                    deleted ? plan->until.value : plan->from.value));
  else if (plan->segments == 0)
    out.line(fmt::format("No archived segment ends at or before position {}.", how.before));
  else if (deleted)
    out.line(fmt::format("Deleted. History begins at position {}.", plan->until.value));
  else
    out.line("Nothing was deleted: --yes does it.");
  return out.finish();
}

}  // namespace daybook::cli
