// The journal in a directory: STORE, lock, mark, log/*.seg, cut/ (docs/format/log.md).
// Opening and what it mends stands in recovery.cpp.
//
// One process writes, any number read. A reader sees a new segment when refresh() finds its file.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daybook/port/journal.hpp"
#include "io/file.hpp"
#include "journal/archive.hpp"
#include "journal/format.hpp"
#include "journal/mark.hpp"

namespace daybook::journal {

// What opening found and did about it.
struct Recovery {
  bool clean = true;                   // the last writer closed the log, or there was none
  std::uint64_t rewritten_events = 0;  // found whole behind the last durable mark: written again and synced
  std::uint64_t cut_bytes = 0;         // a torn tail, kept in `cut_file`
  std::string cut_file{};
  std::optional<Error> damage{};  // the log can be read up to damage->position, and takes no appends
  std::vector<Error> warnings{};
};

// Where the log ends.
struct Tail {
  Position end{};
  Chain chain{};
  Time recorded{};  // of the last event
  std::uint64_t segment = 1;
  std::uint64_t offset = 0;  // behind the last group
};

struct DirectoryOptions {
  std::uint64_t segment_bytes = 256u << 20;
  std::string holder{};  // who opens it, told to those who find it locked
  // Of a store that is made; random ones if not given.
  std::optional<LogId> id{};
  std::optional<Journal::Secret> secret{};
  // So many segments are kept open for reading, the last that were read; a log may have more than a process may have
  // files.
  std::size_t open_segments = 64;
};

struct Place;

class Directory final : public Journal {
 public:
  // Becomes the writer; makes the store if the directory has none (`create`). Repairs a torn tail as docs/format/log.md
  // says. Damage is no error here: it is in recovery(), and the journal is then read-only.
  static Result<std::unique_ptr<Directory>> open(io::Files& files, const std::string& directory,
                                                 const DirectoryOptions& options, bool create);
  // Reads what another process writes, or what is left of it; changes nothing. Damage at the end is in recovery(), and
  // the log then ends there for good: what a writer does behind it is not looked at.
  static Result<std::unique_ptr<Directory>> follow(io::Files& files, const std::string& directory,
                                                   const DirectoryOptions& options = {});

  ~Directory() override;

  LogId log() const override { return id_; }
  Secret secret() const override { return secret_; }
  std::uint64_t epoch() const override { return epoch_; }
  std::vector<Segment> segments() const override;
  Result<std::size_t> read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const override;
  Position durable() const override;
  void wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override;
  void wake() const override;
  Status begin_segment(const Segment& next) override;
  Status write(std::uint64_t offset, std::span<const std::byte> group) override;
  void unwrite(std::uint64_t offset) override;
  Status sync() override;
  void publish(Position durable) override;
  Status close(Position end, Chain chain, Time recorded) override;

  const Recovery& recovery() const { return recovery_; }
  const Tail& tail() const { return tail_; }
  // Lets another writer in. Reads go on, up to what was durable here. Not while anybody writes.
  void unlock() { lock_.reset(); }
  bool writable() const { return lock_ != nullptr && !recovery_.damage && !failed_; }
  // Looks for segments that a writer elsewhere has begun since.
  Status refresh();

  // Makes zeros for the next segment, so that appends to it change no metadata; a step at a time, by another thread
  // than the writer's: true when there is more to do.
  Result<bool> prepare_some(std::size_t bytes);
  // Zeros for what is left of the current segment, all at once.
  Status prepare_current();
  // How much of the current segment is written; any thread.
  std::uint64_t current_bytes() const { return current_bytes_.load(std::memory_order_relaxed); }

  // Where a segment's file or index is, in log/ or the archive; of other names, in log/.
  std::string path_of(const std::string& name) const;
  // Where a segment's index belongs, which is beside the segment: also when that was archived a moment ago.
  std::string index_path(std::uint64_t number) const;
  // Where the last revisions of deleted events' streams are kept.
  std::string cut_heads_path() const { return directory_ + "/HEADS"; }

 private:
  Directory(io::Files& files, std::string directory, DirectoryOptions options);

  struct FoundSegment {
    SegmentHeader header;
    std::string path;
    std::shared_ptr<io::File> file{};  // if it is open
    std::uint64_t used = 0;            // when it was last read
  };

  Status become_writer(bool create);
  Status become_reader();
  void look_for_mark() const;
  Status make_store();
  Status check_file_system();
  // segments.cpp
  struct Look;
  Result<Look> look_for_segments(const Archive& archive) const;
  Result<SegmentHeader> read_header(std::uint64_t number, const std::string& path) const;
  std::optional<Error> wrong_with(std::uint64_t number, const SegmentHeader& header, const Look& before) const;
  Status check_end(Look& look, const SegmentHeader& next, bool last_but_one) const;
  Status load_segments();
  bool has_segments() const;
  Result<std::shared_ptr<io::File>> file_of(std::uint64_t number) const;
  Result<std::shared_ptr<io::File>> open_moved(FoundSegment& segment) const;
  void close_one_but(std::uint64_t number) const;

  // recovery.cpp
  struct LastSegment;
  Result<LastSegment> scan_last() const;
  static std::optional<Error> damage_of(const LastSegment& last);
  void end_at_damage(const LastSegment& last);
  Status recover();
  Status look_at_tail();
  Status name_again(const LastSegment& last);
  Status finish_seal_before(bool closed);
  Status keep_cut(const LastSegment& last);
  Status copy_part(std::uint64_t segment, std::uint64_t from, std::uint64_t until, const std::string& to);
  Result<std::vector<std::byte>> read_again(const io::File& file, const Place& from, const Tail& end) const;
  Status settle(const LastSegment& last);

  Result<std::unique_ptr<io::File>> make_segment_file(const SegmentHeader& header, std::span<const std::byte> groups);
  void written_to(std::uint64_t offset) {
    written_ = offset;
    current_bytes_.store(offset, std::memory_order_relaxed);
  }
  Status write_seal(const Segment& next);
  void give_back_zeros();
  void drop_spare();
  bool gives_room_after(const Error& error);
  void damaged(Error error);

  io::Files& files_;
  const std::string directory_;
  const DirectoryOptions options_;
  LogId id_;
  Secret secret_;
  std::uint64_t seed_ = 0;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<io::Lock> lock_;
  bool was_locked_ = false;                                   // this is the writer, or was until unlock()
  mutable std::unique_ptr<Mark> mark_;                        // made by opening, or, a reader's, found later
  mutable std::atomic<const Mark*> readable_mark_ = nullptr;  // the same, for any thread
  Recovery recovery_;
  bool last_is_foreign_ = false;  // the last segment is of another past: the log ends where it begins
  Tail tail_;

  mutable std::mutex mutex_;  // guards these
  mutable Archive archive_;
  mutable std::vector<FoundSegment> segments_;
  mutable std::size_t open_ = 0;    // of them have their file
  mutable std::uint64_t uses_ = 0;  // the clock of FoundSegment::used

  std::shared_ptr<io::File> current_;             // the writer's
  std::uint64_t written_ = 0;                     // offset behind the last group written to it
  std::atomic<std::uint64_t> current_bytes_ = 0;  // the same, for any thread
  bool sealed_ = false;
  bool failed_ = false;  // a sync of a file or of its name did, or the log was closed: nothing more may be written
  mutable std::atomic<std::uint64_t> durable_ = 0;

  std::mutex spare_mutex_;  // guards the spare: the preparing thread makes it, the writer takes it
  std::unique_ptr<io::File> spare_;
  std::uint64_t spare_bytes_ = 0;
  bool spare_unwanted_ = false;  // until the next segment: the disk was full
};

}  // namespace daybook::journal
