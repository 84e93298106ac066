#include "maintenance/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "journal/archive.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "log/cut_heads.hpp"
#include "log/record.hpp"
#include "maintenance/group_copy.hpp"

namespace daybook::maintenance {
namespace {

journal::ReadBytes reading(const io::File& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> into) { return file.read_at(offset, into); };
}

Status remove_if_there(io::Files& files, const std::string& path) {
  const auto there = files.exists(path);
  if (!there) return std::unexpected(there.error());
  return *there ? files.remove(path) : Status{};
}

// Removes a segment and its index from a directory, if they are there.
Status remove_segment(io::Files& files, const std::string& directory, std::uint64_t number) {
  auto done = remove_if_there(files, directory + "/" + journal::segment_name(number));
  if (done) done = remove_if_there(files, directory + "/" + journal::index_name(number));
  return done;
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
    auto archive = journal::read_archive(files_, store_, log_);
    if (!archive) return std::unexpected(archive.error());
    archive_ = std::move(*archive);
    if (auto done = make_archive(); !done) return std::unexpected(done.error());
    if (auto done = finish_earlier(); !done) return std::unexpected(done.error());

    // The newest two stay: opening looks at the seal of the last but one, and may have to write it.
    constexpr std::size_t kStay = 2;
    const auto segments = (*journal)->segments();
    Archived out;
    std::vector<std::uint64_t> moved;
    for (std::size_t i = 0; i + kStay < segments.size() && segments[i + 1].first <= before_; ++i) {
      out.until = segments[i + 1].first;
      if (archive_.directory_of(segments[i].number)) continue;
      const auto bytes = copy(segments[i], segments[i + 1]);
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
    std::string warning;
    auto supported = files_.check_file_system(to_, warning);
    if (!warning.empty()) options_.note(fmt::format("{}: {}", to_, warning));
    return supported;
  }

  // What was moved, and a crash left in log/ too.
  Status finish_earlier() {
    for (const auto& m : archive_.moved)
      for (auto number = m.first; number <= m.last; ++number)
        if (auto done = remove_segment(files_, store_ + "/log", number); !done) return done;
    return {};
  }

  void add(std::uint64_t number) {
    if (!archive_.moved.empty() && archive_.moved.back().directory == to_ && archive_.moved.back().last + 1 == number)
      archive_.moved.back().last = number;
    else
      archive_.moved.push_back({number, number, to_});
  }

  // Byte for byte, each group checked; the index too, if there is one.
  Result<std::uint64_t> copy(const Journal::Segment& segment, const Journal::Segment& next) {
    const auto name = journal::segment_name(segment.number);
    const auto path = to_ + "/" + name, beside = path + ".new";
    auto source = files_.open(store_ + "/log/" + name, io::Open::Read);
    if (!source) return std::unexpected(source.error());
    std::vector<std::byte> header(journal::kSegmentHeaderBytes);
    if (const auto got = (*source)->read_at(0, header); !got || *got != header.size())
      return got ? fail(ErrorCode::Damage, fmt::format("log/{} is cut off", name)) : std::unexpected(got.error());
    if (auto free = is_free(path); !free) return std::unexpected(free.error());
    if (auto done = remove_if_there(files_, beside); !done) return std::unexpected(done.error());
    auto target = files_.open(beside, io::Open::Create);
    if (!target) return std::unexpected(target.error());
    if (auto done = (*target)->write_at(0, header); !done) return std::unexpected(done.error());
    const auto end = copy_groups(
        {reading(**source), journal::group_seed(log_), "log/" + name},
        {segment.first, segment.chain_before, segment.recorded_floor, journal::kSegmentHeaderBytes, false, false},
        target->get());
    if (!end) return std::unexpected(end.error());
    if (!end->sealed || end->position != next.first || end->chain != next.chain_before)
      return fail(ErrorCode::Damage,
                  fmt::format("log/{}: position {} (byte {}): there is no sound group, and no seal", name,
                              end->position.value, end->offset),
                  end->position);
    auto done = (*target)->sync();
    if (done) done = files_.rename(beside, path);
    if (!done) return std::unexpected(done.error());
    // An index can always be made anew, so one that can not be copied is left behind.
    const auto index = io::read_whole(files_, store_ + "/log/" + journal::index_name(segment.number));
    if (index) done = io::replace_whole(files_, to_ + "/" + journal::index_name(segment.number), *index);
    if (!done) return std::unexpected(done.error());
    return end->offset;
  }

  // Whether nothing stands at `path` but, perhaps, what an interrupted move of this log left.
  Status is_free(const std::string& path) {
    auto file = files_.open(path, io::Open::Read);
    if (!file && file.error().code == ErrorCode::NotFound) return {};
    if (!file) return std::unexpected(file.error());
    std::vector<std::byte> bytes(journal::kSegmentHeaderBytes);
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return std::unexpected(got.error());
    const auto header = journal::decode_segment_header(std::span(bytes).first(*got), path);
    if (header && header->log == log_) return {};
    return fail(ErrorCode::ForeignHistory,
                fmt::format("{} is there and is not this log's: the archive needs a directory of "
                            "its own for each log",
                            path));
  }

  io::Files& files_;
  const std::string& store_;
  const std::string& to_;
  const Position before_;
  const ArchiveOptions& options_;
  LogId log_{};
  journal::Archive archive_;
};

// The archived segments that a deletion before `before` takes: the oldest ones, without a gap.
std::vector<Journal::Segment> to_delete(const std::vector<Journal::Segment>& segments, const journal::Archive& archive,
                                        Position before) {
  std::vector<Journal::Segment> out;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    if (!archive.directory_of(segments[i].number) || segments[i + 1].first > before) break;
    out.push_back(segments[i]);
  }
  return out;
}

Status count_streams(const journal::Directory& journal, const Journal::Segment& segment,
                     std::map<std::string, Deletion::Stream, std::less<>>& streams, Deletion& plan) {
  journal::GroupScan scan(
      [&](std::uint64_t offset, std::span<std::byte> into) { return journal.read(segment.number, offset, into); },
      journal::kSegmentHeaderBytes, journal::group_seed(journal.log()));
  for (;;) {
    const auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->header.kind == journal::GroupKind::Seal) break;
    if (!journal::body_is_sound((*found)->header, (*found)->whole))
      return fail(ErrorCode::Damage,
                  fmt::format("segment {}: the group at byte {} is not sound", segment.number, (*found)->offset),
                  (*found)->header.first);
    for (auto body = (*found)->body(); !body.empty();) {
      const auto size = journal::frame_bytes(body);
      const auto event = log::decode_record(body.subspan(journal::kFrameBytes, size - journal::kFrameBytes));
      if (!event) return std::unexpected(event.error());
      auto it = streams.find(event->stream);
      if (it == streams.end()) it = streams.emplace(std::string(event->stream), Deletion::Stream{}).first;
      ++it->second.events;
      it->second.last = event->revision;
      it->second.position = event->position;
      ++plan.events;
      body = body.subspan(size);
    }
  }
  plan.bytes += scan.offset();
  return {};
}

}  // namespace

Result<Archived> archive(io::Files& files, const std::string& store, const std::string& to, Position before,
                         const ArchiveOptions& options) {
  return Move(files, store, to, before, options).run();
}

Result<Deletion> plan_deletion(io::Files& files, const std::string& store, Position before, const Snapshots* snapshots,
                               const Checkpoints* checkpoints) {
  auto followed = journal::Directory::follow(files, store);
  if (!followed) return std::unexpected(followed.error());
  const auto& journal = **followed;
  if (journal.recovery().damage) return std::unexpected(*journal.recovery().damage);
  const auto archive = journal::read_archive(files, store, journal.log());
  if (!archive) return std::unexpected(archive.error());
  const auto segments = journal.segments();
  const auto going = to_delete(segments, *archive, before);
  Deletion plan;
  plan.from = plan.until = segments.front().first;
  plan.segments = going.size();
  if (going.empty()) return plan;
  plan.first_segment = going.front().number;
  plan.last_segment = going.back().number;
  plan.until = segments[going.size()].first;
  std::map<std::string, Deletion::Stream, std::less<>> streams;
  for (const auto& segment : going)
    if (auto done = count_streams(journal, segment, streams, plan); !done) return std::unexpected(done.error());
  // Which of them go on: those with an event in what stays.
  Deletion rest;
  std::map<std::string, Deletion::Stream, std::less<>> staying;
  for (std::size_t i = going.size(); i < segments.size(); ++i)
    if (auto done = count_streams(journal, segments[i], staying, rest); !done) return std::unexpected(done.error());
  if (snapshots) {
    const auto list = snapshots->list([](std::string_view, const Error&) {});
    if (!list) return std::unexpected(list.error());
    for (const auto& info : *list)
      if (const auto it = streams.find(info.key);
          it != streams.end() && info.mark.log == journal.log() && info.mark.position > it->second.position)
        it->second.snapshot = std::max(it->second.snapshot.value_or(Position{}), info.mark.position);
  }
  for (auto& [name, stream] : streams) {
    stream.name = name;
    stream.goes_on = staying.contains(name);
    plan.streams.push_back(std::move(stream));
  }
  if (checkpoints) {
    const auto names = checkpoints->names();
    if (!names) return std::unexpected(names.error());
    for (const auto& name : *names) {
      const auto checkpoint = checkpoints->load(name);
      if (!checkpoint) return std::unexpected(checkpoint.error());
      if (!*checkpoint) continue;
      auto at = (*checkpoint)->mark.position;
      for (const auto parked : (*checkpoint)->parked) at = std::min(at, parked);
      if (at < plan.until) plan.consumers.push_back({name, at});
    }
  }
  return plan;
}

Status delete_archived(io::Files& files, const std::string& store, const Deletion& plan,
                       const ArchiveOptions& options) {
  if (plan.segments == 0) return {};
  const auto lock = files.lock(store + "/archive.lock", options.holder);
  if (!lock) return std::unexpected(lock.error());
  const auto id = journal::read_identity(files, store);
  if (!id) return std::unexpected(id.error());
  auto archive = journal::read_archive(files, store, *id);
  if (!archive) return std::unexpected(archive.error());
  if (archive->first_segment != plan.first_segment || !archive->directory_of(plan.last_segment))
    return fail(ErrorCode::Conflict, "the archive was changed since the deletion was planned; plan it again");

  // The last revisions of what was deleted before stay known, but where something newer is deleted now.
  const auto heads_path = store + "/HEADS";
  std::map<std::string, StreamHead> heads;
  const auto before = log::CutHeads::open(files, heads_path, *id);
  if (before)
    for (std::size_t i = 0; i < (*before)->size(); ++i) {
      auto head = (*before)->at(i);
      heads[std::move(head.stream)] = head.last;
    }
  else if (before.error().code != ErrorCode::NotFound || archive->first_segment > 1)
    return std::unexpected(before.error());
  for (const auto& stream : plan.streams) heads[stream.name] = {stream.last, stream.position};
  std::vector<log::CutHeads::Head> list;
  list.reserve(heads.size());
  for (auto& [name, head] : heads) list.push_back({name, head});
  if (auto done = log::CutHeads::write(files, heads_path, *id, list); !done) return done;

  std::map<std::uint64_t, std::string> directories;
  for (auto number = plan.first_segment; number <= plan.last_segment; ++number)
    directories[number] = *archive->directory_of(number);
  archive->first_segment = plan.last_segment + 1;
  archive->first_position = plan.until;
  std::erase_if(archive->moved, [&](const journal::Archive::Moved& m) { return m.last <= plan.last_segment; });
  for (auto& m : archive->moved) m.first = std::max(m.first, archive->first_segment);
  if (auto done = journal::write_archive(files, store, *id, *archive); !done) return done;
  for (const auto& [number, directory] : directories)
    if (auto done = remove_segment(files, directory, number); !done) return done;
  for (const auto& [number, directory] : directories)
    if (auto done = files.sync_directory(directory); !done) return done;
  return {};
}

}  // namespace daybook::maintenance
