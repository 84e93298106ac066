#include "maintenance/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "journal/directory.hpp"
#include "maintenance/backup_files.hpp"
#include "maintenance/group_copy.hpp"

namespace daybook::maintenance {
namespace {

journal::ReadBytes reading(const journal::Directory& journal, std::uint64_t segment) {
  return [&journal, segment](std::uint64_t offset, std::span<std::byte> into) {
    return journal.read(segment, offset, into);
  };
}

class Backup {
 public:
  Backup(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options)
      : files_(files), from_(from), to_(to), options_(options) {}

  Result<BackedUp> run() {
    if (auto done = prepare(); !done) return std::unexpected(done.error());
    // Before the end is looked up: a checkpoint must not lie past it.
    const auto checkpoints = read_checkpoints(files_, from_ + "/consumers");
    if (!checkpoints) return std::unexpected(checkpoints.error());
    const auto until = journal_->durable();
    if (auto done = journal_->refresh(); !done) return std::unexpected(done.error());
    auto at = begin();
    if (!at) return std::unexpected(at.error());
    BackedUp out;
    out.was = before_ ? before_->end : journal_->segments().front().first;
    const auto segments = journal_->segments();
    for (const auto& segment : segments) {
      if (segment.number < segment_) continue;
      if (segment.number > segment_)
        *at = {segment.first, segment.chain_before, segment.recorded_floor, 0, false, false};
      segment_ = segment.number;
      const auto done = copy_segment(segment, *at, until);
      if (!done) return std::unexpected(done.error());
      out.bytes += done->offset - at->offset;
      *at = *done;
      if (!at->sealed) break;
    }
    if (at->position < until)
      return fail(ErrorCode::Damage,
                  fmt::format("log/{}: position {} can not be read, though the log was durable up to position {}",
                              journal::segment_name(segment_), at->position.value, until.value),
                  at->position);
    // New segments have their names before an old one is replaced by one that they continue, and before BACKUP.
    if (auto done = files_.sync_directory(to_ + "/log"); !done) return std::unexpected(done.error());
    if (replace_) {
      const auto name = to_ + "/log/" + journal::segment_name(*replace_);
      if (auto done = files_.rename(name + ".new", name); !done) return std::unexpected(done.error());
      if (auto done = files_.sync_directory(to_ + "/log"); !done) return std::unexpected(done.error());
    }
    // Of a log that lost its beginning: what is known of the streams that were in it. What is deleted later is here.
    if (first_segment_ > 1 && !before_)
      if (auto done = copy_heads(files_, from_, to_, journal_->log()); !done) return std::unexpected(done.error());
    out.now = {journal_->log(), first_segment_, first_, at->position, at->chain, segment_, at->offset};
    if (auto done = write_consumers(files_, to_, out.now, *checkpoints); !done) return std::unexpected(done.error());
    if (auto done = io::replace_whole(files_, to_ + "/BACKUP", text_of(out.now)); !done)
      return std::unexpected(done.error());
    if (auto done = remove_other_consumers(files_, to_, out.now); !done) return std::unexpected(done.error());
    return out;
  }

 private:
  Status prepare() {
    auto journal = journal::Directory::follow(files_, from_);
    if (!journal) return std::unexpected(journal.error());
    journal_ = std::move(*journal);
    if (journal_->recovery().damage) return std::unexpected(*journal_->recovery().damage);
    if (auto made = files_.make_directory(to_ + "/log"); !made) return made;
    auto lock = files_.lock(to_ + "/lock", options_.holder);
    if (!lock) return std::unexpected(lock.error());
    lock_ = std::move(*lock);
    auto before = read_backup(files_, to_);
    if (before)
      before_ = *before;
    else if (before.error().code != ErrorCode::NotFound)
      return std::unexpected(before.error());
    const auto first = journal_->segments().front();
    first_segment_ = before_ ? before_->first_segment : first.number;
    first_ = before_ ? before_->first : first.first;
    return before_ ? check_history() : clear();
  }

  // A first backup wants a place of its own; what an interrupted one left behind is its own.
  Status clear() {
    const auto entries = files_.list(to_);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries)
      if (entry.name != "log" && entry.name != "lock" && !entry.name.starts_with("HEADS") &&
          !entry.name.starts_with("consumers-") && entry.name != "BACKUP.new")
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is no backup and is not empty: it has {}", to_, base::quoted(entry.name)));
    return {};
  }

  Status check_history() {
    const auto foreign = [&](std::string what) {
      return fail(ErrorCode::ForeignHistory, std::move(what), before_->end);
    };
    if (before_->log != journal_->log())
      return foreign(fmt::format("{} is a backup of log {}; {} is log {}", to_, to_string(before_->log.uuid), from_,
                                 to_string(journal_->log().uuid)));
    const auto segments = journal_->segments();
    if (segments.front().number > before_->segment + 1 ||
        (segments.front().number > before_->segment && segments.front().first > before_->end))
      return fail(
          ErrorCode::HistoryCut,
          fmt::format("the backup in {} ends at position {}; the store begins at position {}: what is between was "
                      "deleted. Begin a new backup",
                      to_, before_->end.value, segments.front().first.value),
          segments.front().first);
    return {};
  }

  // Where the copying begins: behind what the backup has, which must be what the store has there.
  Result<GroupEnd> begin() {
    const auto segments = journal_->segments();
    if (!before_) {
      segment_ = segments.front().number;
      return GroupEnd{
          segments.front().first, segments.front().chain_before, segments.front().recorded_floor, 0, false, false};
    }
    segment_ = before_->segment;
    const auto foreign = [&] {
      return fail(
          ErrorCode::ForeignHistory,
          fmt::format("{} goes up to position {}, on a history that this store does not have: one of the two was "
                      "restored from an older copy and written on. Begin a new backup",
                      to_, before_->end.value),
          before_->end);
    };
    // The groups up to there, wherever they stand now: an opening may have moved the last of them to the next segment.
    for (const auto& segment : segments) {
      if (segment.number < segment_) continue;
      GroupCopy check{reading(*journal_, segment.number), journal::group_seed(journal_->secret()),
                      "log/" + journal::segment_name(segment.number), before_->end};
      const auto end = copy_groups(check, front_of(segment), nullptr);
      if (!end) return std::unexpected(end.error());
      if (end->position < before_->end && end->sealed) continue;
      if (end->position != before_->end || end->chain != before_->chain) return foreign();
      if (segment.number == before_->segment && end->offset >= before_->bytes) {
        // The very bytes that the backup has stand here; go on behind them.
        GroupEnd at = *end;
        at.offset = before_->bytes;
        at.sealed = end->sealed && end->offset == before_->bytes;
        at.closed = false;
        return at;
      }
      // The segment is not what it was: it is copied anew, beside, and takes its place at the end.
      replace_ = before_->segment;
      for (const auto& s : segments)
        if (s.number == *replace_) return GroupEnd{s.first, s.chain_before, s.recorded_floor, 0, false, false};
      return foreign();
    }
    return foreign();
  }

  Result<GroupEnd> copy_segment(const Journal::Segment& segment, GroupEnd at, Position until) {
    auto path = to_ + "/log/" + journal::segment_name(segment.number);
    if (replace_ == segment.number) path += ".new";
    std::unique_ptr<io::File> file;
    if (at.offset > 0) {
      auto there = files_.open(path, io::Open::Write);
      if (!there) return damage_if_missing(there.error(), path);
      file = std::move(*there);
      const auto size = file->size();
      if (!size) return std::unexpected(size.error());
      if (*size < at.offset)
        return fail(ErrorCode::Damage,
                    fmt::format("{} has {} bytes; the backup wrote {}. Begin a new backup", path, *size, at.offset));
      if (auto done = file->truncate(at.offset); !done) return std::unexpected(done.error());
    } else {
      if (const auto there = files_.exists(path); there && *there)
        if (auto done = files_.remove(path); !done) return std::unexpected(done.error());
      auto made = files_.open(path, io::Open::Create);
      if (!made) return std::unexpected(made.error());
      file = std::move(*made);
      std::vector<std::byte> header(journal::kSegmentHeaderBytes);
      const auto got = journal_->read(segment.number, 0, header);
      if (!got) return std::unexpected(got.error());
      if (const auto sound =
              journal::decode_segment_header(std::span(header).first(*got), journal::segment_name(segment.number));
          !sound)
        return std::unexpected(sound.error());
      if (auto done = file->write_at(0, header); !done) return std::unexpected(done.error());
      at.offset = journal::kSegmentHeaderBytes;
    }
    GroupCopy copy{reading(*journal_, segment.number), journal::group_seed(journal_->secret()),
                   "log/" + journal::segment_name(segment.number), until};
    auto end = copy_groups(copy, at, file.get());
    if (end) {
      options_.progress(end->position.value, until.value, end->position.value);
      if (auto done = file->sync(); !done) return std::unexpected(done.error());
    }
    return end;
  }

  io::Files& files_;
  const std::string& from_;
  const std::string& to_;
  const CopyOptions& options_;
  std::unique_ptr<journal::Directory> journal_;
  std::unique_ptr<io::Lock> lock_;
  std::optional<BackupEnd> before_;
  std::uint64_t first_segment_ = 1;
  Position first_{};
  std::uint64_t segment_ = 1;             // being copied
  std::optional<std::uint64_t> replace_;  // this one is copied anew
};

}  // namespace

Result<BackedUp> back_up(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options) {
  return Backup(files, from, to, options).run();
}

}  // namespace daybook::maintenance
