#include "maintenance/leftovers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "journal/format.hpp"
#include "maintenance/archive_owner.hpp"

namespace daybook::maintenance {
namespace {

// Of a segment or its index; 0 for other names.
std::uint64_t number_of(std::string_view name) {
  if (const auto number = journal::segment_number(name)) return number;
  if (!name.ends_with(".idx")) return 0;
  return journal::segment_number(std::string(name.substr(0, name.size() - 4)) + ".seg");
}

// Why a file is not to be removed; nothing if it says of itself that it is a segment of this log.
Result<std::string> why_not(io::Files& files, const std::string& path, const journal::Identity& identity) {
  const auto file = files.open(path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  std::vector<std::byte> bytes(journal::kSegmentHeaderBytes);
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return std::unexpected(got.error());
  const auto header = journal::decode_segment_header(std::span(bytes).first(*got), path);
  if (!header) return header.error().message;
  const bool ours = header->log == identity.log && header->secret == identity.secret;
  return ours ? std::string() : "it is another log's";
}

// Whoever was here before may have removed some and not come to the sync.
Status remove_archived(io::Files& files, const journal::Archive::Moved& moved, const journal::Identity& identity,
                       const ArchiveOwner& mine, const LeftoversOptions& options) {
  if (auto good = check_archive_owner(files, moved.directory, mine); !good) return good;
  // Listed, not asked for one by one: a directory that is not there just now may come back with all of them.
  const auto entries = files.list(moved.directory);
  if (!entries) return std::unexpected(entries.error());
  Status all;
  for (const auto& entry : *entries) {
    const auto number = journal::segment_number(entry.name);
    if (number < moved.first || number > moved.last) continue;
    const auto path = moved.directory + "/" + entry.name;
    const auto stays = why_not(files, path, identity);
    if (stays && !stays->empty()) {
      options.note(fmt::format("{} is left where it is: {}", path, *stays));
      continue;
    }
    auto done = stays ? Status{} : std::unexpected(stays.error());
    // The index first: without its segment nobody could say whose it is.
    if (done) done = remove_if_there(files, moved.directory + "/" + journal::index_name(number));
    if (done) done = files.remove(path);
    if (done)
      options.removed(number);
    else if (all)
      all = done;
  }
  auto done = files.sync_directory(moved.directory);
  return all ? done : all;
}

// Of a store's own log/.
Status remove_up_to(io::Files& files, const std::string& directory, std::uint64_t last,
                    const std::function<void(std::uint64_t)>& removed) {
  const auto entries = files.list(directory);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    const auto number = number_of(entry.name);
    if (number == 0 || number > last) continue;
    if (auto done = files.remove(directory + "/" + entry.name); !done) return done;
    if (entry.name.ends_with(".seg")) removed(number);
  }
  return files.sync_directory(directory);
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

Status remove_leftovers(io::Files& files, const std::string& store, const journal::Identity& identity,
                        journal::Archive& archive, const LeftoversOptions& options) {
  if (archive.first_segment <= 1) return {};
  const auto last = archive.first_segment - 1;
  auto all = remove_up_to(files, store + "/log", last, options.removed);
  const ArchiveOwner mine{identity.log, archive.owner, options.store.empty() ? store : options.store};
  auto left = archive;
  for (auto& moved : left.moved) {
    if (moved.first > last) continue;
    auto done =
        remove_archived(files, {moved.first, std::min(moved.last, last), moved.directory}, identity, mine, options);
    if (done)
      moved.first = archive.first_segment;
    else if (moved.last < options.since)
      options.note(done.error().message);
    else if (all)
      all = done;
  }
  std::erase_if(left.moved, [](const journal::Archive::Moved& m) { return m.first > m.last; });
  if (left == archive) return all;
  auto done = journal::write_archive(files, store, identity.log, left);
  if (done) archive = std::move(left);
  return all ? done : all;
}

}  // namespace daybook::maintenance
