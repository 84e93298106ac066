#include "simulation/program.hpp"

#include <fmt/format.h>

#include "engine/engine.hpp"

namespace daybook::simulation {

// ---- its processes -----------------------------------------------------------------------------------------------

Program::Program(Surroundings& around, const ProgramOptions& options, EventLog& log, EventLog& readers)
    : around_(around),
      options_(options),
      random_(options.seed),
      log_(log, readers, around.oracle, around.next_line, around.answered),
      checkpoints_(std::make_shared<WatchedCheckpoints>(around.disk, options.store + "/consumers", around.projections,
                                                        log_, options.mutation, around.found)),
      snapshots_(std::make_shared<WatchedSnapshots>(around.disk, options.store + "/snapshots", log_,
                                                    around.counts.snapshots, options.mutation, around.found)),
      consumers_(around.projections.size()) {}

Result<std::unique_ptr<Program>> Program::start(Surroundings& around, const ProgramOptions& options, EventLog& log,
                                                EventLog& readers) {
  std::unique_ptr<Program> program(new Program(around, options, log, readers));
  auto& self = *program;
  auto engine_options = options.engine;
  engine_options.on_warning = [&self](const Warning& warning) { self.noting([&] { self.warned(warning); }); };
  auto store = engine::make_store({.log = {std::shared_ptr<void>(), &self.log_},
                                   .background = self.background_,
                                   .handlers = self.handlers_,
                                   .clock = {std::shared_ptr<void>(), &around.clock},
                                   .snapshots = self.snapshots_,
                                   .checkpoints = self.checkpoints_,
                                   .options = engine_options});
  if (!store) return std::unexpected(store.error());
  self.store_.emplace(std::move(*store));
  for (std::size_t i = 0; i < around.projections.size(); ++i)
    if (!self.random_.one_in(4)) self.subscribe(i);
  if (self.random_.one_in(3)) self.look_at_snapshots();
  self.tell_found();
  return program;
}

void Program::tell_found() {
  if (around_.found && !dying_) throw *around_.found;
}

void Program::end() {
  for (std::size_t i = 0; i < consumers_.size(); ++i) stop(i);
  const auto closed = store_->close();
  if (!closed && !excused()) broken("closing the store: " + closed.error().message);
  tell_found();
}

// ---- what happens in them ----------------------------------------------------------------------------------------

void Program::step() {
  switch (below(12)) {
    case 0:
    case 1:
    case 2:
    case 3: submit(); break;
    case 4: look_at_a_state(); break;
    case 5:
      if (!consumers_.empty()) look_after(below(consumers_.size()));
      break;
    case 6:
      background_->advance(std::chrono::milliseconds(below(1000)));
      handlers_->advance(std::chrono::milliseconds(below(500)));
      break;
    default: job(); break;
  }
  tell_found();
}

void Program::work() {
  if (random_.one_in(3))
    submit();
  else
    job();
  tell_found();
}

// Any of the jobs that are ready, as threads might.
void Program::job() {
  auto& executor = random_.one_in(2) ? *background_ : *handlers_;
  if (const auto ready = executor.ready(); ready > 0) executor.step(below(ready));
}

bool Program::run_jobs(bool handlers) {
  auto ran = background_->run_all();
  if (handlers) ran += handlers_->run_all();
  tell_found();
  return ran > 0;
}

void Program::warned(const Warning& warning) {
  around_.trace("  warning: " + warning.where + ": " + warning.what.message);
  switch (warning.what.code) {
    case ErrorCode::ForeignHistory:
      if (around_.snapshots_foreign) return;
      break;
    case ErrorCode::Damage:
    case ErrorCode::UnsupportedVersion:
      if (around_.snapshots_spoilt) return;
      break;
    default:
      if (excused()) return;
      break;
  }
  broken("the store warns: " + warning.where + ": " + warning.what.message);
}

// ---- commands ----------------------------------------------------------------------------------------------------

Stream<Tally> Program::any_stream() { return store_->stream<Tally>(std::to_string(below(4))); }

void Program::submit() {
  if (around_.disk.dead()) return;
  SubmitOptions how;
  switch (below(6)) {
    case 0: how.on_conflict = Retry{3}; break;
    case 1: how.on_conflict = Fail{}; break;
    default: break;
  }
  if (random_.one_in(4)) how.occurred = Time(std::chrono::seconds(below(1'000'000)));
  if (random_.one_in(8)) how.command_id = Uuid{{0xc0, static_cast<std::uint8_t>(below(256))}};
  if (random_.one_in(12)) how.expected = random_.one_in(2) ? Expect::exists() : Expect::exactly({below(20)});
  if (random_.one_in(3)) how.completions = background_.get();
  const bool may_conflict = how.on_conflict != OnConflict(Queue{}) || how.expected != Expect::any();
  const auto stream = any_stream(), other = any_stream();
  const auto amount = static_cast<std::int64_t>(below(50));
  auto told = [this, asked = Surroundings::Refused{{}, stream.name(), amount}, may_conflict](const Outcome& outcome) {
    noting([&] { this->told(outcome, asked, may_conflict); });
  };
  ++around_.counts.commands;
  if (const auto what = below(8); what < 4)
    stream.submit(Add{amount}, told, how);
  else if (what < 7)
    stream.submit(Take{amount}, told, how);
  else if (stream.name() != other.name() && !(how.command_id && options_.short_memory))
    store_->submit(Move{amount}, told, how, stream, other);
}

void Program::append_something() {
  appended_.reset();
  store_->stream<Tally>("bell").submit(Add{1}, [this](const Outcome& outcome) {
    if (outcome) appended_ = outcome->position;
    noting([&] { told(outcome, {{}, "Tally-bell", 0}, false); });
  });
}

void Program::told(const Outcome& outcome, const Surroundings::Refused& asked, bool may_conflict) {
  if (dying_ || around_.disk.dead()) return;
  around_.trace(fmt::format("  a command on {} ({}): {}", asked.stream, asked.amount, outcome.message()));
  if (outcome.is_error()) {
    if (outcome.error().code == ErrorCode::Conflict && may_conflict) return;
    if (!excused()) broken("a command on " + asked.stream + " is answered: " + outcome.message());
    return;
  }
  if (outcome.taken_at() > log_.end())
    broken(fmt::format("a command on {} is answered at position {}; the log ends at {}", asked.stream,
                       outcome.taken_at().value, log_.end().value));
  if (!outcome.is_refused()) return;
  ++around_.counts.refused;
  around_.refused.push_back({outcome.taken_at(), asked.stream, asked.amount});
}

// ---- consumers ---------------------------------------------------------------------------------------------------

void Program::look_after(std::size_t i) {
  auto& projection = around_.projections[i];
  auto& consumer = consumers_[i];
  if (!consumer) return subscribe(i);
  const auto status = consumer->status();
  if (!status.running) {
    around_.trace("  consumer " + projection.name() + " stopped: " + status.stopped_by->message);
    if (!excused()) broken("consumer " + projection.name() + " stopped: " + status.stopped_by->message);
    projection.process_ended();
    consumer.reset();
    return;
  }
  projection.check(status, log_.end());
  switch (below(6)) {
    case 0: return stop(i);
    case 1:
    case 2: projection.ask_for_parked(); return consumer->replay_parked();
    default: break;
  }
}

void Program::subscribe(std::size_t i) {
  auto& projection = around_.projections[i];
  auto made = store_->subscribe(projection.name(), projection.filter(), projection.start(),
                                [this, i](const Envelope& event) { return handle(i, event); });
  if (around_.disk.dead()) return;
  if (made) {
    consumers_[i] = *made;
    noting([&] { projection.subscribed(made->status()); });
    around_.trace(fmt::format("  consumer {} from position {}", projection.name(), made->status().next.value));
    return;
  }
  around_.trace("  consumer " + projection.name() + ": " + made.error().message);
  const auto code = made.error().code;
  const bool spoilt = (code == ErrorCode::Damage || code == ErrorCode::UnsupportedVersion) &&
                      around_.checkpoints_spoilt.contains(projection.name());
  if (code == ErrorCode::ForeignHistory)
    noting([&] { projection.refused_as_foreign(); });
  else if (!spoilt && !excused())
    broken("consumer " + projection.name() + ": " + made.error().message);
  if (code != ErrorCode::ForeignHistory && !spoilt) return;
  if (auto removed = checkpoints_->remove(projection.name()); removed)
    around_.checkpoints_spoilt.erase(projection.name());
  else if (!excused())
    broken("removing a checkpoint: " + removed.error().message);
}

void Program::stop(std::size_t i) {
  auto& consumer = consumers_[i];
  if (!consumer) return;
  const auto stopped = consumer->stop();
  auto& projection = around_.projections[i];
  if (!stopped && !excused()) broken("consumer " + projection.name() + " stopped: " + stopped.error().message);
  if (!dying_) projection.check(consumer->status(), log_.end());
  projection.process_ended();
  consumer.reset();
}

// The first consumer answers some events with a command; that comes to nothing when the event comes again.
Handled Program::handle(std::size_t i, const Envelope& event) {
  if (dying_ || around_.disk.dead() || around_.found) return retry_after(std::chrono::hours(1));
  auto said = retry_after(std::chrono::hours(1));
  noting([&] { said = around_.projections[i].handle(event); });
  if (i == 0 && said.kind() == Handled::Kind::Done && event.id.bytes[15] % 8 == 0 &&
      category_of(event.stream) != "Tally")
    store_->stream<Tally>("answers").submit(
        Add{static_cast<std::int64_t>(event.position.value)},
        [this](const Outcome& outcome) { noting([&] { told(outcome, {{}, "Tally-answers", 0}, false); }); },
        {.command_id = event.id});
  return said;
}

}  // namespace daybook::simulation
