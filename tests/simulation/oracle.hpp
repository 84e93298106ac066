// What must be true of the log, whatever the disk does: a model that goes the way the log's answers say, and a memory
// of everything that any reader ever saw.
//
// Completions come in the order of positions, so the model takes each request when the log has answered it. Requests
// that ended in OutcomeUnknown, or in a crash, wait until the log is open again: then each of them is there whole, at
// the place and under the conditions that the model finds for it, or not at all.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/workload.hpp"

namespace daybook::simulation {

// What the run stops with when a promise is broken.
struct Broken {
  std::string what;
};
[[noreturn]] void broken(std::string what);
// For where nothing may be thrown: the first thing that was found broken is kept.
template <class F>
void note_in(std::optional<Broken>& found, F&& f) noexcept {
  try {
    f();
  } catch (Broken& b) {
    if (!found) found = std::move(b);
  }
}

// All that an event says, as text.
std::string digest_of(const EventView& event);
std::string told(const OwnedRequest& request);

class Oracle {
 public:
  Oracle(const Clock& clock, std::uint64_t remembered);

  // -- appends
  std::size_t submitted(OwnedRequest request);  // its ticket
  // The log's answer. `faulty`: errors of the disk are to be expected.
  void answered(std::size_t ticket, const Result<Appended>& answer, bool faulty);
  bool is_broken(std::size_t line) const {
    return broken_by_the_disk_.contains(line) || (lines_.contains(line) && lines_.at(line).broken);
  }
  bool all_answered() const { return waiting_.empty(); }
  // What is not answered now never will be.
  void process_died() { died_ = true; }
  // The disk was told to fail reads in this life: an append whose conditions could not be checked came to nothing alone,
  // and if its group's outcome is unknown, or nobody is left to be told, that is all that is said of it.
  void reads_may_have_failed() { reads_failed_ = true; }
  // A copy of the log that ended here was put back in its place. Nothing is in flight.
  void go_back_to(Position end);

  // -- readers, here and in other processes
  void seen(const EventView& event);
  void seen_chain(Position position, Chain chain);

  // After opening again: what the log holds now, from the first event to the last.
  void recovered(const EventLog& log, bool reading_fails);
  // When nothing is in flight: every question that the log can be asked, answered as the model does.
  void compare(const EventLog& log, sim::Random& random) const;

  const sim::ModelLog& model() const { return *model_; }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t adopted() const { return adopted_; }

 private:
  struct Outcome {
    std::optional<ErrorCode> error{};
    Position first{}, last{};
    std::vector<Revision> revisions{};
    bool repeated = false;
  };
  Outcome ask_model(std::size_t ticket, const OwnedRequest& request);
  void note_given(const OwnedRequest& request, const Outcome& outcome);
  std::unique_ptr<sim::ModelLog> empty_model() const;
  void check_end_at(const EventLog& log, Position of) const;
  void compare_event(const EventView& event, const sim::StoredEvent& expected) const;
  bool rests_on_unknown(const OwnedRequest& request) const;
  bool begins_at(const OwnedRequest& request, const EventLog& log, Position position) const;
  void break_lines(std::size_t ticket, const OwnedRequest& request);

  const Clock& clock_;
  const std::uint64_t remembered_;
  std::unique_ptr<sim::ModelLog> model_;
  Lines lines_;
  // By which append that the disk failed. Those before it are whole, though their answers may come later.
  std::map<std::size_t, std::size_t> broken_by_the_disk_;
  std::vector<OwnedRequest> appended_;           // in order: all that the model holds
  std::map<std::size_t, OwnedRequest> waiting_;  // not answered, in the order of submission
  std::map<std::size_t, OwnedRequest> unknown_;  // that may be in the log
  std::size_t tickets_ = 0;
  std::vector<bool> id_given_;  // by position
  std::vector<Uuid> commands_;  // that appended something
  std::map<std::uint64_t, std::string> seen_;
  std::map<std::uint64_t, Chain> chains_;
  std::size_t acknowledged_ = 0;
  std::size_t adopted_ = 0;
  bool died_ = false;
  bool reads_failed_ = false;
};

}  // namespace daybook::simulation
