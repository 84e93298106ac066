// check_schema_lock of <daybook/schema.hpp>.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "daybook/codec/resolver.hpp"
#include "daybook/schema.hpp"
#include "schema/containers.hpp"
#include "schema/lock_file.hpp"

namespace daybook {
namespace {

constexpr std::string_view kHowToUpdate = "run the test once with DAYBOOK_UPDATE_SCHEMA_LOCK=1 and commit the file";

std::string shown(const EventSchema& e) { return fmt::format("{}/{} version {}", e.aggregate, e.event, e.version); }

bool is_same_event(const EventSchema& a, const EventSchema& b) {
  return a.aggregate == b.aggregate && a.event == b.event;
}

bool is_same_schema(const EventSchema& a, const EventSchema& b) {
  return a.schema == b.schema && a.containers == b.containers;
}

const EventSchema* find_version(const std::vector<EventSchema>& all, const EventSchema& wanted) {
  const auto at = std::ranges::find_if(
      all, [&](const EventSchema& e) { return is_same_event(e, wanted) && e.version == wanted.version; });
  return at == all.end() ? nullptr : &*at;
}

// 0 if the program has no such event.
int newest_version(const std::vector<EventSchema>& program, const EventSchema& of) {
  int newest = 0;
  for (const auto& e : program)
    if (is_same_event(e, of)) newest = std::max<int>(newest, e.version);
  return newest;
}

// Does the program still read what stands locked?
void check_entry(const EventSchema& locked, const std::vector<EventSchema>& program, SchemaLock& found) {
  const int newest = newest_version(program, locked);
  if (newest == 0) {
    found.complaints.push_back(fmt::format(
        "{}: no aggregate given to the check has this event any more, but logs may hold it; keep it in the aggregate's "
        "Event (a renamed struct keeps its name with stored_as)",
        shown(locked)));
    return;
  }
  const auto* now = find_version(program, locked);
  if (now == nullptr) {
    found.complaints.push_back(
        fmt::format("{}: the program knows only {} version{} of it, so a link of its upcast chain was deleted; a link "
                    "stays as long "
                    "as logs may hold events of its version",
                    shown(locked), newest, newest == 1 ? "" : "s"));
    return;
  }
  if (is_same_schema(*now, locked)) return;
  auto mismatches = codec::mismatches(locked.schema, now->schema);
  if (!mismatches) {
    found.complaints.push_back(fmt::format("{}: {}", shown(locked), mismatches.error().message));
    return;
  }
  for (auto& one : schema::container_mismatches(locked.containers, now->containers)) {
    one.path = fmt::format("{}.{}", locked.event, one.path);
    mismatches->push_back(std::move(one));
  }
  for (const auto& one : *mismatches)
    found.complaints.push_back(
        fmt::format("{}: field {} {}; {}", shown(locked), one.path, one.reason,
                    locked.version == newest ? "give it a default, make it optional, or keep the old struct and add an "
                                               "upcast from it"
                                             : "the old struct of an upcast must stay as it was"));
}

bool is_locked(const std::vector<EventSchema>& locked, const EventSchema& one) {
  return std::ranges::any_of(locked, [&](const EventSchema& e) {
    return is_same_event(e, one) && e.version == one.version && is_same_schema(e, one);
  });
}

// The line of this very schema that was written before containers were kept.
EventSchema* find_without_containers(std::vector<EventSchema>& locked, const EventSchema& one) {
  const auto at = std::ranges::find_if(locked, [&](const EventSchema& e) {
    return is_same_event(e, one) && e.version == one.version && e.schema == one.schema && e.containers.empty();
  });
  return at == locked.end() ? nullptr : &*at;
}

// One of several schemas of an event may stand alone against it; the others are no news.
bool has_complaint(const SchemaLock& found, const EventSchema& of) {
  return std::ranges::any_of(found.complaints,
                             [&](const std::string& text) { return text.starts_with(shown(of) + ":"); });
}

Status write_file(const std::string& path, std::string_view text) {
  const auto beside = path + ".new";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename(beside.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::IoError, fmt::format("can not write {}: {}", path, std::strerror(errno)));
  return {};
}

}  // namespace

std::string SchemaLock::text() const {
  std::string all;
  for (const auto& one : complaints) all += one + '\n';
  for (const auto& one : notes) all += "note: " + one + '\n';
  return all;
}

bool is_schema_lock_update() {
  const char* value = std::getenv("DAYBOOK_UPDATE_SCHEMA_LOCK");
  return value != nullptr && *value != '\0' && std::string_view(value) != "0";
}

SchemaLock check_schema_lock(std::string_view path, const std::vector<EventSchema>& program, bool update) {
  SchemaLock found;
  const std::string file(path);
  std::vector<EventSchema> locked;
  errno = 0;
  if (std::ifstream in(file, std::ios::binary); in) {
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto parsed = schema::parse_lock(text);
    if (!parsed) {
      found.complaints.push_back(fmt::format("{} is not a schema lock: {}", file, parsed.error().message));
      return found;
    }
    locked = std::move(*parsed);
  } else if (!update || errno != ENOENT) {
    found.complaints.push_back(
        fmt::format("can not read {} ({}): expected a schema lock; {}", file, std::strerror(errno), kHowToUpdate));
    return found;
  }

  for (const auto& one : locked) check_entry(one, program, found);
  bool is_changed = locked.empty();
  for (const auto& one : program) {
    if (is_locked(locked, one) || has_complaint(found, one)) continue;
    auto* const silent = find_without_containers(locked, one);
    const auto* const what = silent != nullptr                      ? "stands there without its containers"
                             : find_version(locked, one) != nullptr ? "has changed, and reads what was written"
                                                                    : "is new";
    found.notes.push_back(fmt::format("{} {}; {}", shown(one), what, update ? "written into the file" : kHowToUpdate));
    if (silent != nullptr)
      silent->containers = one.containers;
    else
      locked.push_back(one);
    is_changed = true;
  }
  if (update && is_changed)
    if (auto written = write_file(file, schema::print_lock(locked)); !written)
      found.complaints.push_back(written.error().message);
  return found;
}

}  // namespace daybook
