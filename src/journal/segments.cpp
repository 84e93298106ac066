// Which segments a store has, and where: in log/, and in the directories that ARCHIVE names.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "journal/directory.hpp"

namespace daybook::journal {
namespace {

struct Place {
  std::string path;
  std::uint64_t bytes = 0;
};

// "000000000007.seg", "000000000007.idx" -> 7; 0 for other names.
std::uint64_t number_in(std::string_view name) {
  constexpr std::size_t kDigits = 12;
  std::uint64_t number = 0;
  if (name.size() != kDigits + 4) return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  return error == std::errc() && end == name.data() + kDigits ? number : 0;
}

}  // namespace

struct Directory::Look {
  std::vector<OpenSegment> found;
  std::map<std::uint64_t, std::uint64_t> bytes;
  std::optional<Error> wrong;  // why there is no more
};

std::string Directory::path_of(const std::string& name) const {
  const std::lock_guard guard(mutex_);
  const auto number = number_in(name);
  const auto* elsewhere = number ? archive_.directory_of(number) : nullptr;
  return (elsewhere ? *elsewhere : directory_ + "/log") + "/" + name;
}

Result<std::optional<SegmentHeader>> Directory::open_segment(std::uint64_t number, const std::string& path,
                                                             const Look& before, std::shared_ptr<io::File>& file,
                                                             std::optional<Error>& wrong) const {
  const auto name = segment_name(number);
  auto opened = files_.open(path, io::Open::Read);
  if (!opened) return std::unexpected(opened.error());
  file = std::move(*opened);
  std::vector<std::byte> bytes(kSegmentHeaderBytes);
  const auto got = file->read_at(0, bytes);
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  const auto header = decode_segment_header(bytes, "log/" + name);
  const auto* last = before.found.empty() ? nullptr : &before.found.back().header;
  if (!header && header.error().code == ErrorCode::UnsupportedVersion) return std::unexpected(header.error());
  if (!header)
    wrong = header.error();
  else if (header->log != id_)
    wrong = Error{ErrorCode::ForeignHistory,
                  fmt::format("log/{} belongs to log {}; this store is log {}", name, to_string(header->log.uuid),
                              to_string(id_.uuid)),
                  {}};
  else if (header->number != number)
    wrong = Error{ErrorCode::Damage, fmt::format("log/{} says that it is number {}", name, header->number), {}};
  else if (last && (header->first < last->first || header->recorded_floor < last->recorded_floor))
    wrong = Error{ErrorCode::Damage,
                  fmt::format("log/{} begins at position {}, before log/{} does", name, header->first.value,
                              segment_name(number - 1)),
                  {}};
  // Of the last but one the seal may still be missing: recovery makes it.
  else if (last && before.bytes.at(number - 1) + (number == before.bytes.rbegin()->first ? kGroupHeaderBytes : 0) <
                       header->previous_bytes)
    wrong = Error{ErrorCode::Damage,
                  fmt::format("log/{} has {} bytes; it had {} when it was sealed", segment_name(number - 1),
                              before.bytes.at(number - 1), header->previous_bytes),
                  {}};
  if (wrong) return std::nullopt;
  return *header;
}

Result<Directory::Look> Directory::look_for_segments(const Archive& archive) const {
  std::map<std::uint64_t, Place> places;
  const auto list = [&](const std::string& folder, std::uint64_t first, std::uint64_t last) -> Status {
    const auto entries = files_.list(folder);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries)
      if (const auto number = segment_number(entry.name); number >= first && number <= last)
        places.try_emplace(number, Place{folder + "/" + entry.name, entry.size});
    return {};
  };
  // What an interrupted deletion left is not looked at.
  if (auto done = list(directory_ + "/log", archive.first_segment, UINT64_MAX); !done)
    return std::unexpected(done.error());
  for (const auto& moved : archive.moved)
    if (auto done = list(moved.directory, std::max(moved.first, archive.first_segment), moved.last); !done) {
      auto error = done.error();
      error.message = fmt::format("segments {} to {} were archived: {}", moved.first, moved.last, error.message);
      return std::unexpected(std::move(error));
    }
  Look look;
  for (const auto& [number, place] : places) look.bytes[number] = place.bytes;
  std::uint64_t expected = archive.first_segment;
  for (const auto& [number, place] : places) {
    if (number != expected) {
      const auto name = segment_name(expected);
      look.wrong = Error{
          ErrorCode::Damage, fmt::format("log/{} is missing, though log/{} is there", name, segment_name(number)), {}};
      break;
    }
    ++expected;
    std::shared_ptr<io::File> file;
    const auto header = open_segment(number, place.path, look, file, look.wrong);
    if (!header) return std::unexpected(header.error());
    if (!look.wrong && look.found.empty() && (*header)->first != archive.first_position)
      look.wrong = Error{ErrorCode::Damage,
                         fmt::format("log/{} begins at position {}; the first segment begins at {}",
                                     segment_name(number), (*header)->first.value, archive.first_position.value),
                         {}};
    if (look.wrong) break;
    look.found.push_back({**header, std::move(file)});
  }
  return look;
}

bool Directory::has_segments() const {
  const std::lock_guard guard(mutex_);
  return !segments_.empty();
}

Status Directory::load_segments() {
  constexpr int kMostTurns = 5;
  for (int turn = 0;; ++turn) {
    const auto archive = read_archive(files_, directory_, id_);
    if (!archive) return std::unexpected(archive.error());
    auto look = look_for_segments(*archive);
    // A writer may be at work meanwhile: a segment that it begins is listed with an older size of the one before, one
    // that it names again may be found under neither name.
    if ((!look || look->wrong) && !lock_ && turn == 0) continue;
    // Segments may be moved to the archive between our look at ARCHIVE and at them: then it says something else now.
    if ((!look || look->wrong) && turn < kMostTurns) {
      const auto again = read_archive(files_, directory_, id_);
      if (again && *again != *archive) continue;
    }
    if (!look) return std::unexpected(look.error());
    if (look->wrong && has_segments()) return std::unexpected(*look->wrong);  // what was found before stays
    if (look->wrong) damaged(*look->wrong);
    if (look->found.empty()) {  // not even a beginning to read
      if (!look->wrong)
        damaged({ErrorCode::Damage,
                 fmt::format("log/{} is missing: the store has no segment", segment_name(archive->first_segment)),
                 {}});
      return std::unexpected(*recovery_.damage);
    }
    const std::lock_guard guard(mutex_);
    archive_ = *archive;
    // Deleted since: who has them open may go on reading them.
    auto& found = look->found;
    const auto older = std::ranges::find_if(
        segments_, [&](const OpenSegment& s) { return s.header.number >= found.front().header.number; });
    found.insert(found.begin(), segments_.begin(), older);
    segments_ = std::move(found);
    return {};
  }
}

}  // namespace daybook::journal
