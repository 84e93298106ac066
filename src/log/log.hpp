// The log over a journal: EventLog from segments, indexes and a sequencer.
//
// Owns no thread. A writer's threads (src/runtime) drive sequencer() and call seal_some(); without a sequencer, because
// another process writes or damage was found, the log only reads.
//
// A log in which damage was found ends where it is: everything before that can be read, nothing behind it. Who reads on
// up to there, and did not ask for less, gets the damage as an error and no quiet end.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/port/clock.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/port/journal.hpp"
#include "io/file.hpp"
#include "journal/scan.hpp"
#include "log/catalog.hpp"
#include "log/cursor.hpp"
#include "log/guide.hpp"
#include "log/sealed_index.hpp"
#include "log/sequencer.hpp"

namespace daybook::log {

struct LogOptions {
  std::optional<Error> damage{};  // what the journal ends with
  Limits limits{};
  std::uint64_t segment_bytes = 256u << 20;
  std::uint64_t remembered_ids = 1'000'000;
  std::optional<std::uint64_t> uuid_seed{};               // of the ids it gives; a random one if not given
  std::function<void()> wake = [] {};                     // the sequencer has something to do
  std::function<void(Error)> warn = [](const Error&) {};  // an index was made anew, a clock stepped back
};

// A warning: what was found, and what was done about it.
inline Error and_so(Error what, std::string_view then) {
  what.message += then;
  return what;
}

// Where sealed indexes are kept; without it all indexes stay in memory.
struct IndexFiles {
  io::Files* files = nullptr;
  std::function<std::string(std::uint64_t segment)> path;
  std::string cut_heads{};                                           // of a log whose oldest segments were deleted
  std::function<std::string(const std::string& name)> guide_path{};  // without it there are no guides
};

class Log final : public EventLog {
 public:
  // For the one writer of `journal`, whose last segment ends at `tail` (position, chain, recorded, segment, offset). It
  // has no sequencer if there turns out to be damage before that: see damage().
  static Result<std::unique_ptr<Log>> for_writer(Journal& journal, IndexFiles index_files, const Clock& clock,
                                                 const Sequencer::Start& tail, LogOptions options);
  // For reading up to journal.durable(), and on as it grows. `look` is called to find segments that have begun since.
  static Result<std::unique_ptr<Log>> for_reader(Journal& journal, IndexFiles index_files, std::function<Status()> look,
                                                 LogOptions options);
  ~Log() override;

  LogId id() const override { return journal_.log(); }
  void append(const AppendRequest& request, Appending done) override;
  Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) const override;
  Result<std::unique_ptr<Cursor>> read(const ReadLog& how) const override;
  Position end() const override;
  Position begin() const override;
  Result<std::optional<StreamHead>> head(std::string_view stream) const override;
  Result<Position> end_at(Time recorded) const override;
  Result<Chain> chain_at(Position position) const override;
  Result<std::optional<Known>> find_command(const Uuid& command_id) const override;
  bool wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override;

  Sequencer* sequencer() { return sequencer_.get(); }
  // Why the log ends before the journal does, at damage()->position; null if it does not.
  const Error* damage() const { return damage_.get(); }
  const Catalog& catalog() const { return catalog_; }
  // Writes the index of one segment that is full and has none on disk; whether there was one. By one thread at a time.
  Result<bool> seal_some();
  // Makes some of a guide over segments whose indexes are on disk (guide.hpp), for some milliseconds; whether there was
  // anything to make. By the thread that calls seal_some().
  Result<bool> guide_some();
  // Gives up the guide that is being made: before another writer may make it.
  void drop_unfinished_guide() { making_.reset(); }
  // For the writer, once its sequencer is at rest: begins the next segment, so that the one before is sealed, its index
  // is on disk, and opening has next to nothing to read.
  Status begin_next_segment();
  // Ends all waiting.
  void stop_waiting();
  // Anonymous memory of the indexes, and mapped files, in bytes; with what the guides have of it.
  struct Memory {
    std::size_t anonymous = 0;
    std::size_t mapped = 0;
    std::size_t guides = 0;  // how many
    std::size_t guides_anonymous = 0;
    std::size_t guides_mapped = 0;
  };
  Memory memory() const;

 private:
  Log(Journal& journal, IndexFiles index_files, LogOptions options);

  Status load(std::uint64_t last_segment);
  Result<std::shared_ptr<const SegmentIndex>> index_of_sealed(const Journal::Segment& segment,
                                                              const Journal::Segment& next);
  Result<std::unique_ptr<SealedIndex>> open_sealed(std::uint64_t number) const;
  Result<std::unique_ptr<io::Mapping>> remake_index(const SealedSegment& of, const Error& why) const;
  Status write_sealed(const Journal::Segment& segment, const Journal::Segment& next, const ActiveIndex& index) const;
  std::string guide_path(std::uint64_t last, std::uint32_t level) const;
  std::shared_ptr<const Guide> open_guide(const GuidePlace& place) const;
  void look_for_guides() const;
  Result<bool> begin_guide();
  Status follow() const;
  void take_sealed() const;
  ReadableEnd readable() const;
  void end_at(Error damage);
  void warn_once(const Error& what) const;

  Journal& journal_;
  const IndexFiles index_files_;
  const LogOptions options_;
  const std::uint64_t hash_seed_;
  mutable Catalog catalog_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<GuideMaking> making_;  // by guide_some()
  std::shared_ptr<const Error> damage_;  // set while it is opened
  std::atomic<bool> stopped_ = false;
  mutable std::atomic<std::size_t> waiting_ = 0;  // threads in wait_past()

  // A reader's place in the segment that is being written.
  struct Following {
    std::uint64_t segment = 0;
    std::shared_ptr<ActiveIndex> index;
    std::unique_ptr<journal::GroupScan> scan;
    Position end;
    Chain chain;
    bool sealed = false;
  };
  mutable std::mutex following_mutex_;
  mutable std::optional<Following> following_;
  mutable std::vector<std::uint64_t> left_;  // segments that are full, and whose index is a reader's own
  std::function<Status()> look_;
  mutable std::atomic<std::uint64_t> followed_ = 0;
  mutable std::string warned_;  // the last thing; guarded by following_mutex_
};

}  // namespace daybook::log
