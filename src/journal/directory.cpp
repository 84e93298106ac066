#include "journal/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "base/uuid.hpp"
#include "journal/identity.hpp"
#include "journal/scan.hpp"

namespace daybook::journal {
namespace {

constexpr std::string_view kSpare = "spare.new";

}  // namespace

Directory::Directory(io::Files& files, std::string directory, DirectoryOptions options)
    : files_(files), directory_(std::move(directory)), options_(std::move(options)) {}

Directory::~Directory() = default;

Result<std::unique_ptr<Directory>> Directory::open(io::Files& files, const std::string& directory,
                                                   const DirectoryOptions& options, bool create) {
  std::unique_ptr<Directory> journal(new Directory(files, directory, options));
  if (auto done = journal->become_writer(create); !done) return std::unexpected(done.error());
  return journal;
}

Result<std::unique_ptr<Directory>> Directory::follow(io::Files& files, const std::string& directory,
                                                     const DirectoryOptions& options) {
  std::unique_ptr<Directory> journal(new Directory(files, directory, options));
  if (auto done = journal->become_reader(); !done) return std::unexpected(done.error());
  return journal;
}

Status Directory::check_file_system() {
  std::string warning;
  auto supported = files_.check_file_system(directory_, warning);
  if (!warning.empty()) recovery_.warnings.push_back({ErrorCode::UnsupportedSystem, warning, {}});
  return supported;
}

Status Directory::become_writer(bool create) {
  auto identity = read_identity(files_, directory_);
  const bool none = !identity && identity.error().code == ErrorCode::NotFound;
  if (!identity && !(none && create)) return std::unexpected(identity.error());
  if (none) {
    if (auto made = files_.make_directory(directory_); !made) return made;
    // Somebody else may be making it just now: nothing is touched before the lock is held.
    if (auto free = check_free_for_store(files_, directory_); !free) {
      identity = read_identity(files_, directory_);
      if (!identity) return free;
    }
  }
  if (auto supported = check_file_system(); !supported) return supported;
  auto lock = files_.lock(directory_ + "/lock", options_.holder);
  if (!lock) return std::unexpected(lock.error());
  lock_ = std::move(*lock);
  was_locked_ = true;
  if (none) {
    identity = read_identity(files_, directory_);  // somebody else may have made it between the look and the lock
    if (!identity && identity.error().code == ErrorCode::NotFound)
      if (auto made = make_store(); !made) return made;
  }
  if (none) identity = read_identity(files_, directory_);
  if (!identity) return std::unexpected(identity.error());
  id_ = identity->log;
  secret_ = identity->secret;
  seed_ = group_seed(secret_);
  auto mark = Mark::open(files_, directory_ + "/mark", id_, true);
  if (!mark) return std::unexpected(mark.error());
  mark_ = std::make_unique<Mark>(std::move(*mark));
  readable_mark_ = mark_.get();
  if (auto done = load_segments(); !done) return done;
  return recover();
}

Status Directory::make_store() {
  if (auto clear = clear_for_new_store(files_, directory_); !clear) return clear;
  for (const auto* part : {"/log", "/cut"})
    if (auto made = files_.make_directory(directory_ + part); !made) return made;
  id_ = options_.id.value_or(LogId{base::random_uuid()});
  secret_ = options_.secret.value_or(Secret{base::random_uuid()});
  auto first = make_segment_file({id_, 1, {}, {}, {}, 0, 1, secret_}, {});
  if (!first) return std::unexpected(first.error());
  // Before the store is one, so that who follows it from its first moment finds the mark to go by.
  if (auto mark = Mark::open(files_, directory_ + "/mark", id_, true); !mark) return std::unexpected(mark.error());
  return write_identity(files_, directory_, {id_, secret_});
}

Status Directory::become_reader() {
  const auto identity = read_identity(files_, directory_);
  if (!identity) return std::unexpected(identity.error());
  id_ = identity->log;
  secret_ = identity->secret;
  seed_ = group_seed(secret_);
  if (auto supported = check_file_system(); !supported) return supported;
  auto mark = Mark::open(files_, directory_ + "/mark", id_, false);
  if (mark)
    mark_ = std::make_unique<Mark>(std::move(*mark));
  else
    recovery_.warnings.push_back({mark.error().code, "there is no usable mark: " + mark.error().message, {}});
  readable_mark_ = mark_.get();
  if (auto done = load_segments(); !done) return done;
  return look_at_tail();
}

void Directory::damaged(Error error) {
  if (!recovery_.damage) recovery_.damage = std::move(error);
}

Status Directory::refresh() {
  if (recovery_.damage) return {};
  look_for_mark();
  std::uint64_t next = 0;
  {
    const std::lock_guard guard(mutex_);
    if (!segments_.empty()) next = segments_.back().header.number + 1;
  }
  const auto there = files_.exists(path_of(segment_name(next)));
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    // Not yet, or archived or deleted before we came to it: then ARCHIVE says something else than it did, or has said
    // so already, to who read an older segment.
    const auto archive = read_archive(files_, directory_, id_);
    if (!archive) return std::unexpected(archive.error());
    const std::lock_guard guard(mutex_);
    if (*archive == archive_ && archive_.first_segment <= next) return {};
  }
  return load_segments();
}

std::vector<Journal::Segment> Directory::segments() const {
  const std::lock_guard guard(mutex_);
  std::vector<Segment> all;
  all.reserve(segments_.size());
  for (const auto& s : segments_)
    all.push_back({s.header.number, s.header.first, s.header.chain_before, s.header.recorded_floor});
  return all;
}

Result<std::size_t> Directory::read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const {
  const auto file = file_of(segment);
  if (!file) return std::unexpected(file.error());
  return (*file)->read_at(offset, into);
}

Position Directory::durable() const {
  auto known = durable_.load(std::memory_order_acquire);
  const auto* mark = readable_mark_.load(std::memory_order_acquire);
  if (was_locked_ || !mark || recovery_.damage) return {known};
  // A look at a mark that is being moved may find an older position than the look before it.
  const auto live = mark->live().value;
  while (known < live && !durable_.compare_exchange_weak(known, live, std::memory_order_acq_rel)) {
  }
  return {std::max(known, live)};
}

void Directory::wait_past(Position position, std::chrono::steady_clock::time_point deadline) const {
  if (const auto* mark = readable_mark_.load(std::memory_order_acquire)) return mark->wait_past(position, deadline);
  // Nobody to be woken by: the next look is a while away, not at once.
  constexpr auto kBetweenLooks = std::chrono::milliseconds(50);
  std::this_thread::sleep_until(std::min(deadline, std::chrono::steady_clock::now() + kBetweenLooks));
  look_for_mark();
}

void Directory::wake() const {
  if (const auto* mark = readable_mark_.load(std::memory_order_acquire)) mark->wake();
}

// A reader that was there before the first writer had none to open.
void Directory::look_for_mark() const {
  const std::lock_guard guard(mutex_);
  if (mark_) return;
  auto mark = Mark::open(files_, directory_ + "/mark", id_, false);
  if (!mark) return;
  mark_ = std::make_unique<Mark>(std::move(*mark));
  readable_mark_.store(mark_.get(), std::memory_order_release);
}

void Directory::publish(Position durable) {
  durable_.store(durable.value, std::memory_order_release);
  mark_->advance(durable);
}

Status Directory::write(std::uint64_t offset, std::span<const std::byte> group) {
  ENSURE(current_ && !failed_ && offset == written_ && !sealed_);
  auto done = current_->write_at(offset, group);
  if (!done && gives_room_after(done.error())) done = current_->write_at(offset, group);
  if (done) written_to(offset + group.size());
  return done;
}

void Directory::unwrite(std::uint64_t offset) {
  ENSURE(offset <= written_ || !current_);
  // If this fails too the bytes stay: the next group is written over them, and what sticks out behind it is a torn
  // tail.
  if (current_ && !sealed_) (void)current_->truncate(offset);
  written_to(offset);
}

Status Directory::sync() {
  auto done = current_->sync();
  if (!done) failed_ = true;
  return done;
}

Status Directory::close(Position end, Chain chain, Time recorded) {
  if (!writable()) return {};
  GroupHeader header;
  header.kind = GroupKind::Close;
  header.first = header.durable = end;
  header.chain_before = header.chain_after = chain;
  header.recorded = recorded;
  header.epoch = epoch_;
  if (!sealed_) {
    if (auto done = write(written_, encode(header, {}, seed_)); !done) return done;
    if (auto done = sync(); !done) return done;
    give_back_zeros();
  }
  failed_ = true;  // nothing may follow a close
  const std::lock_guard guard(spare_mutex_);
  drop_spare();
  return {};
}

Status Directory::write_seal(const Segment& next) {
  GroupHeader header;
  header.kind = GroupKind::Seal;
  header.first = header.durable = next.first;
  header.chain_before = header.chain_after = next.chain_before;
  header.recorded = next.recorded_floor;
  header.epoch = epoch_;
  const auto seal = encode(header, {}, seed_);
  auto done = current_->write_at(written_, seal);
  if (!done && gives_room_after(done.error())) done = current_->write_at(written_, seal);
  if (!done) return done;  // may be tried again at the same place
  if (done = sync(); !done) return done;
  written_to(written_ + kGroupHeaderBytes);
  give_back_zeros();
  sealed_ = true;
  return {};
}

// That were prepared behind what ends the segment. Whoever opens the log reads to the end of the file; if this fails, or
// is lost with the power, they only take room, and the time to read them.
void Directory::give_back_zeros() { (void)current_->truncate(written_); }

Result<std::unique_ptr<io::File>> Directory::make_segment_file(const SegmentHeader& header,
                                                               std::span<const std::byte> groups) {
  const auto name = path_of(segment_name(header.number));
  const auto beside = name + ".new";
  std::unique_ptr<io::File> file;
  Status done;
  {
    const std::lock_guard guard(spare_mutex_);
    if (spare_ && spare_bytes_ >= options_.segment_bytes) {
      done = files_.rename(path_of(std::string(kSpare)), beside);
      if (done) {
        file = std::move(spare_);
        spare_bytes_ = 0;
      } else if (done.error().code != ErrorCode::DiskFull) {
        drop_spare();  // whether it still has that name is not known
      }
    }
  }
  if (!done) return std::unexpected(done.error());
  if (!file) {
    if (auto there = files_.exists(beside); there && *there) done = files_.remove(beside);
    if (!done) return std::unexpected(done.error());
    auto made = files_.open(beside, io::Open::Create);
    if (!made) return std::unexpected(made.error());
    file = std::move(*made);
  }
  done = file->write_at(0, encode(header));
  if (done && !groups.empty()) done = file->write_at(kSegmentHeaderBytes, groups);
  if (done) done = file->sync();
  if (done) done = files_.rename(beside, name);
  // So far it can be tried again: with another file, of which nothing is on its way to the disk yet.
  if (!done) return std::unexpected(done.error());
  // From here on not: the name is seen, by readers too, and may be lost, whatever a second sync says. What would be
  // written under it could be gone with it.
  done = files_.sync_directory(directory_ + "/log");
  if (!done) failed_ = true;
  return done ? Result<std::unique_ptr<io::File>>(std::move(file)) : std::unexpected(done.error());
}

Status Directory::begin_segment(const Segment& next) {
  if (failed_) return fail(ErrorCode::ReadOnly, "an earlier sync failed, or the log was closed");
  {
    const std::lock_guard guard(mutex_);
    ENSURE(next.number == segments_.back().header.number + 1);
  }
  if (current_ && !sealed_)
    if (auto done = write_seal(next); !done) return done;
  const SegmentHeader header{
      id_, next.number, next.first, next.chain_before, next.recorded_floor, current_ ? written_ : 0, epoch_, secret_};
  auto file = make_segment_file(header, {});
  if (!file && gives_room_after(file.error())) file = make_segment_file(header, {});
  if (!file) return std::unexpected(file.error());
  current_ = std::shared_ptr<io::File>(std::move(*file));
  written_to(kSegmentHeaderBytes);
  sealed_ = false;
  {
    const std::lock_guard guard(spare_mutex_);
    spare_unwanted_ = false;
  }
  const auto path = path_of(segment_name(next.number));
  const std::lock_guard guard(mutex_);
  segments_.push_back({header, path});
  return {};
}

// With spare_mutex_ held.
void Directory::drop_spare() {
  if (!spare_) return;
  spare_.reset();
  spare_bytes_ = 0;
  (void)files_.remove(path_of(std::string(kSpare)));  // else the next writer does
}

// Whether what failed may be tried once more. Zeros for the next segment may stand on the last room of a full disk,
// which events need; they are not made again before it begins.
bool Directory::gives_room_after(const Error& error) {
  if (error.code != ErrorCode::DiskFull || failed_) return false;
  const std::lock_guard guard(spare_mutex_);
  const bool had = spare_ != nullptr;
  drop_spare();
  spare_unwanted_ = true;
  return had;
}

Result<bool> Directory::prepare_some(std::size_t bytes) {
  const std::lock_guard guard(spare_mutex_);
  if (spare_unwanted_ || spare_bytes_ >= options_.segment_bytes) return false;
  if (!spare_) {
    const auto path = path_of(std::string(kSpare));
    if (auto there = files_.exists(path); there && *there)
      if (auto done = files_.remove(path); !done) return std::unexpected(done.error());
    auto made = files_.open(path, io::Open::Create);
    if (!made) return std::unexpected(made.error());
    spare_ = std::move(*made);
  }
  const std::vector<std::byte> zeros(std::min<std::uint64_t>(bytes, options_.segment_bytes - spare_bytes_));
  auto done = spare_->write_at(spare_bytes_, zeros);
  if (done) done = spare_->sync();
  if (!done) {
    // A spare that cannot be made is no loss: the next segment then grows as it is written.
    drop_spare();
    return std::unexpected(done.error());
  }
  spare_bytes_ += zeros.size();
  return spare_bytes_ < options_.segment_bytes;
}

Status Directory::prepare_current() {
  const std::vector<std::byte> zeros(1u << 20);
  const auto size = current_->size();
  if (!size) return std::unexpected(size.error());
  for (auto at = *size; at < options_.segment_bytes; at += zeros.size())
    if (auto done = current_->write_at(at, zeros); !done) return done;
  return current_->sync();
}

}  // namespace daybook::journal
