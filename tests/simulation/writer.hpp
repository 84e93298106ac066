// The writer's process for as long as it lives: its threads' roles (runtime/log_threads.cpp), taken in turns.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "journal/directory.hpp"
#include "log/log.hpp"
#include "simulation/mutation.hpp"
#include "simulation/oracle.hpp"

namespace daybook::simulation {

struct WriterOptions {
  std::uint64_t segment_bytes = 16'000;
  std::uint64_t remembered = 1'000'000;
  std::uint64_t seed = 1;
  Mutation mutation = Mutation::None;
};

class Writer {
 public:
  // `between` is called wherever another thread could run while a group is committed.
  static Result<std::unique_ptr<Writer>> open(io::Files& files, const std::string& store, const Clock& clock,
                                              const WriterOptions& options, std::function<void()> between);

  using Done = std::function<void(const Result<Appended>&)>;
  void submit(const OwnedRequest& request, Done done);

  // -- steps of the preparing thread
  void drain(std::size_t enough_bytes);
  void hand_over();  // the open group, if the committer's slot is free
  void complete();   // answers the groups that were committed
  // -- of the committing thread
  bool committing() const { return in_commit_; }
  void commit();
  // -- of the tending thread
  Status tend(std::size_t prepare_bytes);

  // Until nothing is in flight; then the log can be closed, or compared.
  void settle();
  Status close();

  bool read_only() const { return log_->sequencer()->refusing().has_value(); }
  log::Log& log() { return *log_; }
  // The same, as the program's consumers and states read it.
  EventLog& log_of_readers() { return early_ ? *early_ : *log_; }
  journal::Directory& journal() { return *journal_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Writer() = default;

  std::unique_ptr<journal::Directory> journal_;
  std::unique_ptr<WatchedJournal> watched_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Log> early_;  // Mutation::ConsumerAhead
  Lines lines_;
  Mutation mutation_ = Mutation::None;
  std::unique_ptr<log::Group> waiting_;
  std::vector<std::unique_ptr<log::Group>> done_;
  bool in_commit_ = false;
  bool failed_ = false;  // the newest of done_ was not written: nothing after it may be
  std::vector<std::string> warnings_;
};

}  // namespace daybook::simulation
