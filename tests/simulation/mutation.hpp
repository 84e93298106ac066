// Ways to break a promise on purpose, to prove that the simulation notices, and the journal that does so. Tests only.
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>

#include "base/bytes.hpp"
#include "daybook/port/journal.hpp"
#include "journal/format.hpp"

namespace daybook::simulation {

enum class Mutation {
  None,
  SyncLies,             // says that it synced, and has not
  PublishBeforeSync,    // lets readers see what is only written
  WriteGoesAstray,      // one group in seven is written a byte too far
  ExpectationsIgnored,  // the log is asked without the conditions
  IdsForgotten,         // the log is asked as if ids had not been given before
  ConsumerAhead,        // the program in the writer's process sees what is only written; nobody else does
  CheckpointAhead,      // one checkpoint in four claims an event that was not handled
  ParkedForgotten,      // a checkpoint is loaded without what is parked
  SnapshotAhead,        // a snapshot claims an event that is not in it
  HistoryUnchecked,     // checkpoints and snapshots of another history are taken for this one's
};
inline constexpr Mutation kLastMutation = Mutation::HistoryUnchecked;

constexpr std::string_view name_of(Mutation mutation) {
  switch (mutation) {
    case Mutation::None: return "none";
    case Mutation::SyncLies: return "sync-lies";
    case Mutation::PublishBeforeSync: return "publish-before-sync";
    case Mutation::WriteGoesAstray: return "write-goes-astray";
    case Mutation::ExpectationsIgnored: return "expectations-ignored";
    case Mutation::IdsForgotten: return "ids-forgotten";
    case Mutation::ConsumerAhead: return "consumer-ahead";
    case Mutation::CheckpointAhead: return "checkpoint-ahead";
    case Mutation::ParkedForgotten: return "parked-forgotten";
    case Mutation::SnapshotAhead: return "snapshot-ahead";
    case Mutation::HistoryUnchecked: return "history-unchecked";
  }
  return "?";
}

// Passes everything on, with the mutation; and calls `between` wherever another thread could be running.
class WatchedJournal : public Journal {
 public:
  WatchedJournal(Journal& inner, Mutation mutation, std::function<void()> between)
      : inner_(inner), mutation_(mutation), between_(std::move(between)) {}

  LogId log() const override { return inner_.log(); }
  Secret secret() const override { return inner_.secret(); }
  std::uint64_t epoch() const override { return inner_.epoch(); }
  std::vector<Segment> segments() const override { return inner_.segments(); }
  Result<std::size_t> read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const override {
    return inner_.read(segment, offset, into);
  }
  Position durable() const override { return std::max(inner_.durable(), seen_early_); }
  void wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override {
    inner_.wait_past(position, deadline);
  }
  void wake() const override { inner_.wake(); }
  Status begin_segment(const Segment& next) override {
    auto begun = inner_.begin_segment(next);
    between_();
    return begun;
  }
  Status write(std::uint64_t offset, std::span<const std::byte> group) override {
    Status written;
    if (mutation_ == Mutation::WriteGoesAstray && ++writes_ % 7 == 0) {
      std::vector<std::byte> moved(group.begin(), group.end());
      std::rotate(moved.begin(), moved.end() - 1, moved.end());
      written = inner_.write(offset, moved);
    } else {
      written = inner_.write(offset, group);
    }
    if (written && (mutation_ == Mutation::PublishBeforeSync || mutation_ == Mutation::ConsumerAhead))
      if (const auto header = journal::decode_group_header(group, journal::group_seed(inner_.secret()))) {
        if (mutation_ == Mutation::PublishBeforeSync)
          inner_.publish(header->end());
        else
          seen_early_ = header->end();
      }
    between_();
    return written;
  }
  void unwrite(std::uint64_t offset) override { inner_.unwrite(offset); }
  Status sync() override {
    auto synced = mutation_ == Mutation::SyncLies ? Status{} : inner_.sync();
    between_();
    return synced;
  }
  void publish(Position durable) override {
    inner_.publish(durable);
    between_();
  }
  Status close(Position end, Chain chain, Time recorded) override { return inner_.close(end, chain, recorded); }

 private:
  Journal& inner_;
  const Mutation mutation_;
  const std::function<void()> between_;
  std::uint64_t writes_ = 0;
  Position seen_early_{};
};

}  // namespace daybook::simulation
