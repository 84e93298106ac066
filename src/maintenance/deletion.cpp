// Deleting what was archived: what would go and who needs it, and then doing it.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "daybook/port/schemas.hpp"
#include "journal/archive.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "log/cut_heads.hpp"
#include "log/guide.hpp"
#include "log/log.hpp"
#include "log/record.hpp"
#include "maintenance/archive_owner.hpp"
#include "maintenance/group_copy.hpp"
#include "maintenance/leftovers.hpp"
#include "maintenance/retention.hpp"

namespace daybook::maintenance {
namespace {

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
  if (plan.segments == 0)
    return remove_leftovers(files, store, *identity, *archive, {.note = options.note, .store = options.store});
  const bool archived = archive->directory_of(plan.last_segment) != nullptr;
  if (archive->first_segment != plan.first_segment || !archived)
    return fail(
        ErrorCode::Conflict,
        fmt::format("as the deletion of segments {} to {} was planned history was to begin with segment {}, and "
                    "segment {} to be archived; it begins with segment {}, and that one is{} archived. Plan it "
                    "again",
                    plan.first_segment, plan.last_segment, plan.first_segment, plan.last_segment,
                    archive->first_segment, archived ? "" : " not"));
  const ArchiveOwner mine{id, archive->owner, options.store.empty() ? store : options.store};
  for (const auto& moved : archive->moved) {
    if (moved.first > plan.last_segment || moved.last < plan.first_segment) continue;
    const auto becoming = files.lock(moved.directory + "/archive.lock", options.holder);
    if (!becoming) return std::unexpected(becoming.error());
    if (auto good = own_archive(files, moved.directory, mine); !good) return good;
  }
  // A state that is left in a snapshot alone is not to be lost with the name of its directory.
  const auto snapshots = files.exists(store + "/snapshots");
  if (!snapshots) return std::unexpected(snapshots.error());
  if (*snapshots)
    for (const auto& named_in : {store + "/snapshots", store})
      if (auto done = files.sync_directory(named_in); !done) return done;

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
  return remove_leftovers(
      files, store, *identity, *archive,
      {.since = plan.first_segment, .note = options.note, .removed = progress, .store = options.store});
}

}  // namespace daybook::maintenance
