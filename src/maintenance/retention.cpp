#include "maintenance/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/utf8.hpp"
#include "daybook/port/schemas.hpp"
#include "journal/archive.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "log/cut_heads.hpp"
#include "log/guide.hpp"
#include "log/log.hpp"
#include "log/record.hpp"
#include "maintenance/group_copy.hpp"
#include "maintenance/leftovers.hpp"

namespace daybook::maintenance {
namespace {

journal::ReadBytes reading(const io::File& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> into) { return file.read_at(offset, into); };
}

// Removes the guides that end with a segment up to `last`. Those that end later say of what goes that it may be there,
// and nobody asks them for that any more.
Status remove_guides(io::Files& files, const std::string& directory, std::uint64_t last) {
  const auto entries = files.list(directory);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    const auto of = log::Guide::last_in(entry.name);
    if (of == 0 || of > last) continue;
    if (auto done = files.remove(directory + "/" + entry.name); !done) return done;
  }
  return files.sync_directory(directory);
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
    if (auto done = remove_leftovers(files_, store_, identity, archive_, {.since = UINT64_MAX, .note = options_.note});
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
    std::string warning;
    auto supported = files_.check_file_system(to_, warning);
    if (!warning.empty()) options_.note(fmt::format("{}: {}", to_, warning));
    return supported ? own_archive() : supported;
  }

  // Before anything is put there.
  Status own_archive() {
    const auto path = to_ + "/OWNER";
    const auto& who = options_.owner.empty() ? store_ : options_.owner;
    const auto mine = fmt::format("log {}\nstore {}\n", to_string(log_.uuid), who);
    constexpr std::size_t kLongest = 64u << 10;
    const auto there = io::read_whole(files_, path, kLongest);
    if (there && *there != mine)
      return fail(ErrorCode::ForeignHistory,
                  fmt::format("{} is the archive of another store: its file OWNER says {}, and this one is {}. The "
                              "archive needs a directory of its own for each store; if that store was moved here, "
                              "remove the file",
                              to_, base::quoted(*there), base::quoted(mine)));
    if (!there && there.error().code != ErrorCode::NotFound) return std::unexpected(there.error());
    if (!there)
      if (auto done = io::replace_whole(files_, path, mine); !done) return done;
    for (const auto& own : {store_ + "/log/OWNER", store_ + "/OWNER"}) {
      const auto in_store = files_.exists(own);
      if (!in_store) return std::unexpected(in_store.error());
      if (!*in_store) continue;
      if (auto done = files_.remove(path); !done) return done;
      return fail(
          ErrorCode::InvalidArgument,
          fmt::format("the archive {} is a directory of the store itself, {}: what is moved there would be removed",
                      to_, store_));
    }
    return {};
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

using Streams = std::map<std::string, Deletion::Stream, std::less<>>;

// The streams of a segment that goes. All of it must be read: what is passed over here would be forgotten for good.
Status count_streams(const journal::Directory& journal, const Journal::Segment& segment, const Journal::Segment& next,
                     Streams& streams, Deletion& plan) {
  GroupCopy all;
  all.read = [&](std::uint64_t offset, std::span<std::byte> into) {
    return journal.read(segment.number, offset, into);
  };
  all.seed = journal::group_seed(journal.secret());
  all.name = "log/" + journal::segment_name(segment.number);
  all.sound = [&](const journal::GroupScan::Found& group) -> Status {
    for (auto body = group.body(); !body.empty();) {
      const auto size = journal::frame_bytes(body);
      const auto event = log::decode_record(body.subspan(journal::kFrameBytes, size - journal::kFrameBytes));
      if (!event) return std::unexpected(event.error());
      auto it = streams.find(event->stream);
      if (it == streams.end()) it = streams.emplace(std::string(event->stream), Deletion::Stream{}).first;
      ++it->second.events;
      if (event->stream == kSchemaStream && std::ranges::find(plan.schemas, event->data) == plan.schemas.end())
        plan.schemas.emplace_back(event->data);
      it->second.last = event->revision;
      it->second.position = event->position;
      ++plan.events;
      body = body.subspan(size);
    }
    return {};
  };
  const auto end = copy_sealed(all, segment, next, nullptr);
  if (!end) return std::unexpected(end.error());
  plan.bytes += end->offset;
  return {};
}

// What is known of the rest: which of the streams have an event there, which schemas stand there too, and which
// snapshots can still be believed.
Status look_at_what_stays(io::Files& files, journal::Directory& journal, const Snapshots* snapshots, Streams& streams,
                          Deletion& plan) {
  log::IndexFiles indexes{&files, [&journal](std::uint64_t number) { return journal.index_path(number); },
                          journal.cut_heads_path()};
  const auto log = log::Log::for_reader(journal, std::move(indexes), [&journal] { return journal.refresh(); }, {});
  if (!log) return std::unexpected(log.error());
  for (auto& [name, stream] : streams) {
    const auto head = (*log)->head(name);
    if (!head) return std::unexpected(head.error());
    stream.goes_on = *head && (*head)->position >= plan.until;
  }
  if (const auto it = streams.find(kSchemaStream); it != streams.end() && it->second.goes_on) {
    auto rest = (*log)->read_stream(kSchemaStream, {.from = it->second.last.next()});
    if (!rest) return std::unexpected(rest.error());
    for (;;) {
      const auto event = (*rest)->next();
      if (!event) return std::unexpected(event.error());
      if (!*event) break;
      std::erase(plan.schemas, (*event)->data);
    }
  }
  if (!snapshots) return {};
  const auto list = snapshots->list([](std::string_view, const Error&) {});
  if (!list) return std::unexpected(list.error());
  for (const auto& info : *list) {
    const auto it = streams.find(info.key);
    if (it == streams.end() || info.mark.log != journal.log() || info.mark.position < plan.until) continue;
    const auto chain = (*log)->chain_at(info.mark.position);
    if (chain && *chain == info.mark.chain)
      it->second.snapshot = std::max(it->second.snapshot.value_or(Position{}), info.mark.position);
  }
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
  auto& journal = **followed;
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
  Streams streams;
  for (std::size_t i = 0; i < going.size(); ++i)
    if (auto done = count_streams(journal, segments[i], segments[i + 1], streams, plan); !done)
      return std::unexpected(done.error());
  if (auto done = look_at_what_stays(files, journal, snapshots, streams, plan); !done)
    return std::unexpected(done.error());
  for (auto& [name, stream] : streams) {
    stream.name = name;
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
  if (!plan.schemas.empty())
    return fail(ErrorCode::Conflict,
                fmt::format("{} schemas stand only in what would be deleted, and what stays may have been written with "
                            "them: they have to be appended again first",
                            plan.schemas.size()));
  const auto lock = files.lock(store + "/archive.lock", options.holder);
  if (!lock) return std::unexpected(lock.error());
  const auto identity = journal::read_identity(files, store);
  if (!identity) return std::unexpected(identity.error());
  const auto& id = identity->log;
  auto archive = journal::read_archive(files, store, id);
  if (!archive) return std::unexpected(archive.error());
  if (plan.segments == 0) return remove_leftovers(files, store, *identity, *archive, {.note = options.note});
  const bool archived = archive->directory_of(plan.last_segment) != nullptr;
  if (archive->first_segment != plan.first_segment || !archived)
    return fail(
        ErrorCode::Conflict,
        fmt::format("as the deletion of segments {} to {} was planned history was to begin with segment {}, and "
                    "segment {} to be archived; it begins with segment {}, and that one is{} archived. Plan it "
                    "again",
                    plan.first_segment, plan.last_segment, plan.first_segment, plan.last_segment,
                    archive->first_segment, archived ? "" : " not"));

  // The last revisions of what was deleted before stay known, but where something newer is deleted now.
  const auto heads_path = store + "/HEADS";
  std::map<std::string, StreamHead> heads;
  const auto before = log::CutHeads::open(files, heads_path, id);
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
  if (auto done = log::CutHeads::write(files, heads_path, id, list); !done) return done;

  if (auto done = remove_guides(files, store + "/log", plan.last_segment); !done) return done;
  archive->first_segment = plan.last_segment + 1;
  archive->first_position = plan.until;
  // It goes on naming the directories until what was deleted is no longer there.
  if (auto done = journal::write_archive(files, store, id, *archive); !done) return done;
  std::uint64_t removed = 0;
  const auto progress = [&](std::uint64_t number) {
    if (number < plan.first_segment) return;         // of an earlier one
    removed = std::min(removed + 1, plan.segments);  // a copy may be left in log/ too
    options.progress(plan.bytes * removed / plan.segments, plan.bytes, plan.events * removed / plan.segments);
  };
  return remove_leftovers(files, store, *identity, *archive, {plan.first_segment, options.note, progress});
}

}  // namespace daybook::maintenance
