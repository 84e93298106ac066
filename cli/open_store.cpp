#include "cli/open_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/query_text.hpp"
#include "io/posix_file.hpp"

namespace daybook::cli {
namespace {

runtime::DiskLogOptions options() {
  runtime::DiskLogOptions o;
  o.warn = [](const Error& warning) { note("warning: " + warning.message); };
  return o;
}

// Anything else than a missing or an empty directory is for opening to judge.
bool nothing_there(const std::string& directory) {
  std::error_code failed;
  const std::filesystem::directory_iterator entries(directory, failed);
  return failed ? failed == std::errc::no_such_file_or_directory : entries == std::filesystem::directory_iterator();
}

// Whether there is an event to append; the reader stands before it then.
Result<bool> begins_with_event(LineReader& lines, Line kind) {
  const auto none = each_line(lines, [kind](auto line, auto) -> Result<bool> {
    EventLine event;
    if (auto parsed = parse_event_line(line, kind, event); !parsed) return std::unexpected(parsed.error());
    return false;
  });
  if (!none) return std::unexpected(none.error());
  if (!*none) lines.take_back();
  return !*none;
}

}  // namespace

Result<std::unique_ptr<runtime::DiskLog>> follow_store(const Common& common) {
  return runtime::DiskLog::follow(io::posix_files(), common.store, options());
}

ExitCode exit_having_read(const runtime::DiskLog& disk, ExitCode told) {
  const auto& damage = disk.recovery().damage;  // opening has warned of it
  return damage && told == ExitCode::Ok ? exit_code_of(damage->code) : told;
}

Result<std::unique_ptr<runtime::DiskLog>> write_store(const Common& common, LineReader& lines, Line kind) {
  if (nothing_there(common.store)) {
    const auto event = begins_with_event(lines, kind);
    if (!event) return std::unexpected(event.error());
    if (!*event) {
      note(fmt::format("no store was made in {}: there is no event in {}", common.store, lines.name()));
      return nullptr;
    }
  }
  const auto there = io::posix_files().exists(common.store + "/STORE");
  auto disk = runtime::DiskLog::open(io::posix_files(), common.store, runtime::system_clock(), options());
  if (!disk) return disk;
  if (there && !*there) note(fmt::format("made a new store in {}", common.store));
  const auto& recovery = (*disk)->recovery();
  if (recovery.damage)
    return fail(ErrorCode::Damage,
                recovery.damage->message +
                    "; the store takes no appends. `daybook verify` says more, `daybook repair` "
                    "copies what is sound",
                recovery.damage->position);
  if (recovery.cut_bytes > 0)
    note(fmt::format("warning: a torn tail of {} bytes was cut off and is kept in {}", recovery.cut_bytes,
                     recovery.cut_file));
  return disk;
}

Result<Query> query_of(const Filter& filter) {
  const bool terms = !filter.categories.empty() || !filter.types.empty() || !filter.tags.empty();
  if (filter.query && terms)
    return fail(ErrorCode::InvalidArgument, "--query stands alone: it was given beside --category, --type or --tag");
  if (filter.query) return parse_query(*filter.query);
  if (!terms) return Query{};
  return Query{{{filter.categories, filter.types, filter.tags}}};
}

Status check_outside(const Common& common, const std::string& path) {
  std::error_code failed;
  const auto store = std::filesystem::weakly_canonical(std::filesystem::absolute(common.store), failed);
  const auto where =
      failed ? std::filesystem::path{} : std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
  if (failed) return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", path, failed.message()));
  const auto [left, rest] = std::ranges::mismatch(store, where);
  if (left == store.end())
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("{} is the store {} or lies in it; a place outside of it was expected", path, common.store));
  return {};
}

}  // namespace daybook::cli
