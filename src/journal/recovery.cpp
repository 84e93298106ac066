// What opening a directory finds at the end of its log, and what it does about it.
//
// Only bytes behind the last position known durable may go, and they are kept. Groups found whole behind it are not
// trusted where they stand: after a failed sync the kernel may read back pages that the disk never got. They are
// written into a new file, synced, and only then served.
#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "journal/scan.hpp"
#include "journal/segment_end.hpp"

namespace daybook::journal {

struct Directory::LastSegment {
  SegmentHeader header;
  std::uint64_t file_bytes = 0;
  Tail known;                                           // up to here everything is known to be durable
  Tail end;                                             // behind the last sound group
  std::uint64_t empty_groups_at = kSegmentHeaderBytes;  // behind the last group with events
  std::uint64_t epoch = 0;                              // the highest that its groups name
  bool sealed = false;
  bool closed = false;                    // the last group is a close
  bool torn = false;                      // other bytes than zeros stand behind the end
  std::optional<Position> marked;         // what the mark said before the segment was read
  std::optional<std::uint64_t> proof_at;  // of a later group that shows that the bytes at the end were durable once
};

Result<Directory::LastSegment> Directory::scan_last() const {
  LastSegment last;
  {
    const std::lock_guard guard(mutex_);
    last.header = segments_.back().header;
  }
  const auto opened = file_of(last.header.number);
  if (!opened) return std::unexpected(opened.error());
  const auto& file = *opened;
  const auto size = file->size();
  if (!size) return std::unexpected(size.error());
  last.file_bytes = *size;
  last.end = {last.header.first, last.header.chain_before, last.header.recorded_floor, last.header.number,
              kSegmentHeaderBytes};
  last.known = last.end;
  if (last_is_foreign_) return last;
  // Of a file that no writer makes so long, no more is looked at than one could have.
  const auto read = [&file](std::uint64_t offset, std::span<std::byte> into) {
    const auto left = offset < kMaxSegmentFileBytes ? kMaxSegmentFileBytes - offset : 0;
    return file->read_at(offset, into.first(std::min<std::uint64_t>(into.size(), left)));
  };
  last.marked = mark_ ? mark_->durable() : std::nullopt;
  std::vector<Tail> pending;  // ends of groups not yet known durable
  const auto know = [&](Position durable) {
    for (auto it = pending.begin(); it != pending.end() && it->end <= durable; it = pending.erase(it)) last.known = *it;
  };
  GroupScan scan(read, kSegmentHeaderBytes, seed_, "log/" + segment_name(last.header.number));
  while (!last.sealed) {
    const auto at = scan.offset();
    const auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (!*found) break;
    const auto& h = (*found)->header;
    if (h.first != last.end.end || h.chain_before != last.end.chain || h.recorded < last.end.recorded ||
        !body_is_sound(h, (*found)->whole)) {
      last.end.offset = at;
      break;
    }
    last.end = {h.end(), h.chain_after, h.recorded, last.header.number, scan.offset()};
    last.epoch = std::max(last.epoch, h.epoch);
    last.closed = h.kind == GroupKind::Close;
    last.sealed = h.kind == GroupKind::Seal;
    if (h.kind == GroupKind::Events) last.empty_groups_at = last.end.offset;
    pending.push_back(last.end);
    know(h.durable);
  }
  if (last.marked) know(*last.marked);
  // The live word has no check, but it is what readers go by: what they may have read stays where it is.
  if (mark_) know(mark_->live());
  // An empty group at the known position belongs to what is known: it says no more than that position.
  if (!pending.empty() && pending.front().end == last.known.end) know(last.known.end);
  const auto zeros = only_zeros(read, last.end.offset);
  if (!zeros) return std::unexpected(zeros.error());
  last.torn = !*zeros;
  if (last.torn) {
    const auto proof = find_group_after(read, last.end.offset, last.end.end, seed_);
    if (!proof) return std::unexpected(proof.error());
    last.proof_at = *proof;
  }
  return last;
}

// Why the log ends where no group could be read, if something was durable there.
std::optional<Error> Directory::damage_of(const LastSegment& last) {
  const auto at = fmt::format("log/{}: position {} can not be read at byte {}", segment_name(last.header.number),
                              last.end.end.value, last.end.offset);
  if (last.proof_at)
    return Error{ErrorCode::Damage,
                 fmt::format("{}, though a later group, at byte {}, says that it was durable", at, *last.proof_at),
                 last.end.end};
  if (last.marked && *last.marked > last.end.end)
    return Error{ErrorCode::Damage,
                 fmt::format("{}, though the log was durable up to position {}", at, last.marked->value), last.end.end};
  if (last.file_bytes > kMaxSegmentFileBytes)
    return Error{ErrorCode::Damage,
                 fmt::format("log/{} has {} bytes, though no segment has more than {}; position {} begins at byte {}",
                             segment_name(last.header.number), last.file_bytes, kMaxSegmentFileBytes,
                             last.end.end.value, last.end.offset),
                 last.end.end};
  if (last.sealed && last.torn)
    return Error{ErrorCode::Damage,
                 fmt::format("log/{}: bytes stand behind its seal, at byte {}, where position {} begins",
                             segment_name(last.header.number), last.end.offset, last.end.end.value),
                 last.end.end};
  return {};
}

// Nothing is changed: neither the files nor the mark, which is a witness.
void Directory::end_at_damage(const LastSegment& last) {
  auto& damage = *recovery_.damage;
  tail_ = last.end;
  durable_ = tail_.end.value;
  if (damage.position == tail_.end) return;
  damage.position = tail_.end;
  const auto here = last.sealed ? std::nullopt : damage_of(last);
  damage.message +=
      here ? "; " + here->message : fmt::format("; the log can be read up to position {}", tail_.end.value);
}

Status Directory::look_at_tail() {
  for (std::optional<Tail> suspected;;) {
    const auto last = scan_last();
    if (!last) return std::unexpected(last.error());
    const auto wrong = damage_of(*last);
    const bool still = suspected && suspected->segment == last->end.segment && suspected->offset == last->end.offset;
    if (wrong && still) damaged(*wrong);
    if (recovery_.damage) {
      end_at_damage(*last);
      return {};
    }
    if (!wrong) {
      tail_ = last->known;
      durable_ = last->known.end.value;
      return {};
    }
    // A writer at work may have gone on while this was read. Damage is there when it is looked at again.
    suspected = last->end;
    if (auto looked = refresh(); !looked && looked.error().code != ErrorCode::Damage) return looked;
  }
}

Status Directory::recover() {
  epoch_ = mark_->epoch();
  for (const auto& s : segments_) epoch_ = std::max(epoch_, s.header.epoch);
  auto last = scan_last();
  if (!last) return std::unexpected(last.error());
  // The mark may be lost, and the segment have been begun by an earlier writer.
  epoch_ = std::max(epoch_, last->epoch);
  if (epoch_ == UINT64_MAX)
    return fail(ErrorCode::Damage,
                fmt::format("{}: the mark, or a segment, says that its writer has epoch {}, behind which there is none",
                            directory_, epoch_));
  ++epoch_;
  if (auto wrong = damage_of(*last)) damaged(std::move(*wrong));
  // Where nothing was ever written there was nothing to close.
  const bool closed = last->closed || last->end.end == Position{};
  recovery_.clean = closed && !last->torn && !recovery_.damage;
  if (recovery_.damage) {
    end_at_damage(*last);
    return {};
  }
  // A writer may have died between giving a name and syncing its directory: what is read here may be named in the cache
  // alone.
  for (const auto& named_in : {directory_ + "/log", directory_, io::parent_of(directory_)})
    if (auto done = files_.sync_directory(named_in); !done) return done;
  if (auto done = name_again(*last); !done) return done;
  if (auto done = finish_seal_before(last->closed); !done) return done;
  if (auto done = settle(*last); !done) return done;
  // A spare left by a crash holds nothing.
  if (auto there = files_.exists(path_of("spare.new")); there && *there)
    if (auto done = files_.remove(path_of("spare.new")); !done) return done;
  durable_ = tail_.end.value;
  mark_->begin(epoch_, tail_.end);
  return {};
}

// An earlier sync of the directory may have failed, and this one then says yes to names that the disk never got; only a
// name that is given anew is certain. It is that of the last segment that is in doubt, and that of STORE in a store
// that was just being made: a writer goes on to the next segment, or closes the log, only after its syncs have
// returned. The file stays the same one, which readers may have open, and is found under either name.
Status Directory::name_again(const LastSegment& last) {
  if (last.closed) return {};
  if (last.header.number == 1)
    if (auto done = write_identity(files_, directory_, {id_, secret_}); !done) return done;
  const auto name = path_of(segment_name(last.header.number));
  const auto beside = name + std::string(kNamedAgain);
  const auto there = files_.exists(name);
  if (!there) return std::unexpected(there.error());
  Status done;
  if (*there) done = files_.rename(name, beside);
  if (done) done = files_.rename(beside, name);
  if (done) segments_.back().path = name;
  if (done) done = files_.sync_directory(directory_ + "/log");
  return done;
}

// A tail is written again in three steps: the new segment is made, then the old one is cut and sealed. A crash between
// them leaves the old one as it was; the new one says how long it is to be. A seal that is there may be of an opening
// whose sync failed, and read back though the disk never got it: it is written again, unless a writer has closed the log
// since, which an opening that failed lets nobody do.
Status Directory::finish_seal_before(bool closed) {
  if (segments_.size() < 2) return {};
  const auto& before = segments_[segments_.size() - 2];
  const auto& next = segments_.back().header;
  const auto end = find_end(reading(*this, before.header.number), before.header, next, seed_);
  if (!end) return std::unexpected(end.error());
  if (end->wrong) return std::unexpected(*end->wrong);
  const auto path = path_of(segment_name(before.header.number));
  // What is archived is left alone: it may lie where nothing can be written.
  const bool archived = path != directory_ + "/log/" + segment_name(before.header.number);
  if (end->sealed && (closed || archived)) return {};
  auto file = files_.open(path, io::Open::Write);
  if (!file) return std::unexpected(file.error());
  const auto seal_at = next.previous_bytes - kGroupHeaderBytes;
  std::array<std::byte, kGroupHeaderBytes> seal{};
  const auto got = (*file)->read_at(seal_at, seal);
  if (!got) return std::unexpected(got.error());
  // The very bytes, if they are still there: pages that the disk never got may have been dropped since.
  if (const auto there = decode_group_header(std::span(seal).first(*got), seed_);
      !there || there->kind != GroupKind::Seal) {
    GroupHeader header;
    header.kind = GroupKind::Seal;
    header.first = header.durable = next.first;
    header.chain_before = header.chain_after = next.chain_before;
    header.recorded = next.recorded_floor;
    header.epoch = next.epoch;
    seal = encode(header, {}, seed_);
  }
  auto done = (*file)->write_at(seal_at, seal);
  if (done) done = (*file)->truncate(next.previous_bytes);
  if (done) done = (*file)->sync();
  return done;
}

// Of a segment, into a file of its own, which is there whole and durable or not at all.
Status Directory::copy_part(std::uint64_t segment, std::uint64_t from, std::uint64_t until, const std::string& to) {
  const auto beside = to + ".new";
  if (auto there = files_.exists(beside); there && *there)
    if (auto done = files_.remove(beside); !done) return done;
  auto file = files_.open(beside, io::Open::Create);
  if (!file) return std::unexpected(file.error());
  std::vector<std::byte> part(std::min<std::uint64_t>(until - from, 1u << 20));
  for (auto at = from; at < until;) {
    const auto got = read(segment, at, std::span(part).first(std::min<std::uint64_t>(part.size(), until - at)));
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return fail(ErrorCode::Damage, fmt::format("log/{} got shorter", segment_name(segment)));
    if (auto done = (*file)->write_at(at - from, std::span(part).first(*got)); !done) return done;
    at += *got;
  }
  auto done = (*file)->sync();
  file->reset();
  if (done) done = files_.rename(beside, to);
  return done ? files_.sync_directory(io::parent_of(to)) : done;
}

Status Directory::keep_cut(const LastSegment& last) {
  // A few bytes, mostly, in front of all the zeros that were prepared.
  const auto used = zeros_before(reading(*this, last.header.number), last.end.offset, last.file_bytes);
  if (!used) return std::unexpected(used.error());
  recovery_.cut_bytes = *used - last.end.offset;
  if (auto made = files_.make_directory(directory_ + "/cut"); !made) return made;
  // Never over an earlier one: the epoch may be lost with the mark.
  for (auto n = epoch_;; ++n) {
    recovery_.cut_file = fmt::format("{}/cut/{:012}-{}-{}.bin", directory_, last.header.number, last.end.offset, n);
    const auto there = files_.exists(recovery_.cut_file);
    if (!there) return std::unexpected(there.error());
    if (!*there) break;
  }
  return copy_part(last.header.number, last.end.offset, *used, recovery_.cut_file);
}

// The groups of the last segment from a place on to its end, as they are to be written again. Pages that the disk never
// got may have been dropped since they were looked at: these very bytes are checked.
Result<std::vector<std::byte>> Directory::read_again(const io::File& file, const Place& from, const Tail& end) const {
  std::vector<std::byte> bytes(end.offset - from.offset);
  const auto got = file.read_at(from.offset, bytes);
  if (!got) return std::unexpected(got.error());
  const auto there = std::span<const std::byte>(bytes).first(*got);
  const auto walked = walk_groups(
      [&](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
        const auto part = there.subspan(std::min<std::uint64_t>(offset - from.offset, there.size()));
        const auto size = std::min(part.size(), into.size());
        std::copy_n(part.begin(), size, into.begin());
        return size;
      },
      end.segment, from, end.offset, seed_);
  if (!walked) return std::unexpected(walked.error());
  if (walked->offset != end.offset || walked->end != end.end || walked->chain != end.chain)
    return fail(ErrorCode::IoError,
                fmt::format("log/{}: what stands behind byte {} is no longer what was read there a moment before; the "
                            "next opening goes by what is left",
                            segment_name(end.segment), walked->offset));
  return bytes;
}

Status Directory::settle(const LastSegment& last) {
  if (last.torn)
    if (auto kept = keep_cut(last); !kept) return kept;
  auto file = files_.open(path_of(segment_name(last.header.number)), io::Open::Write);
  if (!file) return std::unexpected(file.error());
  const std::shared_ptr<io::File> old(std::move(*file));
  tail_ = last.end;
  if (last.known.end == last.end.end) {
    // No mark counts an empty group: whether its sync returned is not known, and the kernel may read back what the disk
    // never got. Written once more, it is on the disk before anything is written behind it.
    const auto empty = read_again(*old, {last.empty_groups_at, last.end.end, last.end.chain}, last.end);
    if (!empty) return std::unexpected(empty.error());
    Status done;
    if (!empty->empty()) done = old->write_at(last.empty_groups_at, *empty);
    if (done && last.torn) done = old->truncate(last.end.offset);
    if (done && (!empty->empty() || last.torn)) done = old->sync();
    if (!done) return done;
    current_ = old;
    written_to(last.end.offset);
    sealed_ = last.sealed;
    if (!sealed_) return {};
    // The writer died between a seal and the next segment.
    if (auto begun = begin_segment({tail_.segment + 1, tail_.end, tail_.chain, tail_.recorded}); !begun) return begun;
    ++tail_.segment;
    tail_.offset = kSegmentHeaderBytes;
    return {};
  }
  const auto groups = read_again(*old, {last.known.offset, last.known.end, last.known.chain}, last.end);
  if (!groups) return std::unexpected(groups.error());
  recovery_.rewritten_events = last.end.end.value - last.known.end.value;
  // Not sealed here: finish_seal_before() does that for the new last segment, now or after a crash.
  const SegmentHeader next{id_,
                           last.header.number + 1,
                           last.known.end,
                           last.known.chain,
                           last.known.recorded,
                           last.known.offset + kGroupHeaderBytes,
                           epoch_,
                           secret_};
  auto made = make_segment_file(next, *groups);
  if (!made) return std::unexpected(made.error());
  current_ = std::shared_ptr<io::File>(std::move(*made));
  written_to(kSegmentHeaderBytes + groups->size());
  sealed_ = false;
  tail_.segment = next.number;
  tail_.offset = written_;
  segments_.push_back({next, path_of(segment_name(next.number))});
  return finish_seal_before(false);
}

}  // namespace daybook::journal
