// One run of the simulation. Inside of tests/simulation only.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sim/faulty_disk.hpp"
#include "simulation/follower.hpp"
#include "simulation/program.hpp"
#include "simulation/simulation.hpp"
#include "simulation/writer.hpp"

namespace daybook::simulation {

inline const std::string kStore = "store";

class Run {
 public:
  explicit Run(const Options& options);
  Report run();

 private:
  void open();
  void live();
  void step();
  void submit();
  void answered(std::size_t ticket, const Result<Appended>& answer);
  void start_program();
  void settle(bool handlers = true);
  void end_program();
  void read_here();
  void follow(bool after_crash = false);
  void compare();
  void some_fault();
  void end_of_life();
  void close_and_go_on();
  void crash(bool power);
  void flip_below_the_mark();
  void meddle();
  void take_a_copy(Position end);
  void put_the_copy_back();
  void spoil_what_is_saved();
  void spoil(const std::string& path);
  void between();
  void make_projections();
  void leave_as_it_is();
  std::uint64_t end_of_groups(const std::string& path) const;
  std::uint64_t last_segment() const;
  bool faulty() const { return faulty_; }
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  template <class... A>
  void trace(fmt::format_string<A...> text, A&&... args) const {
    if (options_.trace) options_.trace(fmt::format(text, std::forward<A>(args)...));
  }

  const Options options_;
  sim::Random random_;
  sim::SteppingClock clock_;
  sim::FaultyDisk disk_;
  WriterOptions writer_options_;
  bool prepares_;
  Oracle oracle_;
  const WorkloadOptions workload_options_;
  Workload workload_;
  ProgramOptions program_options_;
  Report report_;
  Surroundings around_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Program> program_;  // in the writer's process
  std::unique_ptr<Cursor> cursor_;    // in the writer's process
  Position next_here_{};
  std::unique_ptr<Follower> follower_;
  bool faulty_ = false;      // the disk was told to fail in this life
  bool reads_fail_ = false;  // reading, too
  bool mark_holds_ = false;  // no power cut since the log was opened
  bool crash_armed_ = false;
  struct Copy {
    std::map<std::string, std::string> files;
    Position end;
  };
  std::optional<Copy> copy_;  // of the store as it once was, but for snapshots and checkpoints
};

}  // namespace daybook::simulation
