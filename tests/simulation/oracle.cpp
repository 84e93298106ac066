#include "simulation/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace daybook::simulation {
namespace {

std::string tags_of(const TagsView& tags) {
  std::string all;
  for (const auto tag : tags) all += std::string(tag) + ",";
  return all;
}

std::string told(const Expect& e) {
  switch (e.kind) {
    case Expect::Kind::Any: return "any";
    case Expect::Kind::None: return "none";
    case Expect::Kind::Exists: return "exists";
    case Expect::Kind::Exactly: return fmt::format("={}", e.revision.value);
  }
  return "?";
}

// Errors of a disk: nothing of the append is in the log.
bool of_the_disk(ErrorCode code) {
  return code == ErrorCode::IoError || code == ErrorCode::DiskFull || code == ErrorCode::ReadOnly ||
         code == ErrorCode::Closed;
}

}  // namespace

void broken(std::string what) { throw Broken{std::move(what)}; }

std::string digest_of(const EventView& e) {
  return fmt::format("{} {}@{} {} {} {} {} v{} s{} c{} {} {} {}", e.position.value, e.stream, e.revision.value, e.type,
                     to_string(e.id), to_string(e.recorded), to_string(e.occurred), e.schema_version, e.schema,
                     static_cast<int>(e.content_type), tags_of(e.tags), e.metadata, base::quoted(e.data));
}

std::string told(const OwnedRequest& r) {
  std::string text = r.command_id ? "command" : "batch";
  for (const auto& e : r.events)
    text += fmt::format(" {}:{}({}){}", e.stream, e.type, e.data.size(), e.id ? "#" + to_string(*e.id) : "");
  for (const auto& c : r.conditions)
    text += fmt::format(" if {} {}{}", c.stream, told(c.expect), c.line == kNoLine ? "" : fmt::format(" L{}", c.line));
  if (r.none) text += fmt::format(" if nothing matches from {}", r.none_from.value);
  return text;
}

Oracle::Oracle(const Clock& clock, std::uint64_t remembered)
    : clock_(clock), remembered_(remembered), model_(empty_model()) {}

std::unique_ptr<sim::ModelLog> Oracle::empty_model() const {
  return std::make_unique<sim::ModelLog>(clock_, sim::ModelLog::Options{.remembered_events = remembered_});
}

std::size_t Oracle::submitted(OwnedRequest request) {
  died_ = false;
  const auto ticket = tickets_++;
  waiting_.emplace(ticket, std::move(request));
  return ticket;
}

Oracle::Outcome Oracle::ask_model(std::size_t ticket, const OwnedRequest& request) {
  Outcome outcome;
  for (const auto& c : request.conditions)
    if (const auto by = broken_by_the_disk_.find(c.line); by != broken_by_the_disk_.end() && by->second < ticket)
      lines_[c.line].broken = true;
  const RequestView view(request, lines_);
  model_->append(view.get(), [&](Result<Appended> r) {
    if (!r) {
      outcome.error = r.error().code;
      return;
    }
    outcome.first = r->first;
    outcome.last = r->last;
    outcome.revisions.assign(r->revisions.begin(), r->revisions.end());
    outcome.repeated = r->repeated;
  });
  model_->sync();
  note_given(request, outcome);
  return outcome;
}

void Oracle::note_given(const OwnedRequest& request, const Outcome& outcome) {
  if (outcome.error || outcome.repeated) return;
  appended_.push_back(request);
  if (request.command_id) commands_.push_back(*request.command_id);
  for (const auto& e : request.events) id_given_.push_back(request.command_id || e.id);
}

void Oracle::go_back_to(Position end) {
  waiting_.clear();
  unknown_.clear();
  id_given_.clear();
  commands_.clear();
  lines_.clear();
  seen_.erase(seen_.lower_bound(end.value), seen_.end());
  chains_.erase(chains_.upper_bound(end.value), chains_.end());
  model_ = empty_model();
  for (const auto& request : std::exchange(appended_, {})) {
    if (model_->end() == end) break;
    ask_model(0, request);
  }
  if (model_->end() != end) broken(fmt::format("the model has no batch that ends at position {}", end.value));
}

void Oracle::break_lines(std::size_t ticket, const OwnedRequest& request) {
  for (const auto& c : request.conditions) {
    if (c.line == kNoLine) continue;
    const auto [at, is_first] = broken_by_the_disk_.try_emplace(c.line, ticket);
    if (!is_first) at->second = std::min(at->second, ticket);
  }
}

void Oracle::answered(std::size_t ticket, const Result<Appended>& answer, bool faulty) {
  if (died_) return;  // nobody is there to hear it
  const auto found = waiting_.find(ticket);
  if (found == waiting_.end()) broken(fmt::format("append {} was answered twice", ticket));
  const auto request = std::move(found->second);
  waiting_.erase(found);
  const auto about = [&] { return fmt::format("append {} ({})", ticket, told(request)); };
  if (!answer && (of_the_disk(answer.error().code) || answer.error().code == ErrorCode::OutcomeUnknown)) {
    if (!faulty) broken(about() + " failed on a disk without faults: " + answer.error().message);
    const auto code = answer.error().code;
    if (code != ErrorCode::OutcomeUnknown) break_lines(ticket, request);
    if (code == ErrorCode::OutcomeUnknown) unknown_.emplace(ticket, request);
    return;
  }
  if (!answer && answer.error().code == ErrorCode::Conflict && rests_on_unknown(request)) return;
  const auto expected = ask_model(ticket, request);
  if (!answer) {
    if (expected.error != answer.error().code)
      broken(fmt::format("{} was answered {} ({}); the model says {}", about(), name_of(answer.error().code),
                         answer.error().message,
                         expected.error ? std::string(name_of(*expected.error)) : "that it is appended"));
    return;
  }
  ++acknowledged_;
  if (expected.error)
    broken(fmt::format("{} was acknowledged at {}; the model says {}", about(), answer->first.value,
                       name_of(*expected.error)));
  if (expected.first != answer->first || expected.last != answer->last || expected.repeated != answer->repeated ||
      !std::ranges::equal(expected.revisions, answer->revisions))
    broken(fmt::format("{} was given positions {} to {}{}; the model says {} to {}{}", about(), answer->first.value,
                       answer->last.value, answer->repeated ? " (repeated)" : "", expected.first.value,
                       expected.last.value, expected.repeated ? " (repeated)" : ""));
}

void Oracle::seen(const EventView& event) {
  auto digest = digest_of(event);
  const auto [at, fresh] = seen_.try_emplace(event.position.value, digest);
  if (!fresh && at->second != digest)
    broken(fmt::format("position {} was\n  {}\nand is now\n  {}", event.position.value, at->second, digest));
}

void Oracle::seen_chain(Position position, Chain chain) {
  const auto [at, fresh] = chains_.try_emplace(position.value, chain);
  if (!fresh && at->second != chain) broken(fmt::format("the chain at position {} has changed", position.value));
}

void Oracle::compare_event(const EventView& event, const sim::StoredEvent& expected) const {
  auto like = event;
  if (!id_given_[event.position.value]) like.id = expected.id;
  like.recorded = expected.recorded;
  if (!expected.occurred_given) {
    if (event.occurred != event.recorded) broken("an event occurred at another time than it was recorded");
    like.occurred = expected.occurred;
  }
  if (digest_of(like) != digest_of(expected.view()))
    broken(fmt::format("position {} holds\n  {}\nthe model\n  {}", event.position.value, digest_of(like),
                       digest_of(expected.view())));
}

// Its line was broken by an append that may yet turn out to be there.
bool Oracle::rests_on_unknown(const OwnedRequest& request) const {
  return std::ranges::any_of(request.conditions, [&](const OwnedCondition& mine) {
    return mine.line != kNoLine && std::ranges::any_of(unknown_, [&](const auto& unknown) {
             return std::ranges::any_of(unknown.second.conditions,
                                        [&](const OwnedCondition& theirs) { return theirs.line == mine.line; });
           });
  });
}

bool Oracle::begins_at(const OwnedRequest& request, const EventLog& log, Position position) const {
  auto cursor = log.read({.from = position});
  const auto event = cursor ? (*cursor)->next() : nullptr;
  if (!event || !*event) return false;
  const auto& first = request.events.front();
  return (*event)->stream == first.stream && (*event)->type == first.type && (*event)->data == first.data;
}

void Oracle::recovered(const EventLog& log, bool reading_fails) {
  died_ = false;
  unknown_.merge(waiting_);
  waiting_.clear();
  std::vector<std::string> found;
  const auto end = log.end();
  const auto confirmed = std::max(model_->end(), seen_.empty() ? Position{} : Position{seen_.rbegin()->first + 1});
  if (end < confirmed)
    broken(fmt::format("the log ends at position {}; up to {} was acknowledged and up to {} was read", end.value,
                       model_->end().value, confirmed.value));
  // What nobody was told about, in the order it was submitted.
  for (const auto& [ticket, request] : unknown_) {
    if (model_->end() >= end) break;
    const auto before = model_->end();
    // That is its own affair, and what came after it may be there: see reads_may_have_failed().
    if (reads_failed_ && !begins_at(request, log, before)) {
      break_lines(ticket, request);
      continue;
    }
    const auto outcome = ask_model(ticket, request);
    if (!outcome.error && !outcome.repeated) ++adopted_;
    if (model_->end() > end)
      broken(fmt::format("the log ends at position {}, inside of {}, which begins at {}", end.value, told(request),
                         before.value));
  }
  unknown_.clear();
  reads_failed_ = false;
  if (model_->end() < end)
    broken(fmt::format("the log ends at position {}; what is after {} was never appended", end.value,
                       model_->end().value));
  const auto events = model_->events();
  auto cursor = log.read({});
  if (!cursor) broken("reading everything: " + cursor.error().message);
  Time recorded{Time::min()};
  for (Position at{0}; at < end; at = at.next()) {
    const auto next = (*cursor)->next();
    if (!next && reading_fails) return;
    if (!next) broken(fmt::format("reading position {}: {}", at.value, next.error().message));
    if (!*next) broken(fmt::format("reading ended at position {} of {}", at.value, end.value));
    const auto& event = **next;
    if (event.position != at)
      broken(fmt::format("position {} came where {} was expected", event.position.value, at.value));
    compare_event(event, events[at.value]);
    if (event.recorded < recorded) broken(fmt::format("position {} was recorded before the one ahead of it", at.value));
    recorded = event.recorded;
    seen(event);
  }
  const auto chain = log.chain_at(end);
  if (!chain && !reading_fails) broken("chain_at: " + chain.error().message);
  if (chain) seen_chain(end, *chain);
}

// The end at the time of an event is the first position that was recorded later.
void Oracle::check_end_at(const EventLog& log, Position of) const {
  const auto recorded_at = [&](Position position) {
    auto cursor = log.read({.from = position});
    if (!cursor) broken("read: " + cursor.error().message);
    const auto event = (*cursor)->next();
    if (!event || !*event) broken(fmt::format("position {} can not be read", position.value));
    return (*event)->recorded;
  };
  const auto time = recorded_at(of);
  const auto at = log.end_at(time);
  if (!at) broken("end_at: " + at.error().message);
  if (*at <= of || *at > log.end() || (*at < log.end() && recorded_at(*at) <= time) ||
      recorded_at({at->value - 1}) > time)
    broken(fmt::format("end_at the time of position {} is {}", of.value, at->value));
}

void Oracle::compare(const EventLog& log, sim::Random& random) const {
  if (log.end() != model_->end())
    broken(fmt::format("the log ends at {}, the model at {}", log.end().value, model_->end().value));
  const auto events = model_->events();
  const auto check = [&](auto& mine, auto& models, std::string_view what) {
    if (!mine || !models) broken(fmt::format("{}: {}", what, mine ? models.error().message : mine.error().message));
    for (;;) {
      const auto real = (*mine)->next();
      const auto model = (*models)->next();
      if (!real || !model) broken(fmt::format("{}: {}", what, real ? model.error().message : real.error().message));
      if ((*real == nullptr) != (*model == nullptr))
        broken(fmt::format("{}: the {} has more", what, *real ? "log" : "model"));
      if (!*real) return;
      if ((*real)->position != (*model)->position)
        broken(fmt::format("{}: the log gives position {}, the model {}", what, (*real)->position.value,
                           (*model)->position.value));
      compare_event(**real, events[(*real)->position.value]);
    }
  };
  const auto end = model_->end().value;
  const std::string stream =
      end > 0 && !random.one_in(5) ? events[random.below(end)].stream : "Account-" + std::to_string(random.below(50));
  const auto real_head = log.head(stream);
  const auto model_head = model_->head(stream);
  if (!real_head) broken("head: " + real_head.error().message);
  if (real_head->has_value() != model_head->has_value() ||
      (*real_head &&
       ((*real_head)->revision != (*model_head)->revision || (*real_head)->position != (*model_head)->position)))
    broken("the heads of stream " + stream + " differ");
  ReadStream of_stream;
  of_stream.direction = random.one_in(2) ? Direction::Forwards : Direction::Backwards;
  of_stream.from = {random.below(8)};
  of_stream.from_end = of_stream.direction == Direction::Backwards && random.one_in(2);
  if (random.one_in(3)) of_stream.until = {random.below(end + 3)};
  auto a = log.read_stream(stream, of_stream);
  auto b = model_->read_stream(stream, of_stream);
  check(a, b,
        fmt::format("stream {} from {}{} until {}", stream, of_stream.from.value,
                    of_stream.direction == Direction::Forwards ? "" : " backwards", of_stream.until.value));
  ReadLog of_log;
  of_log.direction = random.one_in(2) ? Direction::Forwards : Direction::Backwards;
  of_log.from = {random.below(end + 3)};
  of_log.from_end = of_log.direction == Direction::Backwards && random.one_in(2);
  if (random.one_in(3)) of_log.until = {random.below(end + 3)};
  if (random.one_in(2)) of_log.filter = {{{.categories = {"Order", "Seat"}, .types = {"T1"}}, {.tags = {"k:1"}}}};
  auto c = log.read(of_log);
  auto d = model_->read(of_log);
  check(c, d, "the log");
  if (!commands_.empty()) {
    const auto& command = commands_[random.below(commands_.size())];
    const auto real = log.find_command(command);
    const auto model = model_->find_command(command);
    if (!real || !model) broken("find_command: " + (real ? model.error().message : real.error().message));
    if (real->has_value() != model->has_value() ||
        (*real && ((*real)->first != (*model)->first || (*real)->last != (*model)->last ||
                   (*real)->last_revision != (*model)->last_revision)))
      broken("the log and the model find another batch of command " + to_string(command));
  }
  if (end > 0) check_end_at(log, Position{random.below(end)});
}

}  // namespace daybook::simulation
