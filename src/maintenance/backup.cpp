#include "maintenance/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "journal/archive.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "maintenance/group_copy.hpp"

namespace daybook::maintenance {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kBegin = "daybook backup, format ";

// Lines of text, as STORE:
//   daybook backup, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   first 1 0                            (segment, position)
//   end 4711 0123456789abcdef 3 81920    (position, chain, segment, bytes of it)
//   checksum 0123456789abcdef            (XXH3-64 of the lines above it)
std::string text_of(const BackupEnd& b) {
  auto text = fmt::format("{}{}\nlog {}\nfirst {} {}\nend {} {:016x} {} {}\n", kBegin, kVersion, to_string(b.log.uuid),
                          b.first_segment, b.first.value, b.end.value, b.chain.value, b.segment, b.bytes);
  return text + fmt::format("checksum {:016x}\n", base::checksum(text));
}

class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}
  bool word(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool number(std::uint64_t& value, char behind, int base = 10) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value, base);
    if (error != std::errc{} || end == text_.data() + text_.size() || *end != behind) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()) + 1);
    return true;
  }
  bool uuid(Uuid& value) {
    constexpr std::size_t kSize = 36;
    const auto parsed = parse_uuid(text_.substr(0, kSize));
    if (!parsed) return false;
    value = *parsed;
    text_.remove_prefix(kSize);
    return true;
  }

 private:
  std::string_view text_;
};

journal::ReadBytes reading(const journal::Directory& journal, std::uint64_t segment) {
  return [&journal, segment](std::uint64_t offset, std::span<std::byte> into) {
    return journal.read(segment, offset, into);
  };
}

// Checkpoints, as the files they are. Those that are no longer there go.
Status copy_consumers(io::Files& files, const std::string& from, const std::string& to) {
  const auto list = [&](const std::string& folder) -> Result<std::vector<io::Entry>> {
    auto entries = files.list(folder);
    if (!entries && entries.error().code == ErrorCode::NotFound) return std::vector<io::Entry>{};
    return entries;
  };
  const auto theirs = list(from), ours = list(to);
  if (!theirs) return std::unexpected(theirs.error());
  if (!ours) return std::unexpected(ours.error());
  if (theirs->empty() && ours->empty()) return {};
  if (auto made = files.make_directory(to); !made) return made;
  const auto is_file = [](const io::Entry& e) { return !e.directory && e.name.ends_with(".checkpoint"); };
  for (const auto& entry : *theirs) {
    if (!is_file(entry)) continue;
    const auto bytes = io::read_whole(files, from + "/" + entry.name);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) continue;  // removed since
    if (!bytes) return std::unexpected(bytes.error());
    if (auto done = io::replace_whole(files, to + "/" + entry.name, *bytes); !done) return done;
  }
  for (const auto& entry : *ours)
    if (is_file(entry) && std::ranges::find(*theirs, entry.name, &io::Entry::name) == theirs->end())
      if (auto done = files.remove(to + "/" + entry.name); !done) return done;
  return files.sync_directory(to);
}

Status copy_heads(io::Files& files, const std::string& from, const std::string& to) {
  const auto bytes = io::read_whole(files, from + "/HEADS", UINT32_MAX);
  if (!bytes) return std::unexpected(bytes.error());
  return io::replace_whole(files, to + "/HEADS", *bytes);
}

class Backup {
 public:
  Backup(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options)
      : files_(files), from_(from), to_(to), options_(options) {}

  Result<BackedUp> run() {
    if (auto done = prepare(); !done) return std::unexpected(done.error());
    // Before the end is looked up: a checkpoint must not lie past it.
    if (auto done = copy_consumers(files_, from_ + "/consumers", to_ + "/consumers"); !done)
      return std::unexpected(done.error());
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
    if (replace_) {
      const auto name = to_ + "/log/" + journal::segment_name(*replace_);
      if (auto done = files_.rename(name + ".new", name); !done) return std::unexpected(done.error());
    }
    if (auto done = files_.sync_directory(to_ + "/log"); !done) return std::unexpected(done.error());
    // Of a log that lost its beginning: what is known of the streams that were in it.
    if (first_segment_ > 1)
      if (auto done = copy_heads(files_, from_, to_); !done) return std::unexpected(done.error());
    out.now = {journal_->log(), first_segment_, first_, at->position, at->chain, segment_, at->offset};
    if (auto done = io::replace_whole(files_, to_ + "/BACKUP", text_of(out.now)); !done)
      return std::unexpected(done.error());
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
      if (entry.name != "log" && entry.name != "lock" && entry.name != "consumers" && entry.name != "BACKUP.new")
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
      GroupCopy check{reading(*journal_, segment.number), journal::group_seed(before_->log),
                      "log/" + journal::segment_name(segment.number), before_->end};
      const auto end = copy_groups(
          check,
          {segment.first, segment.chain_before, segment.recorded_floor, journal::kSegmentHeaderBytes, false, false},
          nullptr);
      if (!end) return std::unexpected(end.error());
      if (end->position < before_->end && end->sealed) continue;
      if (end->position != before_->end || end->chain != before_->chain) return foreign();
      if (segment.number == before_->segment && end->offset >= before_->bytes) {
        // The very bytes that the backup has stand here; go on behind them.
        GroupEnd at = *end;
        at.offset = before_->bytes;
        at.sealed = false;
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
      if (!there) return std::unexpected(there.error());
      file = std::move(*there);
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
    GroupCopy copy{reading(*journal_, segment.number), journal::group_seed(journal_->log()),
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

Result<BackupEnd> read_backup(io::Files& files, const std::string& directory) {
  const auto path = directory + "/BACKUP";
  const auto text = io::read_whole(files, path, 4096);
  if (!text && text.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::NotFound, fmt::format("there is no backup in {}: it has no file BACKUP", directory));
  if (!text) return std::unexpected(text.error());
  const auto damage = [&] {
    return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there: it begins {}", path,
                                               base::quoted(std::string_view(*text).substr(0, 40))));
  };
  Fields fields(*text);
  std::uint64_t version = 0;
  if (!fields.word(kBegin) || !fields.number(version, '\n')) return damage();
  if (version > kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has format {}; this program reads format {}", path, version, kVersion));
  BackupEnd b;
  const bool read = fields.word("log ") && fields.uuid(b.log.uuid) && fields.word("\nfirst ") &&
                    fields.number(b.first_segment, ' ') && fields.number(b.first.value, '\n') && fields.word("end ") &&
                    fields.number(b.end.value, ' ') && fields.number(b.chain.value, ' ', 16) &&
                    fields.number(b.segment, ' ') && fields.number(b.bytes, '\n');
  if (!read || *text != text_of(b)) return damage();
  return b;
}

Result<BackedUp> back_up(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options) {
  return Backup(files, from, to, options).run();
}

Result<BackupEnd> restore(io::Files& files, const std::string& from, const std::string& to,
                          const CopyOptions& options) {
  const auto backup = read_backup(files, from);
  if (!backup) return std::unexpected(backup.error());
  const auto lock = files.lock(from + "/lock", options.holder);  // a backup that goes on meanwhile would be half a one
  if (!lock && lock.error().code == ErrorCode::Locked) return std::unexpected(lock.error());
  if (auto made = files.make_directory(to); !made) return std::unexpected(made.error());
  const auto entries = files.list(to);
  if (!entries) return std::unexpected(entries.error());
  if (!entries->empty())
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} is not empty: it has {}; a restored store needs a directory of its own", to,
                            base::quoted(entries->front().name)));
  for (const auto* part : {"/log", "/cut"})
    if (auto made = files.make_directory(to + part); !made) return std::unexpected(made.error());
  std::optional<GroupEnd> at;
  std::unique_ptr<io::File> file;
  const auto seed = journal::group_seed(backup->log);
  for (auto number = backup->first_segment;
       number <= backup->segment || (at && at->sealed && at->position < backup->end); ++number) {
    const auto name = journal::segment_name(number);
    auto source = files.open(from + "/log/" + name, io::Open::Read);
    if (!source) return std::unexpected(source.error());
    std::vector<std::byte> header_bytes(journal::kSegmentHeaderBytes);
    const auto got = (*source)->read_at(0, header_bytes);
    if (!got) return std::unexpected(got.error());
    const auto header = journal::decode_segment_header(std::span(header_bytes).first(*got), "log/" + name);
    if (!header) return std::unexpected(header.error());
    if (header->log != backup->log || header->number != number || header->first != (at ? at->position : backup->first))
      return fail(ErrorCode::ForeignHistory, fmt::format("{}/log/{} does not belong to this backup", from, name));
    auto target = files.open(to + "/log/" + name, io::Open::Create);
    if (!target) return std::unexpected(target.error());
    file = std::move(*target);
    if (auto done = file->write_at(0, header_bytes); !done) return std::unexpected(done.error());
    const GroupCopy copy{
        [&source](std::uint64_t offset, std::span<std::byte> into) { return (*source)->read_at(offset, into); }, seed,
        "log/" + name, backup->end};
    const auto end = copy_groups(
        copy, {header->first, header->chain_before, header->recorded_floor, journal::kSegmentHeaderBytes, false, false},
        file.get());
    if (!end) return std::unexpected(end.error());
    at = *end;
    if (auto done = file->sync(); !done) return std::unexpected(done.error());
    options.progress(at->position.value, backup->end.value, at->position.value);
  }
  if (!at || at->position != backup->end || at->chain != backup->chain)
    return fail(
        ErrorCode::Damage,
        fmt::format("{}: the backup goes up to position {}; only {} can be read, or it is another history there", from,
                    backup->end.value, at ? at->position.value : backup->first.value));
  if (!at->sealed && !at->closed) {
    // So that opening finds a log that ended cleanly.
    journal::GroupHeader close;
    close.kind = journal::GroupKind::Close;
    close.first = close.durable = at->position;
    close.chain_before = close.chain_after = at->chain;
    close.recorded = at->recorded;
    close.epoch = 1;
    auto done = file->write_at(at->offset, journal::encode(close, {}, seed));
    if (done) done = file->sync();
    if (!done) return std::unexpected(done.error());
  }
  if (auto done = copy_consumers(files, from + "/consumers", to + "/consumers"); !done)
    return std::unexpected(done.error());
  if (auto page = files.shared_page(to + "/mark", true); !page) return std::unexpected(page.error());
  if (backup->first_segment > 1)
    if (auto done = copy_heads(files, from, to); !done) return std::unexpected(done.error());
  if (backup->first_segment > 1)
    if (auto done = journal::write_archive(files, to, backup->log, {backup->first_segment, backup->first, {}}); !done)
      return std::unexpected(done.error());
  if (auto done = files.sync_directory(to + "/log"); !done) return std::unexpected(done.error());
  if (auto done = journal::write_identity(files, to, backup->log); !done) return std::unexpected(done.error());
  return *backup;
}

}  // namespace daybook::maintenance
