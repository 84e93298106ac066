#include "maintenance/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "journal/identity.hpp"
#include "journal/mark.hpp"
#include "log/active_index.hpp"
#include "log/cut_heads.hpp"
#include "log/sealed_index.hpp"
#include "maintenance/bad_pages.hpp"
#include "maintenance/revisions.hpp"
#include "maintenance/segment_walk.hpp"
#include "maintenance/store_files.hpp"
#include "maintenance/verify_guides.hpp"
#include "maintenance/verify_owners.hpp"

namespace daybook::maintenance {
namespace {

// A place in the history that something outside of the log claims to rest on.
struct Claim {
  HistoryMark mark;
  std::string file;  // whose claim it is
};

class Verification final : public SegmentVisitor {
 public:
  Verification(io::Files& files, const std::string& directory, const VerifyOptions& options)
      : files_(files), directory_(directory), options_(options) {}

  Result<Verified> run() {
    const auto lock = lock_store(files_, directory_, options_.holder);
    out_.running = !lock && lock.error().code == ErrorCode::Locked;
    // The mark before the files: what it says was durable is then in them, whoever goes on writing.
    const auto identity = journal::read_identity(files_, directory_);
    if (identity) look_at_mark(identity->log);
    auto store = look_at_store(files_, directory_, [this](const Finding& f) { found(f); });
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    out_.log = store_.log;
    if (!lock && !out_.running)
      options_.note("the lock cannot be taken, so a writer may be at work in the log's tail: " + lock.error().message);
    if (!identity) look_at_mark(store_.log);
    if (out_.running) until_ = std::max(live_, store_.archive.first_position);
    if (store_.archive.first_segment > 1)
      if (const auto heads = log::CutHeads::open(files_, directory_ + "/HEADS", store_.log); !heads)
        found({heads.error().code, "HEADS", {}, {}, {}, {}, heads.error().message});
    check_owners(files_, store_, [this](const Finding& f) { found(f); }, options_.note);
    collect_claims();
    if (auto done = segments(); !done) return std::unexpected(done.error());
    if (auto done = end_of_log(); !done) return std::unexpected(done.error());
    if (auto done = check_guides(files_, directory_, store_, out_.running, [this](const Finding& f) { found(f); });
        !done)
      return std::unexpected(done.error());
    check_claims({UINT64_MAX});
    look_at_leftovers();
    out_.end = state_.end;
    out_.chain = state_.chain.value_or(Chain{});
    out_.streams = revisions_.size();
    return out_;
  }

 private:
  // ---- the records, as walk() comes to them
  void group(const journal::GroupHeader& header, std::uint64_t offset) override {
    if (!chain_ || header.chain_before != *chain_) chain_ = header.chain_before;
    check_claims(header.first);
    if (index_ && header.kind == journal::GroupKind::Events) index_->begin_group(static_cast<std::uint32_t>(offset));
  }

  void record(const EventView& event, std::span<const std::byte> frame, std::uint64_t offset) override {
    check_claims(event.position);
    if (chain_) chain_->value = base::chained(chain_->value, base::load<std::uint64_t>(frame.data()));
    at_ = event.position.next();
    ++out_.events;
    check_revision(event, offset);
    if (index_ && index_->events() < log::ActiveIndex::kMaxEvents && index_->has_room(1, event.tags.size()) &&
        index_->continues(event))
      index_->add(event, static_cast<std::uint32_t>(offset));
    else
      index_.reset();
    if (out_.events % 4096 == 0) options_.progress(done_bytes_ + offset, store_.bytes, out_.events);
  }

  void batch_end(std::uint32_t) override {}

  void damage(const Finding& finding) override {
    found(finding);
    if (!finding.until && !finding.from) return;
    index_.reset();
    if (finding.until) {
      chain_.reset();  // until the next group says it
      gaps_ = true;
    }
  }

  void check_revision(const EventView& event, std::uint64_t offset) {
    const auto* next = revisions_.find(event.stream);
    const auto expected = next ? *next : 0;
    // Behind damage, and where history was cut, events are missing.
    const bool may_jump = gaps_ || (!next && store_.archive.first_segment > 1);
    if (event.revision.value != expected && !(may_jump && event.revision.value > expected))
      found({ErrorCode::Damage,
             segment_->name,
             segment_->number,
             offset,
             event.position,
             {},
             fmt::format("the record says that it is revision {} of {}; {} was expected", event.revision.value,
                         base::quoted(event.stream), expected)});
    revisions_[event.stream] = event.revision.value + 1;
  }

  // ---- segments
  Status segments() {
    state_.end = store_.archive.first_position;
    if (store_.archive.first_segment == 1) state_.chain = Chain{};
    at_ = state_.end;
    chain_ = state_.chain;
    out_.begin = state_.end;
    if (store_.segments.empty()) found({ErrorCode::Damage, "log", {}, {}, state_.end, {}, "there is no segment"});
    std::uint64_t expected = store_.archive.first_segment;
    for (std::size_t i = 0; i < store_.segments.size(); ++i) {
      segment_ = &store_.segments[i];
      const bool last = i + 1 == store_.segments.size();
      const auto* next = last || !store_.segments[i + 1].header ? nullptr : &*store_.segments[i + 1].header;
      if (segment_->number != expected) missing(expected);
      expected = segment_->number + 1;
      if (auto done = one_segment(last, next); !done) return done;
      done_bytes_ += segment_->bytes;
      ++out_.segments;
      options_.progress(done_bytes_, store_.bytes, out_.events);
      if (state_.end >= until_) break;
    }
    out_.bytes = done_bytes_;
    return {};
  }

  void missing(std::uint64_t expected) {
    const auto& header = segment_->header;
    found({ErrorCode::Damage,
           "log/" + journal::segment_name(expected),
           expected,
           {},
           state_.end,
           header ? std::optional(header->first) : std::nullopt,
           segment_->number == expected + 1 ? "the file is missing"
                                            : fmt::format("the file is missing, and all up to log/{}",
                                                          journal::segment_name(segment_->number - 1))});
    if (header && header->first > state_.end) state_.end = header->first;
    state_.chain.reset();
    chain_.reset();
    gaps_ = true;
    previous_end_.reset();
  }

  void compare_header(const journal::SegmentHeader& h) {
    const auto wrong = [&](std::string what) {
      found({ErrorCode::Damage, segment_->name, segment_->number, 0, h.first, {}, std::move(what)});
    };
    if (h.first != state_.end)
      wrong(fmt::format("begins at position {}; what is before it ends at {}", h.first.value, state_.end.value));
    if (state_.chain && h.first == state_.end && h.chain_before != *state_.chain)
      wrong("its chain does not continue what is before it: it belongs to another history");
    if (h.recorded_floor < state_.recorded) wrong("begins before the last event ahead of it was recorded");
    if (previous_end_ && h.previous_bytes != *previous_end_)
      wrong(fmt::format("says that the segment before it has {} bytes; it has {}", h.previous_bytes, *previous_end_));
    if (h.first > state_.end) {
      state_.end = h.first;
      gaps_ = true;
    }
    if (!state_.chain) state_.chain = h.chain_before;
    chain_ = state_.chain;
    state_.recorded = std::max(state_.recorded, h.recorded_floor);
  }

  Status one_segment(bool last, const journal::SegmentHeader* next) {
    if (segment_->header) compare_header(*segment_->header);
    auto file = open_segment(files_, directory_, store_.log, *segment_);
    if (!file) return not_opened(file.error(), next);
    const auto first = state_.end;
    index_.reset();  // made anew only to be compared with one that is there
    if (const auto there = files_.exists(index_path()); !last && there && *there)
      index_ = std::make_unique<log::ActiveIndex>(log::key_seed(store_.secret));
    SegmentBytes bytes;
    bytes.read = read_past_bad_pages(**file, *segment_, [this](const Finding& f) { found(f); });
    bytes.bytes = segment_->bytes;
    bytes.name = segment_->name;
    bytes.number = segment_->number;
    bytes.seed = journal::group_seed(store_.secret);
    bytes.last = last;
    bytes.until = until_;
    if (next) bytes.next_first = next->first;
    const auto end = walk(bytes, state_, *this);
    if (!end) return std::unexpected(end.error());
    end_ = *end;
    last_was_read_ = true;
    previous_end_ = end->sealed ? std::optional(end->bytes) : std::nullopt;
    if (!last) check_index(first);
    return {};
  }

  // Goes on behind it.
  Status not_opened(const Error& why, const journal::SegmentHeader* next) {
    // A writer that is being opened gives the last one its name anew.
    if (why.code == ErrorCode::HistoryCut || (out_.running && why.code == ErrorCode::NotFound))
      return std::unexpected(why);
    found(unopened(*segment_, why, state_.end, next ? std::optional(next->first) : std::nullopt));
    if (next && next->first > state_.end) state_.end = next->first;
    state_.chain.reset();
    chain_.reset();
    index_.reset();
    gaps_ = true;
    previous_end_.reset();
    end_ = {};
    last_was_read_ = false;
    return {};
  }

  // ---- indexes
  std::string index_path() const {
    auto path = segment_->path;
    return path.replace(path.size() - 3, 3, "idx");
  }

  void check_index(Position first) {
    const auto path = index_path();
    auto name = segment_->name;
    name.replace(name.size() - 3, 3, "idx");
    const auto bytes = io::read_whole(files_, path, 1ull << 32);
    const auto wrong = [&](ErrorCode code, std::optional<std::uint64_t> byte, std::optional<Position> at,
                           const std::string& what) {
      found({code, name, segment_->number, byte, at, {}, what + "; remove the file and it is made anew"});
    };
    if (!bytes && bytes.error().code == ErrorCode::NotFound)
      return options_.note(fmt::format("{} is not there; the next writer makes it", name));
    if (!bytes) return wrong(bytes.error().code, {}, {}, bytes.error().message);
    ++out_.indexes;
    if (!index_ || first.value + index_->events() != state_.end.value) {
      // Its segment is damaged: what it should say is not known, but whether it is what was written is.
      const auto index =
          log::SealedIndex::open(files_, path, store_.log, segment_->number, log::key_seed(store_.secret),
                                 [](std::uint32_t, log::KeyKind, std::string_view) { return true; });
      if (!index) return wrong(index.error().code, {}, {}, index.error().message);
      if (const auto sound = (*index)->check_all(); !sound) wrong(sound.error().code, {}, {}, sound.error().message);
      return;
    }
    const auto made = log::SealedIndex::encode(
        {store_.log, segment_->number, first, index_->events(), state_.chain.value_or(Chain{}), state_.recorded},
        *index_);
    if (*bytes == made) return;
    const auto differ = std::ranges::mismatch(*bytes, made);
    const auto byte = static_cast<std::uint64_t>(differ.in1 - bytes->begin());
    // The first section says where each event stands: there the byte names one.
    constexpr std::uint64_t kOffsetsAt = 256;
    const bool of_event = byte >= kOffsetsAt && byte < kOffsetsAt + 4ull * index_->events();
    wrong(ErrorCode::Damage, byte, of_event ? Position{first.value + (byte - kOffsetsAt) / 4} : first,
          bytes->size() == made.size()
              ? "is not the index of its segment"
              : fmt::format("is not the index of its segment: it has {} bytes, {} were expected", bytes->size(),
                            made.size()));
  }

  // ---- the mark and the end of the log
  void look_at_mark(const LogId& log) {
    auto mark = journal::Mark::open(files_, directory_ + "/mark", log, false);
    if (!mark) {
      options_.note("there is no usable mark, which the next writer makes: " + mark.error().message);
      return;
    }
    marked_ = mark->durable();
    if (!marked_) options_.note("the mark says nothing of this log; the next writer makes it anew");
    live_ = mark->live();
  }

  Status end_of_log() {
    if (out_.running) return {};
    if (marked_ && *marked_ > state_.end && segment_)
      found({ErrorCode::Damage, segment_->name, segment_->number, end_.bytes, state_.end, marked_,
             "the log ends here, though the mark says that more was durable"});
    else if (end_.torn_bytes > 0)
      options_.note(
          fmt::format("{}: a torn tail of up to {} bytes from byte {} on, behind position {}: the next writer "
                      "cuts it off and keeps it",
                      segment_->name, end_.torn_bytes, end_.bytes, state_.end.value));
    if (last_was_read_ && !end_.closed && !end_.sealed && end_.torn_bytes == 0)
      options_.note("the last writer did not close the log");
    return {};
  }

  void look_at_leftovers() {
    if (const auto cut = files_.list(directory_ + "/cut"))
      for (const auto& entry : *cut)
        options_.note(fmt::format("cut/{}: {} bytes of a torn tail, kept", entry.name, entry.size));
  }

  // ---- snapshots and checkpoints
  void collect_claims() {
    if (options_.snapshots) {
      const auto list = options_.snapshots->list([this](std::string_view where, const Error& why) {
        found({why.code, std::string(where), {}, {}, {}, {}, why.message});
      });
      if (!list) found({list.error().code, "snapshots", {}, {}, {}, {}, list.error().message});
      if (list)
        for (const auto& info : *list)
          claims_.push_back({info.mark, fmt::format("the snapshot of {} at position {}", base::quoted(info.key),
                                                    info.mark.position.value)});
      out_.snapshots = list ? list->size() : 0;
    }
    if (options_.checkpoints) {
      const auto names = options_.checkpoints->names();
      if (!names) found({names.error().code, "consumers", {}, {}, {}, {}, names.error().message});
      for (const auto& name : names ? *names : std::vector<std::string>{}) {
        const auto checkpoint = options_.checkpoints->load(name);
        if (!checkpoint)
          found({checkpoint.error().code, "consumers", {}, {}, {}, {}, checkpoint.error().message});
        else if (*checkpoint)
          claims_.push_back({(*checkpoint)->mark, fmt::format("the checkpoint of {}", base::quoted(name))});
        ++out_.checkpoints;
      }
    }
    std::ranges::stable_sort(claims_, {}, [](const Claim& c) { return c.mark.position; });
  }

  // Settles the claims at or before `position`, which the walk stands at.
  void check_claims(Position position) {
    for (; next_claim_ < claims_.size() && claims_[next_claim_].mark.position <= position; ++next_claim_) {
      const auto& claim = claims_[next_claim_];
      const auto wrong = [&](std::string what) {
        found({ErrorCode::ForeignHistory, claim.file, {}, {}, claim.mark.position, {}, std::move(what)});
      };
      if (claim.mark.log != store_.log)
        wrong(fmt::format("is of log {}; this store is log {}", to_string(claim.mark.log.uuid),
                          to_string(store_.log.uuid)));
      else if (claim.mark.position < store_.archive.first_position)
        options_.note(fmt::format("{} is before position {}, where history was cut", claim.file,
                                  store_.archive.first_position.value));
      else if (claim.mark.position > at_ && position.value == UINT64_MAX && !out_.running)
        wrong(fmt::format("is past the log's end, {}: it is of another history", at_.value));
      else if (claim.mark.position == at_ && chain_ && claim.mark.chain != *chain_)
        wrong("does not match the log's chain there: it is of another history");
    }
  }

  void found(const Finding& finding) {
    ++out_.findings;
    options_.found(finding);
  }

  io::Files& files_;
  const std::string& directory_;
  const VerifyOptions& options_;
  StoreFiles store_;
  Verified out_;
  WalkState state_;
  WalkEnd end_;
  SegmentFile* segment_ = nullptr;
  std::optional<std::uint64_t> previous_end_;  // bytes of the segment before, its seal included
  Position until_{UINT64_MAX};
  Position live_{UINT64_MAX};
  std::optional<Position> marked_;
  // Behind the last record that was handed out.
  Position at_{};
  std::optional<Chain> chain_;
  bool gaps_ = false;
  bool last_was_read_ = false;  // the last segment gone over, and so end_ says how it ends
  std::uint64_t done_bytes_ = 0;
  std::unique_ptr<log::ActiveIndex> index_;  // of the segment, while it is sound
  ByStream<std::uint64_t> revisions_;        // the next of each stream
  std::vector<Claim> claims_;                // by position
  std::size_t next_claim_ = 0;
};

}  // namespace

Result<Verified> verify(io::Files& files, const std::string& directory, const VerifyOptions& options) {
  return Verification(files, directory, options).run();
}

}  // namespace daybook::maintenance
