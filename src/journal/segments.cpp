// Which segments a store has, and where: in log/, and in the directories that ARCHIVE names.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "journal/directory.hpp"
#include "journal/segment_end.hpp"

namespace daybook::journal {
namespace {

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
  std::vector<FoundSegment> found;
  std::optional<Error> wrong;  // why there is no more
  std::vector<Error> warnings;
};

std::string Directory::path_of(const std::string& name) const {
  const std::lock_guard guard(mutex_);
  const auto number = number_in(name);
  const auto* elsewhere = number ? archive_.directory_of(number) : nullptr;
  return (elsewhere ? *elsewhere : directory_ + "/log") + "/" + name;
}

std::string Directory::index_path(std::uint64_t number) const {
  const auto there = files_.exists(path_of(segment_name(number)));
  if (there && !*there) {
    const std::lock_guard guard(mutex_);  // also while it is read: what another thread reads later stays
    if (auto archive = read_archive(files_, directory_, id_)) archive_ = std::move(*archive);
  }
  return path_of(index_name(number));
}

Result<SegmentHeader> Directory::read_header(std::uint64_t number, const std::string& path) const {
  const auto file = files_.open(path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  std::vector<std::byte> bytes(kSegmentHeaderBytes);
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return std::unexpected(got.error());
  return decode_segment_header(std::span(bytes).first(*got), "log/" + segment_name(number));
}

std::optional<Error> Directory::wrong_with(std::uint64_t number, const SegmentHeader& header,
                                           const Look& before) const {
  const auto name = segment_name(number);
  const auto* last = before.found.empty() ? nullptr : &before.found.back().header;
  if (header.log != id_)
    return Error{ErrorCode::ForeignHistory,
                 fmt::format("log/{} belongs to log {}; this store is log {}", name, to_string(header.log.uuid),
                             to_string(id_.uuid)),
                 {}};
  if (header.secret != secret_)
    return Error{ErrorCode::ForeignHistory,
                 fmt::format("log/{} and STORE were not made together: their secrets differ", name),
                 {}};
  if (header.number != number)
    return Error{ErrorCode::Damage, fmt::format("log/{} says that it is number {}", name, header.number), {}};
  if (last && (header.first < last->first || header.recorded_floor < last->recorded_floor))
    return Error{ErrorCode::Damage,
                 fmt::format("log/{} begins at position {}, before log/{} does", name, header.first.value,
                             segment_name(number - 1)),
                 {}};
  return {};
}

// Of the last segment found so far, behind which `next` stands. Of the last but one the seal may still be missing:
// recovery makes it.
Status Directory::check_end(Look& look, const SegmentHeader& next, bool last_but_one) const {
  const auto& header = look.found.back().header;
  const auto file = files_.open(look.found.back().path, io::Open::Read);
  if (!file) return std::unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  const auto name = segment_name(header.number);
  if (*size + (last_but_one ? kGroupHeaderBytes : 0) < next.previous_bytes) {
    look.wrong =
        Error{ErrorCode::Damage,
              fmt::format("log/{} has {} bytes; it had {} when it was sealed", name, *size, next.previous_bytes),
              {}};
    return {};
  }
  auto end =
      find_end([&file](std::uint64_t offset, std::span<std::byte> into) { return (*file)->read_at(offset, into); },
               header, next, seed_);
  if (!end) return std::unexpected(end.error());
  look.wrong = std::move(end->wrong);
  if (!look.wrong && !end->sealed && !last_but_one)
    look.warnings.push_back({ErrorCode::Damage,
                             fmt::format("the seal of log/{} can not be read; all that stands before it can", name),
                             {}});
  return {};
}

Result<Directory::Look> Directory::look_for_segments(const Archive& archive) const {
  std::map<std::uint64_t, std::string> places;
  const auto list = [&](const std::string& folder, std::uint64_t first, std::uint64_t last) -> Status {
    const auto entries = files_.list(folder);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries)
      if (const auto number = segment_number(entry.name); number >= first && number <= last)
        places.try_emplace(number, folder + "/" + entry.name);
    return {};
  };
  // What an interrupted deletion left is not looked at.
  if (auto done = list(directory_ + "/log", archive.first_segment, UINT64_MAX); !done)
    return std::unexpected(done.error());
  for (const auto& moved : archive.moved) {
    if (moved.last < archive.first_segment) continue;
    if (auto done = list(moved.directory, std::max(moved.first, archive.first_segment), moved.last); !done) {
      auto error = done.error();
      error.message = fmt::format("segments {} to {} were archived: {}", moved.first, moved.last, error.message);
      return std::unexpected(std::move(error));
    }
  }
  Look look;
  std::vector<FoundSegment> before;
  {
    const std::lock_guard guard(mutex_);
    before = segments_;
  }
  std::uint64_t expected = archive.first_segment;
  for (const auto& [number, path] : places) {
    if (number != expected) {
      const auto name = segment_name(expected);
      look.wrong = Error{
          ErrorCode::Damage, fmt::format("log/{} is missing, though log/{} is there", name, segment_name(number)), {}};
      break;
    }
    ++expected;
    // A header never changes, nor does what stands before it: neither is read again for each segment that comes.
    const auto known = std::ranges::lower_bound(before, number, {}, [](const auto& s) { return s.header.number; });
    const bool is_known = known != before.end() && known->header.number == number;
    const auto header = is_known ? known->header : read_header(number, path);
    if (!header && header.error().code != ErrorCode::Damage) return std::unexpected(header.error());
    look.wrong = header ? wrong_with(number, *header, look) : header.error();
    if (!look.wrong && look.found.empty() && header->first != archive.first_position)
      look.wrong = Error{ErrorCode::Damage,
                         fmt::format("log/{} begins at position {}; the first segment begins at {}",
                                     segment_name(number), header->first.value, archive.first_position.value),
                         {}};
    if (!look.wrong && !look.found.empty() && !is_known)
      if (auto done = check_end(look, *header, number == places.rbegin()->first); !done)
        return std::unexpected(done.error());
    if (look.wrong) break;
    look.found.push_back({*header, path});
  }
  return look;
}

bool Directory::has_segments() const {
  const std::lock_guard guard(mutex_);
  return !segments_.empty();
}

Status Directory::load_segments() {
  constexpr int kMostTurns = 5, kMostLooks = 3;
  for (int turn = 0;; ++turn) {
    const auto archive = read_archive(files_, directory_, id_);
    if (!archive) return std::unexpected(archive.error());
    auto look = look_for_segments(*archive);
    // A writer may be beginning its work meanwhile: the segment that it names again may be found under neither name, also
    // if it is the only one.
    const bool in_doubt = !look || look->wrong || look->found.empty();
    if (in_doubt && !lock_ && turn + 1 < kMostLooks) continue;
    // Segments may be moved to the archive between our look at ARCHIVE and at them: then it says something else now.
    if ((!look || look->wrong) && turn < kMostTurns) {
      const auto again = read_archive(files_, directory_, id_);
      if (again && *again != *archive) continue;
    }
    if (!look) return std::unexpected(look.error());
    if (look->wrong && has_segments()) return std::unexpected(*look->wrong);  // what was found before stays
    if (look->wrong) damaged(*look->wrong);
    last_is_foreign_ = look->wrong && look->wrong->code == ErrorCode::ForeignHistory && !look->found.empty() &&
                       look->wrong->position == look->found.back().header.first;
    if (!has_segments()) std::ranges::move(look->warnings, std::back_inserter(recovery_.warnings));
    if (look->found.empty()) {  // not even a beginning to read
      if (!look->wrong)
        damaged({ErrorCode::Damage,
                 fmt::format("log/{} is missing: the store has no segment", segment_name(archive->first_segment)),
                 {}});
      return std::unexpected(*recovery_.damage);
    }
    const std::lock_guard guard(mutex_);
    if (!segments_.empty() && look->found.front().header.number > segments_.back().header.number + 1)
      return fail(ErrorCode::HistoryCut,
                  fmt::format("what follows log/{} was deleted before it was read: history begins at position {}",
                              segment_name(segments_.back().header.number), archive->first_position.value),
                  archive->first_position);
    archive_ = *archive;
    // Deleted since: who reads them is told, unless the file is open.
    auto& found = look->found;
    const auto number = [](const FoundSegment& s) { return s.header.number; };
    const auto older = std::ranges::lower_bound(segments_, number(found.front()), {}, number);
    for (auto s = older; s != segments_.end(); ++s) {
      auto& same = found[number(*s) - number(found.front())];
      same.file = std::move(s->file);
      same.used = s->used;
    }
    found.insert(found.begin(), segments_.begin(), older);
    segments_ = std::move(found);
    return {};
  }
}

Result<std::shared_ptr<io::File>> Directory::file_of(std::uint64_t number) const {
  const std::lock_guard guard(mutex_);
  const auto first = segments_.empty() ? 1 : segments_.front().header.number;
  if (number < first || number >= first + segments_.size())
    return fail(ErrorCode::NotFound, fmt::format("log/{} is not there", segment_name(number)));
  auto& segment = segments_[number - first];
  segment.used = ++uses_;
  if (segment.file) return segment.file;
  auto opened = files_.open(segment.path, io::Open::Read);
  if (opened)
    segment.file = std::move(*opened);
  else if (opened.error().code != ErrorCode::NotFound)
    return std::unexpected(opened.error());
  else if (auto moved = open_moved(segment); !moved)
    return moved;
  if (++open_ > std::max<std::size_t>(options_.open_segments, 1)) close_one_but(number);
  return segment.file;
}

// Moved to the archive since it was found, or deleted. With mutex_ held.
Result<std::shared_ptr<io::File>> Directory::open_moved(FoundSegment& segment) const {
  auto archive = read_archive(files_, directory_, id_);
  if (!archive) return std::unexpected(archive.error());
  archive_ = std::move(*archive);
  const auto number = segment.header.number;
  if (number < archive_.first_segment)
    return fail(ErrorCode::HistoryCut,
                fmt::format("log/{} is no longer here: history begins at position {}", segment_name(number),
                            archive_.first_position.value),
                archive_.first_position);
  const auto* elsewhere = archive_.directory_of(number);
  segment.path = (elsewhere ? *elsewhere : directory_ + "/log") + "/" + segment_name(number);
  auto opened = files_.open(segment.path, io::Open::Read);
  // A writer that is being opened gives the last one its name anew, and may die in the middle of it; or be done with it
  // just now.
  for (const auto& again : {segment.path + std::string(kNamedAgain), segment.path})
    if (!opened && opened.error().code == ErrorCode::NotFound) opened = files_.open(again, io::Open::Read);
  if (!opened) return std::unexpected(opened.error());
  segment.file = std::move(*opened);
  return segment.file;
}

// Of those that are open the one that was read longest ago. With mutex_ held.
void Directory::close_one_but(std::uint64_t number) const {
  FoundSegment* oldest = nullptr;
  for (auto& s : segments_)
    if (s.file && s.header.number != number && (!oldest || s.used < oldest->used)) oldest = &s;
  if (!oldest) return;
  oldest->file.reset();  // who reads it just now holds it
  --open_;
}

}  // namespace daybook::journal
