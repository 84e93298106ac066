// A program on Daybook, for as long as one of its processes lives: the engine over the writer's log, with snapshots and
// consumers in directories of the same faulty disk. Its threads are executors that are stepped.
//
// What must hold beside the rules of the log and of Projection: a state, whatever it was made from (memory, a snapshot,
// the log, at any moment), is what its events fold to from the first on; no snapshot is of what is not durable; what
// was decided, and what was refused, was right where it stands in the log; and nothing is warned of that nobody did.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sim/executors.hpp"
#include "sim/faulty_disk.hpp"
#include "simulation/projection.hpp"
#include "simulation/tally.hpp"
#include "simulation/watched_log.hpp"
#include "simulation/watched_ports.hpp"
#include "simulation/writer.hpp"

namespace daybook::simulation {

struct ProgramOptions {
  std::string store;
  std::uint64_t seed = 1;
  bool short_memory = false;
  EngineOptions engine{};
  Mutation mutation = Mutation::None;
};

// What outlives a program's processes, and what it has around it.
struct Surroundings {
  sim::FaultyDisk& disk;
  const sim::SteppingClock& clock;
  Oracle& oracle;
  std::function<bool()> faulty;      // the disk was told to fail
  std::function<bool()> reads_fail;  // reading, too
  WatchedLog::Answer answered;       // by the log
  std::function<void(const std::string&)> trace;

  std::deque<Projection> projections{};
  // What somebody has done to the files, so that it may be told of.
  bool snapshots_spoilt = false;
  bool snapshots_foreign = false;
  std::set<std::string> checkpoints_spoilt{};
  std::size_t next_line = std::size_t{1} << 40;  // far from the workload's
  struct Refused {
    Position taken_at;
    std::string stream;
    std::int64_t amount;
  };
  std::vector<Refused> refused{};
  ProgramCounts counts{};
  // What was found where nothing may be thrown.
  std::optional<Broken> found{};
};

class Program {
 public:
  static Result<std::unique_ptr<Program>> start(Surroundings& around, const ProgramOptions& options, EventLog& log,
                                                EventLog& readers);

  // Something that its users or its threads do.
  void step();
  // The same, while the log is being written.
  void work();
  // All that its threads have to do; whether there was anything.
  bool run_jobs(bool handlers);

  // An append of its own, which wakes every consumer.
  void append_something();
  // The log is idle, and so is this.
  void compare();
  // All commands are answered. The consumers stop, if the process lives, with a checkpoint.
  void end();
  // From here on nothing that it does counts.
  void die() { dying_ = true; }

 private:
  Program(Surroundings& around, const ProgramOptions& options, EventLog& log, EventLog& readers);

  template <class F>
  void noting(F&& f) noexcept {
    note_in(around_.found, std::forward<F>(f));
  }
  void tell_found();
  bool excused() const { return dying_ || around_.disk.dead() || around_.faulty(); }
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  Stream<Tally> any_stream();

  void submit();
  void told(const Outcome& outcome, const Surroundings::Refused& asked, bool may_conflict);
  void job();
  void look_at_a_state();
  void look_at_snapshots();
  void look_after(std::size_t consumer);
  void subscribe(std::size_t consumer);
  void stop(std::size_t consumer);
  Handled handle(std::size_t consumer, const Envelope& event);
  void warned(const Warning& warning);

  Surroundings& around_;
  const ProgramOptions options_;
  sim::Random random_;
  bool dying_ = false;
  std::optional<Position> appended_;  // by append_something(), the last time
  WatchedLog log_;
  std::shared_ptr<sim::SteppingExecutor> background_ = std::make_shared<sim::SteppingExecutor>();
  std::shared_ptr<sim::SteppingExecutor> handlers_ = std::make_shared<sim::SteppingExecutor>();
  std::shared_ptr<WatchedCheckpoints> checkpoints_;
  std::shared_ptr<WatchedSnapshots> snapshots_;
  std::vector<std::optional<Subscription>> consumers_;  // as the projections
  std::optional<Store> store_;
};

}  // namespace daybook::simulation
