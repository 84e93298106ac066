// The sequencer: the one writer that decides which append comes next and whether its conditions hold.
//
// It owns no thread. submit() may be called from any thread; the rest is three roles, which may be three threads, so
// that a group is prepared while the one before it syncs, and the one before that is answered:
//
//   preparing   drain() -> take_group() ... retire(group)
//   committing  commit(group)
//   answering   answer(group)
//
// One group is committed at a time, in order, and answered in the same order. What a group answers (also a conflict) is
// told only after its commit, when all that it rests on is durable.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "daybook/limits.hpp"
#include "daybook/port/clock.hpp"
#include "daybook/port/journal.hpp"
#include "log/active_index.hpp"
#include "log/catalog.hpp"
#include "log/request.hpp"

namespace daybook::log {

// Requests that were prepared together: one write, one sync.
struct Group {
  std::string bytes;  // header, framed records, table of batches
  std::vector<std::uint32_t> batches;
  std::vector<std::unique_ptr<Request>> requests;
  std::optional<Journal::Segment> begins_segment;
  std::shared_ptr<ActiveIndex> index;  // of its segment
  std::uint64_t segment = 0;
  std::uint64_t segment_first = 0;
  std::uint64_t offset = 0;  // where it goes in its segment
  Position first{};
  std::uint32_t events = 0;
  Chain chain_before{};
  Chain chain_after{};
  Time recorded_before{};
  Time recorded{};
  // Set by commit().
  Status committed{};
  bool segment_begun = false;  // it failed, but its segment was begun
  bool unknown = false;        // it failed after its bytes may have reached the disk

  Position end() const { return {first.value + events}; }
};

struct SequencerOptions {
  Limits limits{};
  std::uint64_t segment_bytes = 256u << 20;
  std::uint64_t remembered_ids = 1'000'000;  // events among which a repeated id is known
  std::uint64_t hash_seed = 0;
  std::uint64_t uuid_seed = 0;
  // Called by submit() when there is something to drain; must be cheap and thread-safe.
  std::function<void()> wake = [] {};
  // Told, by the preparing thread, when the clock steps back.
  std::function<void(Error)> warn = [](const Error&) {};
};

class Sequencer {
 public:
  struct Start {
    Position end{};
    Chain chain{};
    Time recorded{};
    std::uint64_t segment = 1;
    std::uint64_t offset = 0;
    std::shared_ptr<ActiveIndex> index;  // of the last segment; stands in the catalog too
  };

  Sequencer(Journal& journal, Catalog& catalog, const Clock& clock, const SequencerOptions& options, Start start);
  ~Sequencer();

  // ---- any thread ---------------------------------------------------------------------------------------------------

  // Queues the append, or answers it at once with an error: InvalidArgument, Overload, ReadOnly, Closed.
  void submit(const AppendRequest& request, Appending done);
  Position durable() const { return {durable_.load(std::memory_order_acquire)}; }
  bool idle() const { return unanswered() == 0; }
  std::size_t unanswered() const { return queued_requests_.load(std::memory_order_acquire); }
  // From now on submit() answers with this error; nothing queued is dropped.
  void refuse_appends(Error why);
  std::optional<Error> refusing() const;

  // ---- preparing ----------------------------------------------------------------------------------------------------

  // Takes requests from the queue into the open group until it has `enough_bytes`; whether any was taken.
  bool drain(std::size_t enough_bytes);
  std::size_t open_bytes() const { return open_ ? open_->bytes.size() : 0; }
  std::size_t open_requests() const { return open_ ? open_->requests.size() : 0; }
  // Closes the open group for its commit; null if there is none.
  std::unique_ptr<Group> take_group();
  // Closes the books over a group whose commit was tried; it is to be answered next. If the commit failed, undoes it
  // and refuses the open group, which stood on it: the groups taken after it must be given to abandon() before this is
  // called, and those before it must have been answered.
  void retire(Group& group);
  // A group whose commit was never tried because the one before it failed.
  void abandon(std::unique_ptr<Group> group);
  // retire() and answer(), where one thread is both.
  void complete(std::unique_ptr<Group> group);
  // Everything that is queued and not yet in a group is answered with this error.
  void fail_queued(const Error& why);

  // ---- committing ---------------------------------------------------------------------------------------------------
  void commit(Group& group);

  // ---- answering ----------------------------------------------------------------------------------------------------
  // Tells the requests of a retired group what came of them, and keeps its memory for the next.
  void answer(std::unique_ptr<Group> group);

  // Where the log ends, once nothing is open or being committed.
  struct End {
    Position position;
    Chain chain;
    Time recorded;
  };
  End end() const { return {next_, chain_, recorded_}; }

 private:
  void begin_group();
  void prepare(std::unique_ptr<Request> request);
  Status settle(Request& request);
  Status check_conditions(const Request& request);
  Result<bool> is_repeat(Request& request);
  Result<bool> is_repeat_by_revision(Request& request, const Request::Condition& condition);
  Status take_repeat(Request& request, Position first, bool compare);
  Result<bool> is_one_batch(Position first, Position last);
  Result<std::optional<Position>> find_id(const Uuid& id);
  Result<std::optional<Revision>> last_revision(std::string_view stream);
  Result<bool> any_match(const Query& query, Position from);
  Status append(Request& request);
  Status find_cold();
  Time time_now();
  Result<RecordReader::Read> record_at(Position position);
  Result<IndexedSegment> segment_of(Position position) const;
  const Group& unwritten_group_of(Position position) const;
  void answer(Request& request, const Status& committed);
  void undo(const Group& failed);
  void fail_open(const Error& why);
  void recycle(std::vector<std::unique_ptr<Request>>& requests);

  Journal& journal_;
  Catalog& catalog_;
  const Clock& clock_;
  const SequencerOptions options_;

  mutable std::mutex mutex_;  // guards the queue, what refuses it, and what is used again
  std::vector<std::unique_ptr<Request>> queue_;
  std::vector<std::unique_ptr<Request>> pool_;
  std::unique_ptr<Group> spare_;
  std::size_t queued_bytes_ = 0;
  std::optional<Error> refusal_;
  std::atomic<std::size_t> queued_requests_ = 0;

  // Preparing only.
  std::deque<std::unique_ptr<Request>> taken_;
  std::unique_ptr<Group> open_;
  std::vector<const Group*> in_flight_;  // taken and not completed; their bytes are read, never written
  std::shared_ptr<ActiveIndex> index_;
  base::UuidSource ids_;
  RecordReader reader_;
  Position reader_saw_{};            // the durable end when it read
  std::vector<EventView> events_;    // of the request at hand; views into it
  std::vector<std::uint32_t> keys_;  // their streams in the active index
  std::vector<std::uint32_t> cold_;  // those of streams that it does not have, by number
  Position next_;
  Chain chain_;
  Time recorded_;
  std::uint64_t segment_;
  std::uint64_t segment_first_;
  std::uint64_t offset_;
  bool segment_begun_ = true;  // its file is there, or a group on its way will make it
  Time clock_saw_;

  std::atomic<std::uint64_t> durable_;
};

}  // namespace daybook::log
