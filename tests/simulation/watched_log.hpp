// The log as the simulated program has it: whatever it appends, the oracle hears of.
#pragma once

#include <functional>
#include <map>

#include "daybook/port/event_log.hpp"
#include "simulation/oracle.hpp"

namespace daybook::simulation {

class WatchedLog final : public EventLog {
 public:
  using Answer = std::function<void(std::size_t ticket, const Result<Appended>& answer)>;
  // What is appended goes to `inner`; `reading` is the same log. `next_line` is a number that no line before had; it is
  // counted up.
  WatchedLog(EventLog& inner, EventLog& reading, Oracle& oracle, std::size_t& next_line, Answer answered)
      : inner_(inner), reading_(reading), oracle_(oracle), next_line_(next_line), answered_(std::move(answered)) {}

  LogId id() const override { return inner_.id(); }
  void append(const AppendRequest& request, Appending done) override;
  Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) const override {
    return reading_.read_stream(stream, how);
  }
  Result<std::unique_ptr<Cursor>> read(const ReadLog& how) const override { return reading_.read(how); }
  Position end() const override { return reading_.end(); }
  Position begin() const override { return reading_.begin(); }
  Result<std::optional<StreamHead>> head(std::string_view stream) const override { return reading_.head(stream); }
  Result<Position> end_at(Time recorded) const override { return reading_.end_at(recorded); }
  Result<Chain> chain_at(Position position) const override { return reading_.chain_at(position); }
  Result<std::optional<Known>> find_command(const Uuid& command_id) const override {
    return inner_.find_command(command_id);
  }
  bool wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override {
    return inner_.wait_past(position, deadline);
  }

 private:
  std::size_t number_of(const Line& line);

  EventLog& inner_;
  EventLog& reading_;
  Oracle& oracle_;
  std::size_t& next_line_;
  const Answer answered_;
  std::map<const Line*, std::size_t> lines_;
};

}  // namespace daybook::simulation
