// A consumer of the simulated program, and the read model that it keeps elsewhere: it outlives every process, and knows
// what the consumer may be given next.
//
// What must hold, whatever the disk does: no event that does not survive, none out of order, none skipped over the
// consumer's whole life; a checkpoint claims nothing that was not handled, and nothing that is not durable; what is
// loaded is what was saved last, or one that was being saved since; what was parked stays parked; a checkpoint of
// another history is refused.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daybook/port/checkpoints.hpp"
#include "daybook/store.hpp"
#include "simulation/counts.hpp"
#include "simulation/oracle.hpp"

namespace daybook::simulation {

class Projection {
 public:
  Projection(std::string name, Query filter, Start start, Oracle& oracle, std::uint64_t seed);

  const std::string& name() const { return name_; }
  const Query& filter() const { return filter_; }
  const Start& start() const { return start_; }
  const ProjectionCounts& counts() const { return counts_; }

  // ---- the life of the consumer
  Handled handle(const Envelope& event);
  void subscribed(const SubscriptionStatus& status);
  void refused_as_foreign();
  void process_ended() { running_ = false; }
  void ask_for_parked() { replay_asked_ = true; }
  bool running() const { return running_; }
  // At any moment of that life.
  void check(const SubscriptionStatus& status, Position end);

  // ---- its checkpoint
  void saving(const Checkpoint& checkpoint, const EventLog& log);
  void saved(const Checkpoint& checkpoint);
  void loaded(const std::optional<Checkpoint>& checkpoint);
  void removing();
  void removed();  // somebody took it away: the consumer begins again

  // ---- the log
  void history_changed(Position common);  // it was put back to how it was at this position
  // Nothing is in flight: the model knows all that there is.
  void compare();

 private:
  [[noreturn]] void broken_by(const std::string& what) const;
  bool is_handled(Position position) const;
  void fold(const EventView& event);

  const std::string name_;
  const Query filter_;
  const Start start_;
  Oracle& oracle_;
  sim::Random random_;
  ProjectionCounts counts_;

  // Of the running consumer.
  bool running_ = false;
  Position next_{};               // everything before it is handled, parked or not asked for
  std::vector<Position> parked_;  // as the consumer should have them
  std::optional<Position> again_;
  bool replay_asked_ = false;

  // Of all its lives, since it began.
  bool begun_ = false;
  Position from_{};                                 // its first event
  std::vector<std::uint8_t> done_;                  // by position: was it handled, or parked
  std::map<std::uint64_t, std::uint64_t> applied_;  // the read model: what each event said
  std::optional<Position> common_{};  // a checkpoint that was saved before, past it, is of another history
  bool foreign_ = false;              // the one that was loaded is

  // Any of them may be on the disk; the first surely was, if it is.
  std::vector<std::optional<Checkpoint>> may_be_there_{std::nullopt};
  bool removing_ = false;  // or it was, and may not be on the disk
};

}  // namespace daybook::simulation
