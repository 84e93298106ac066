#include "maintenance/leftovers.hpp"

#include <algorithm>

#include "journal/format.hpp"

namespace daybook::maintenance {
namespace {

// Of a segment or its index; 0 for other names.
std::uint64_t number_of(std::string_view name) {
  if (const auto number = journal::segment_number(name)) return number;
  if (!name.ends_with(".idx")) return 0;
  return journal::segment_number(std::string(name.substr(0, name.size() - 4)) + ".seg");
}

Status remove_numbers(io::Files& files, const std::string& directory, std::uint64_t first, std::uint64_t last,
                      const std::function<void(std::uint64_t)>& removed) {
  const auto entries = files.list(directory);
  if (!entries) return std::unexpected(entries.error());
  bool any = false;
  for (const auto& entry : *entries) {
    const auto number = number_of(entry.name);
    if (number < first || number > last) continue;
    if (auto done = files.remove(directory + "/" + entry.name); !done) return done;
    any = true;
    if (entry.name.ends_with(".seg")) removed(number);
  }
  return any ? files.sync_directory(directory) : Status{};
}

}  // namespace

Status remove_if_there(io::Files& files, const std::string& path) {
  const auto there = files.exists(path);
  if (!there) return std::unexpected(there.error());
  return *there ? files.remove(path) : Status{};
}

Status remove_segment(io::Files& files, const std::string& directory, std::uint64_t number) {
  auto done = remove_if_there(files, directory + "/" + journal::segment_name(number));
  if (done) done = remove_if_there(files, directory + "/" + journal::index_name(number));
  return done;
}

Status remove_leftovers(io::Files& files, const std::string& store, const LogId& log, journal::Archive& archive,
                        const std::function<void(std::uint64_t)>& removed) {
  if (archive.first_segment <= 1) return {};
  const auto last = archive.first_segment - 1;
  auto all = remove_numbers(files, store + "/log", 1, last, removed);
  auto left = archive;
  for (auto& moved : left.moved) {
    if (moved.first > last) continue;
    // Listed, not asked for one by one: a directory that is not there just now may come back with all of them.
    auto done = remove_numbers(files, moved.directory, moved.first, std::min(moved.last, last), removed);
    if (done) moved.first = archive.first_segment;
    if (all) all = done;
  }
  std::erase_if(left.moved, [](const journal::Archive::Moved& m) { return m.first > m.last; });
  if (left == archive) return all;
  auto done = journal::write_archive(files, store, log, left);
  if (done) archive = std::move(left);
  return all ? done : all;
}

}  // namespace daybook::maintenance
