#include "maintenance/store_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "journal/identity.hpp"

namespace daybook::maintenance {
namespace {

Status list_folder(io::Files& files, const std::string& folder, const std::string& shown,
                   std::map<std::uint64_t, SegmentFile>& into) {
  const auto entries = files.list(folder);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries)
    if (const auto number = journal::segment_number(entry.name); number && !entry.directory)
      into.try_emplace(number,
                       SegmentFile{number, folder + "/" + entry.name, shown + "/" + entry.name, entry.size, {}});
  return {};
}

Result<journal::SegmentHeader> read_header(const Result<std::unique_ptr<io::File>>& file, const SegmentFile& segment) {
  if (!file) return std::unexpected(file.error());
  std::vector<std::byte> bytes(journal::kSegmentHeaderBytes);
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  return journal::decode_segment_header(bytes, segment.name);
}

// The message without the file's name at its front: a Finding says that itself.
std::string without_name(const std::string& message, const std::string& name) {
  return message.starts_with(name + ": ") ? message.substr(name.size() + 2) : message;
}

}  // namespace

Result<std::unique_ptr<io::Lock>> lock_store(io::Files& files, const std::string& directory, std::string_view holder) {
  const auto log = files.exists(directory + "/log");
  if (!log) return std::unexpected(log.error());
  if (!*log) return nullptr;
  return files.lock(directory + "/lock", holder);
}

Result<StoreFiles> look_at_store(io::Files& files, const std::string& directory, const OnFinding& found) {
  StoreFiles store;
  auto identity = journal::read_identity(files, directory);
  if (!identity &&
      (identity.error().code == ErrorCode::UnsupportedVersion || identity.error().code == ErrorCode::PermissionDenied))
    return std::unexpected(identity.error());
  if (!identity && identity.error().code == ErrorCode::NotFound) {
    const auto unfinished = files.exists(fmt::format("{}/{}", directory, kUnfinished));
    if (!unfinished) return std::unexpected(unfinished.error());
    if (*unfinished)
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{} is what a repair that did not come to its end has left, and no store: remove it, and "
                              "repair again what it was made of",
                              directory));
  }
  std::map<std::uint64_t, SegmentFile> segments;
  // Twice: the segment that a writer which begins its work names again may be found under neither name.
  for (int look = 0; look < 2; ++look)
    if (auto done = list_folder(files, directory + "/log", "log", segments); !done) {
      if (!identity) return std::unexpected(identity.error());
      if (done.error().code != ErrorCode::NotFound) return std::unexpected(done.error());
    }
  std::map<std::uint64_t, Result<journal::SegmentHeader>> headers;
  const auto read_headers = [&] {
    for (const auto& [number, segment] : segments)
      if (!headers.contains(number))
        headers.emplace(number, read_header(files.open(segment.path, io::Open::Read), segment));
  };
  read_headers();
  if (!identity) {
    // Whose log this is, the segments say too: what most of them say.
    std::map<std::pair<LogId, Uuid>, std::size_t> votes;
    for (const auto& [number, header] : headers)
      if (header) ++votes[{header->log, header->secret.uuid}];
    if (votes.empty()) return std::unexpected(identity.error());
    found({identity.error().code == ErrorCode::NotFound ? ErrorCode::Damage : identity.error().code,
           "STORE",
           {},
           {},
           {},
           {},
           identity.error().message});
    const auto& most = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; })->first;
    identity = journal::Identity{most.first, {most.second}};
  }
  store.log = identity->log;
  store.secret = identity->secret;
  if (auto archive = journal::read_archive(files, directory, store.log))
    store.archive = std::move(*archive);
  else
    found({archive.error().code, "ARCHIVE", {}, {}, {}, {}, archive.error().message});
  for (const auto& moved : store.archive.moved) {
    if (moved.last < store.archive.first_segment) continue;
    if (auto done = list_folder(files, moved.directory, moved.directory, segments); !done)
      found({done.error().code, moved.directory, {}, {}, {}, {}, done.error().message});
  }
  std::erase_if(segments, [&](const auto& s) { return s.first < store.archive.first_segment; });
  read_headers();
  for (auto& [number, segment] : segments) {
    auto& header = headers.at(number);
    if (!header && header.error().code == ErrorCode::NotFound)
      header = read_header(open_segment(files, directory, store.log, segment), segment);
    if (!header && header.error().code == ErrorCode::HistoryCut) return std::unexpected(header.error());
    const auto wrong = [&](ErrorCode code, std::string what) {
      found({code, segment.name, number, 0, {}, {}, std::move(what)});
    };
    if (!header && header.error().code == ErrorCode::UnsupportedVersion) return std::unexpected(header.error());
    if (!header)
      wrong(header.error().code, without_name(header.error().message, segment.name));
    else if (header->log != store.log)
      wrong(ErrorCode::ForeignHistory, fmt::format("belongs to log {}; this store is log {}",
                                                   to_string(header->log.uuid), to_string(store.log.uuid)));
    else if (header->secret != store.secret)
      wrong(ErrorCode::ForeignHistory, "was not made together with STORE: their secrets differ");
    else
      segment.header = *header;
    // What a file says of itself, under its checksum, is believed before its name is.
    if (segment.header && header->number != number) {
      wrong(ErrorCode::Damage, fmt::format("says that it is number {}", header->number));
      const auto named = headers.find(header->number);
      const bool rightful = named != headers.end() && named->second && named->second->log == store.log &&
                            named->second->number == header->number;
      if (rightful || header->number < store.archive.first_segment) continue;  // a copy of one that is there
      segment.number = header->number;
    }
    store.bytes += segment.bytes;
    store.segments.push_back(segment);
  }
  std::ranges::stable_sort(store.segments, {}, &SegmentFile::number);
  const auto [first, last] = std::ranges::unique(store.segments, {}, &SegmentFile::number);
  store.segments.erase(first, last);
  return store;
}

Result<std::unique_ptr<io::File>> open_segment(io::Files& files, const std::string& directory, const LogId& log,
                                               SegmentFile& segment) {
  auto file = files.open(segment.path, io::Open::Read);
  if (file || file.error().code != ErrorCode::NotFound) return file;
  const auto archive = journal::read_archive(files, directory, log);
  if (!archive) return file;
  if (segment.number < archive->first_segment)
    return fail(ErrorCode::HistoryCut,
                fmt::format("{} was deleted while the store was looked at: history begins at position {} now",
                            segment.name, archive->first_position.value),
                archive->first_position);
  const auto* moved = archive->directory_of(segment.number);
  if (!moved) return file;
  const auto path = *moved + "/" + journal::segment_name(segment.number);
  if (path == segment.path) return file;
  file = files.open(path, io::Open::Read);
  if (file) segment.path = segment.name = path;
  return file;
}

Finding unopened(const SegmentFile& segment, const Error& why, Position from, std::optional<Position> next_first) {
  const auto until = next_first && *next_first > from ? next_first : std::nullopt;
  return {why.code, segment.name, segment.number, {}, from, until, "the segment can not be opened: " + why.message};
}

}  // namespace daybook::maintenance
