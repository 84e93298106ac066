#include "maintenance/repair.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/uuid.hpp"
#include "journal/mark.hpp"
#include "log/cut_heads.hpp"
#include "maintenance/bad_pages.hpp"
#include "maintenance/log_writer.hpp"
#include "maintenance/revisions.hpp"
#include "maintenance/segment_walk.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::maintenance {
namespace {

class Repair final : public SegmentVisitor {
 public:
  Repair(io::Files& files, const std::string& from, const RepairOptions& options)
      : files_(files), from_(from), options_(options) {}

  Result<Repaired> run(const std::string& to) {
    // Another process that writes to it meanwhile would be copied in part.
    const auto lock = lock_store(files_, from_, options_.holder);
    if (!lock && lock.error().code == ErrorCode::Locked) return std::unexpected(lock.error());
    if (!lock)
      options_.note("the lock cannot be taken, so a writer may be at work in what is copied: " + lock.error().message);
    auto store = look_at_store(files_, from_, options_.found);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    // What is not even a header holds nothing that could be copied.
    std::erase_if(store_.segments, [](const SegmentFile& s) { return s.bytes <= journal::kSegmentHeaderBytes; });
    out_.log_was = store_.log;
    out_.log = {base::random_uuid()};
    const auto begin = where_it_begins();
    old_end_ = out_.begin = begin.first;
    auto writer = LogWriter::make(files_, to, {out_.log, {base::random_uuid()}}, begin);
    if (!writer && writer.error().code == ErrorCode::InvalidArgument) return std::unexpected(writer.error());
    auto done = writer ? Status{} : std::unexpected(writer.error());
    if (done) {
      writer_ = std::move(*writer);
      done = copy(begin, to);
    }
    if (done) return out_;
    if (const auto left = files_.exists(fmt::format("{}/{}", to, kUnfinished)); left && !*left)
      return std::unexpected(done.error());
    done.error().message +=
        fmt::format("; what was copied so far is left in {}, which is no store: remove it and repair again", to);
    return std::unexpected(std::move(done.error()));
  }

 private:
  Status copy(const LogWriter::Begin& begin, const std::string& to) {
    WalkState state{begin.first, begin.segment == 1 ? std::optional(Chain{}) : std::nullopt, begin.recorded};
    std::uint64_t done_bytes = 0;
    for (std::size_t i = 0; i < store_.segments.size(); ++i) {
      if (auto done = one_segment(i, state); !done) return done;
      done_bytes += store_.segments[i].bytes;
      options_.progress(done_bytes, store_.bytes, out_.events);
    }
    end_of_log(state);
    if (failed_) return std::unexpected(*failed_);
    if (store_.archive.first_segment > 1)
      if (auto done = copy_heads(to); !done) return done;
    if (auto done = writer_->finish(); !done) return done;
    out_.end = writer_->end();
    return {};
  }

  // What is known of streams whose events were deleted, for the log that is made.
  Status copy_heads(const std::string& to) {
    std::vector<log::CutHeads::Head> heads;
    const auto old = log::CutHeads::open(files_, from_ + "/HEADS", store_.log);
    if (!old)
      options_.found({old.error().code,
                      "HEADS",
                      {},
                      {},
                      {},
                      {},
                      old.error().message + ": streams whose events were all deleted will begin at revision 0 again"});
    for (std::size_t i = 0; old && i < (*old)->size(); ++i) heads.push_back((*old)->at(i));
    return log::CutHeads::write(files_, to + "/HEADS", out_.log, heads);
  }

  LogWriter::Begin where_it_begins() const {
    if (store_.archive.first_segment <= 1) return {};
    LogWriter::Begin begin{store_.archive.first_segment, store_.archive.first_position, {}, {}};
    if (!store_.segments.empty() && store_.segments.front().header) {
      begin.chain = store_.segments.front().header->chain_before;
      begin.recorded = store_.segments.front().header->recorded_floor;
    }
    return begin;
  }

  Status one_segment(std::size_t i, WalkState& state) {
    auto& segment = store_.segments[i];
    const bool last = i + 1 == store_.segments.size();
    if (segment.header && segment.header->first > state.end) {
      // A missing file was told by nobody yet.
      options_.found({ErrorCode::Damage, segment.name, segment.number, 0, state.end, segment.header->first,
                      "what stood before this segment is missing"});
      lose_until(segment.header->first);
      state.end = segment.header->first;
      state.chain.reset();
    }
    if (segment.header && !state.chain) state.chain = segment.header->chain_before;
    const auto next_first =
        last || !store_.segments[i + 1].header ? std::nullopt : std::optional(store_.segments[i + 1].header->first);
    auto file = open_segment(files_, from_, store_.log, segment);
    if (!file) {
      // Only what nobody could read is lost.
      if (file.error().code == ErrorCode::HistoryCut || file.error().code == ErrorCode::PermissionDenied)
        return std::unexpected(file.error());
      pass_over(segment, file.error(), next_first, state);
      return {};
    }
    SegmentBytes bytes;
    bytes.read = read_past_bad_pages(**file, segment, options_.found);
    bytes.bytes = segment.bytes;
    bytes.name = segment.name;
    bytes.number = segment.number;
    bytes.seed = journal::group_seed(store_.secret);
    bytes.last = last;
    bytes.next_first = next_first;
    const auto end = walk(bytes, state, *this);
    if (!end) return std::unexpected(end.error());
    if (last && end->torn_bytes > 0)
      options_.note(fmt::format("{}: a torn tail of up to {} bytes behind position {} was not copied", segment.name,
                                end->torn_bytes, state.end.value));
    return failed_ ? Status(std::unexpected(*failed_)) : Status{};
  }

  // A segment that can not be opened, and so nothing of it copied.
  void pass_over(const SegmentFile& segment, const Error& why, std::optional<Position> next_first, WalkState& state) {
    options_.found(unopened(segment, why, state.end, next_first));
    if (next_first && *next_first > state.end) state.end = *next_first;
    lose_until(state.end);
    state.chain.reset();
  }

  void end_of_log(const WalkState& state) {
    lose_until(state.end);
    const auto mark = journal::Mark::open(files_, from_ + "/mark", store_.log, false);
    const auto marked = mark ? mark->durable() : std::nullopt;
    if (marked && *marked > state.end && !store_.segments.empty()) {
      options_.found({ErrorCode::Damage,
                      store_.segments.back().name,
                      store_.segments.back().number,
                      {},
                      state.end,
                      marked,
                      "the log ends here, though the mark says that more was durable"});
      lose_until(*marked);
    }
  }

  void group(const journal::GroupHeader&, std::uint64_t) override {}

  void record(const EventView& event, std::span<const std::byte> frame, std::uint64_t) override {
    if (failed_ || event.position < old_end_) return;  // what was copied once is not copied again
    lose_until(event.position);
    const auto by = event.position.value - writer_->end().value;
    if (out_.moved.empty() ? by > 0 : out_.moved.back().by != by) out_.moved.push_back({event.position, by});
    writer_->add(frame.subspan(journal::kFrameBytes), revision_of(event), event.recorded);
    old_end_ = event.position.next();
    ++out_.events;
    ++of_batch_;
  }

  // A stream's revisions close up behind what was lost.
  Revision revision_of(const EventView& event) {
    auto* moved = streams_.find(event.stream);
    const bool cut = store_.archive.first_segment > 1;
    if (!moved) {
      // Where history was cut a stream begins anywhere; else at 0.
      streams_[event.stream] = {event.revision.value, cut ? event.revision.value : 0};
      moved = streams_.find(event.stream);
      if (!cut && event.revision.value > 0) told(event, event.revision.value);
    } else {
      if (event.revision.value > moved->was_next) told(event, event.revision.value - moved->next);
    }
    const Revision revision{moved->next};
    moved->was_next = event.revision.value + 1;
    ++moved->next;
    return revision;
  }

  void told(const EventView& event, std::uint64_t by) {
    out_.streams.push_back({std::string(event.stream), event.revision, by});
  }

  void batch_end(std::uint32_t lost) override {
    if (lost > 0 && of_batch_ > 0) ++out_.broken_batches;
    of_batch_ = 0;
    if (failed_) return;
    if (auto done = writer_->end_batch(); !done) failed_ = done.error();
  }

  void damage(const Finding& finding) override { options_.found(finding); }

  void lose_until(Position position) {
    if (position <= old_end_) return;
    if (!out_.lost.empty() && out_.lost.back().until == old_end_)
      out_.lost.back().until = position;
    else
      out_.lost.push_back({old_end_, position});
    old_end_ = position;
  }

  struct StreamPlace {
    std::uint64_t was_next = 0;  // the revision that is expected next, as the old store counts
    std::uint64_t next = 0;      // as the new one does
  };

  io::Files& files_;
  const std::string& from_;
  const RepairOptions& options_;
  StoreFiles store_;
  Repaired out_;
  std::unique_ptr<LogWriter> writer_;
  Position old_end_{};  // everything before this was copied or lost
  std::uint32_t of_batch_ = 0;
  ByStream<StreamPlace> streams_;
  std::optional<Error> failed_;
};

}  // namespace

Result<Repaired> repair(io::Files& files, const std::string& from, const std::string& to,
                        const RepairOptions& options) {
  return Repair(files, from, options).run(to);
}

}  // namespace daybook::maintenance
