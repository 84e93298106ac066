#include "maintenance/retention.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/uuid.hpp"
#include "journal/archive.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "maintenance/archive_owner.hpp"
#include "maintenance/group_copy.hpp"
#include "maintenance/leftovers.hpp"

namespace daybook::maintenance {
namespace {

journal::ReadBytes reading(const io::File& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> into) { return file.read_at(offset, into); };
}

class Move {
 public:
  Move(io::Files& files, const std::string& store, const std::string& to, Position before,
       const ArchiveOptions& options)
      : files_(files), store_(store), to_(to), before_(before), options_(options) {}

  Result<Archived> run() {
    if (!to_.starts_with('/'))
      return fail(ErrorCode::InvalidArgument, fmt::format("the archive {} is not an absolute path", to_));
    auto lock = files_.lock(store_ + "/archive.lock", options_.holder);
    if (!lock) return std::unexpected(lock.error());
    auto journal = journal::Directory::follow(files_, store_);
    if (!journal) return std::unexpected(journal.error());
    if ((*journal)->recovery().damage) return std::unexpected(*(*journal)->recovery().damage);
    log_ = (*journal)->log();
    seed_ = journal::group_seed((*journal)->secret());
    auto archive = journal::read_archive(files_, store_, log_);
    if (!archive) return std::unexpected(archive.error());
    archive_ = std::move(*archive);
    const journal::Identity identity{log_, (*journal)->secret()};
    if (auto done = remove_leftovers(files_, store_, identity, archive_,
                                     {.since = UINT64_MAX, .note = options_.note, .store = options_.store});
        !done)
      options_.note(done.error().message);
    if (auto done = make_archive(); !done) return std::unexpected(done.error());
    const auto segments = (*journal)->segments();
    if (auto done = finish_earlier(segments); !done) return std::unexpected(done.error());

    // The newest two stay: opening looks at the seal of the last but one, and may have to write it.
    constexpr std::size_t kStay = 2;
    Archived out;
    std::vector<std::uint64_t> moved;
    for (std::size_t i = 0; i + kStay < segments.size() && segments[i + 1].first <= before_; ++i) {
      out.until = segments[i + 1].first;
      if (archive_.directory_of(segments[i].number)) continue;
      if (auto free = is_free(segments[i], segments[i + 1]); !free) return std::unexpected(free.error());
      const auto bytes = copy(segments[i], segments[i + 1], to_);
      if (!bytes) return std::unexpected(bytes.error());
      out.bytes += *bytes;
      ++out.segments;
      moved.push_back(segments[i].number);
      options_.progress(segments[i + 1].first.value, before_.value, segments[i + 1].first.value);
    }
    if (moved.empty()) return out;
    if (auto done = files_.sync_directory(to_); !done) return std::unexpected(done.error());
    for (const auto number : moved) add(number);
    if (auto done = journal::write_archive(files_, store_, log_, archive_); !done) return std::unexpected(done.error());
    for (const auto number : moved)
      if (auto done = remove_segment(files_, store_ + "/log", number); !done) return std::unexpected(done.error());
    if (auto done = files_.sync_directory(store_ + "/log"); !done) return std::unexpected(done.error());
    return out;
  }

 private:
  Status make_archive() {
    if (auto made = files_.make_directory(to_); !made) return made;
    // Who made it, if it was there, may have been killed before its name was durable. Where we may not look, we did not.
    if (auto named = files_.sync_directory(io::parent_of(to_));
        !named && named.error().code != ErrorCode::PermissionDenied)
      return named;
    std::string warning;
    auto supported = files_.check_file_system(to_, warning);
    if (!warning.empty()) options_.note(fmt::format("{}: {}", to_, warning));
    return supported ? own_directory() : supported;
  }

  // Before anything is put there. Of two stores that come at once one is the first.
  Status own_directory() {
    const auto of_store = files_.exists(to_ + "/STORE");
    if (!of_store) return std::unexpected(of_store.error());
    if (*of_store) return no_archive("it is a store");
    const auto of_parent = files_.exists(io::parent_of(to_) + "/STORE");
    if (!of_parent) return std::unexpected(of_parent.error());
    if (*of_parent) return no_archive("it is in a store");
    // One that was killed at this may have left it.
    if (auto done = remove_if_there(files_, store_ + "/log/archive.lock"); !done) return done;
    const auto lock_path = to_ + "/archive.lock";
    const auto lock = files_.lock(lock_path, options_.holder);
    if (!lock) return std::unexpected(lock.error());
    // Whatever name it was given by.
    const auto in_store = files_.exists(store_ + "/log/archive.lock");
    if (!in_store) return std::unexpected(in_store.error());
    if (*in_store) {
      if (auto done = files_.remove(lock_path); !done) return done;
      return no_archive("what is moved there would be removed");
    }
    if (archive_.owner.is_nil()) {
      archive_.owner = base::random_uuid();
      if (auto done = journal::write_archive(files_, store_, log_, archive_); !done) return done;
    }
    return own_archive(files_, to_, mine());
  }

  ArchiveOwner mine() const { return {log_, archive_.owner, options_.store.empty() ? store_ : options_.store}; }

  std::unexpected<Error> no_archive(std::string_view why) const {
    return fail(ErrorCode::InvalidArgument, fmt::format("{} can not be the archive of {}: {}", to_, store_, why));
  }

  // What was moved and is in log/ too: a crash left it there, or somebody put it back because the archive's copy was
  // lost. Which of the two it is, only a look at the archive's copy tells.
  Status finish_earlier(const std::vector<Journal::Segment>& segments) {
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
      const auto number = segments[i].number;
      const auto* directory = archive_.directory_of(number);
      if (!directory) continue;
      const auto there = files_.exists(store_ + "/log/" + journal::segment_name(number));
      if (!there) return std::unexpected(there.error());
      if (*there)
        if (auto good = check_archive_owner(files_, *directory, mine()); !good) return good;
      if (*there)
        if (auto done = settle(segments[i], segments[i + 1], *directory); !done) return done;
      if (auto done = remove_segment(files_, store_ + "/log", number); !done) return done;
    }
    return {};
  }

  // Afterwards the archive's copy is sound.
  Status settle(const Journal::Segment& segment, const Journal::Segment& next, const std::string& directory) {
    const auto path = directory + "/" + journal::segment_name(segment.number);
    const auto sound = check(path, segment, next);
    if (sound) return {};
    if (const auto code = sound.error().code;
        code != ErrorCode::Damage && code != ErrorCode::NotFound && code != ErrorCode::ForeignHistory)
      return sound;
    if (const auto copied = copy(segment, next, directory); !copied) return std::unexpected(copied.error());
    options_.note(
        fmt::format("{} was not sound and was made anew from the copy in log/: {}", path, sound.error().message));
    return files_.sync_directory(directory);
  }

  // Whether an archived file is what the log has there, from its first byte to its last.
  Status check(const std::string& path, const Journal::Segment& segment, const Journal::Segment& next) {
    auto file = files_.open(path, io::Open::Read);
    if (!file) return std::unexpected(file.error());
    std::vector<std::byte> bytes(journal::kSegmentHeaderBytes);
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return std::unexpected(got.error());
    const auto header = journal::decode_segment_header(std::span(bytes).first(*got), path);
    if (!header) return std::unexpected(header.error());
    if (header->log != log_ || header->number != segment.number || header->first != segment.first ||
        header->chain_before != segment.chain_before || header->recorded_floor != segment.recorded_floor)
      return fail(ErrorCode::ForeignHistory, fmt::format("{} is not the segment that belongs there", path));
    const auto end = copy_sealed({.read = reading(**file), .seed = seed_, .name = path}, segment, next, nullptr);
    return end ? Status{} : std::unexpected(end.error());
  }

  void add(std::uint64_t number) {
    if (!archive_.moved.empty() && archive_.moved.back().directory == to_ && archive_.moved.back().last + 1 == number)
      archive_.moved.back().last = number;
    else
      archive_.moved.push_back({number, number, to_});
  }

  // Byte for byte, each group checked; the index too, if there is one.
  Result<std::uint64_t> copy(const Journal::Segment& segment, const Journal::Segment& next, const std::string& to) {
    const auto name = journal::segment_name(segment.number);
    const auto path = to + "/" + name, beside = path + ".new";
    auto source = files_.open(store_ + "/log/" + name, io::Open::Read);
    if (!source) return std::unexpected(source.error());
    std::vector<std::byte> header(journal::kSegmentHeaderBytes);
    if (const auto got = (*source)->read_at(0, header); !got || *got != header.size())
      return got ? fail(ErrorCode::Damage, fmt::format("log/{} is cut off", name)) : std::unexpected(got.error());
    if (auto done = remove_if_there(files_, beside); !done) return std::unexpected(done.error());
    auto target = files_.open(beside, io::Open::Create);
    if (!target) return std::unexpected(target.error());
    if (auto done = (*target)->write_at(0, header); !done) return std::unexpected(done.error());
    const auto end =
        copy_sealed({.read = reading(**source), .seed = seed_, .name = "log/" + name}, segment, next, target->get());
    if (!end) return std::unexpected(end.error());
    auto done = (*target)->sync();
    if (done) done = files_.rename(beside, path);
    if (!done) return std::unexpected(done.error());
    // An index can always be made anew, so one that can not be copied is left behind.
    const auto index = io::read_whole(files_, store_ + "/log/" + journal::index_name(segment.number));
    if (index) done = io::replace_whole(files_, to + "/" + journal::index_name(segment.number), *index);
    if (!done) return std::unexpected(done.error());
    return end->offset;
  }

  // Whether nothing stands in the segment's place but, perhaps, what an interrupted move left of it. Stores that were
  // restored from one backup have one id, so it is looked at to its end.
  Status is_free(const Journal::Segment& segment, const Journal::Segment& next) {
    const auto path = to_ + "/" + journal::segment_name(segment.number);
    const auto same = check(path, segment, next);
    if (same || same.error().code == ErrorCode::NotFound) return {};
    if (const auto code = same.error().code; code != ErrorCode::Damage && code != ErrorCode::ForeignHistory)
      return same;
    return fail(ErrorCode::ForeignHistory,
                fmt::format("{} is there and is not what this log would move there ({}): the archive needs a directory "
                            "of its own for each store",
                            path, same.error().message));
  }

  io::Files& files_;
  const std::string& store_;
  const std::string& to_;
  const Position before_;
  const ArchiveOptions& options_;
  LogId log_{};
  std::uint64_t seed_ = 0;
  journal::Archive archive_;
};

}  // namespace

Result<Archived> archive(io::Files& files, const std::string& store, const std::string& to, Position before,
                         const ArchiveOptions& options) {
  return Move(files, store, to, before, options).run();
}

}  // namespace daybook::maintenance
