// From the log to a state: the newest snapshot that helps, and the events after it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daybook/port/engine.hpp"
#include "daybook/port/snapshots.hpp"

namespace daybook::engine {

// A state, and how much of history is in it.
struct Loaded {
  erased::State state;
  // Of a stream: the number of its events that are folded in, which is the revision of the next.
  std::uint64_t next = 0;
  // Everything of its stream or boundary before this position is in it, and the rest is not.
  Position end{};
  // The greatest `occurred` among its events, if every one is known.
  Time latest_occurred = Time::min();
  // Since `latest_occurred` was computed, events were folded whose `occurred` was left to the log.
  bool occurred_by_log = false;
  // Events folded since the snapshot it began with, or since its beginning.
  std::uint64_t since_snapshot = 0;
  // About by how many bytes the state may have grown since somebody last measured it and set this to 0.
  std::size_t unmeasured = 0;
};

// By how much events may make a state grow: what they carry, and where it is kept.
constexpr std::size_t growth_of(std::size_t events, std::size_t data_bytes) { return data_bytes + events * 64; }

class Loader {
 public:
  Loader(const EventLog& log, const codec::Resolvers& resolvers, const Snapshots* snapshots, const OnWarning& warn)
      : log_(log), resolvers_(resolvers), snapshots_(snapshots), warn_(warn) {}

  // The newest durable state.
  Result<Loaded> latest(const erased::Target& target) const;
  // Folds in what has come since. After an error it has advanced to just before the event that is to blame.
  Status catch_up(const erased::Target& target, Loaded& loaded) const;
  // The state at a moment, folded into `state`, which was just created.
  Status at(const erased::Target& target, const Moment& moment, void* state) const;
  // Calls `each` for what matches and belongs to the moment, in log order.
  Status fold(const Query& query, const Moment& moment, const std::function<Status(const EventView&)>& each) const;

 private:
  // What a moment asks for: events before a position, and of those only what had occurred by a time.
  struct Reach {
    Position until{UINT64_MAX};
    std::uint64_t revisions = UINT64_MAX;  // so many of a stream
    std::optional<Time> occurred_by{};
  };
  Result<Reach> reach_of(const erased::Target* stream, const Moment& moment) const;
  // Begins with a snapshot within reach, if there is one, else with nothing.
  Result<Loaded> start(const erased::Target& target, const Reach& reach) const;
  Result<std::optional<Loaded>> from_snapshot(const erased::Target& target, const Reach& reach) const;
  Status accept(const erased::Target& target, const Reach& reach, const SnapshotInfo& info) const;
  Status replay(const erased::Target& target, const Reach& reach, Loaded& into) const;

  const EventLog& log_;
  const codec::Resolvers& resolvers_;
  const Snapshots* snapshots_;  // null: none are kept
  const OnWarning& warn_;
};

}  // namespace daybook::engine
