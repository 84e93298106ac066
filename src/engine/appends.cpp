// The part of Commands that appends without deciding.
#include <map>

#include "base/utf8.hpp"
#include "daybook/provenance.hpp"
#include "engine/commands.hpp"

namespace daybook::engine {

// What an append needs until it is answered, so that it can be sent again.
struct Commands::Sending {
  erased::PlainAppend what;
  std::vector<std::string> metadata;
  std::map<std::string_view, Expect> expected;  // of the streams in `what`
  SchemaLines schema_lines;
  std::size_t bytes = 0;
  std::uint64_t wave = 0;
  Executor* where = nullptr;
  Waiter* waiter = nullptr;  // of who waits for it, instead of a completion
  erased::Answered answered;
};

void Commands::append(erased::PlainAppend what, Executor* completions, erased::Answered answered) {
  auto sending = std::make_shared<Sending>();
  sending->what = std::move(what);
  sending->where = completions;
  if (auto good = make_ready(*sending); good) {
    sending->answered = std::move(answered);
    send_plain(sending);
    deliveries_.run();
  } else {
    refuse(completions, std::move(answered), std::move(good).error());
  }
}

Outcome Commands::append(erased::PlainAppend what) {
  auto sending = std::make_shared<Sending>();
  sending->what = std::move(what);
  if (auto good = make_ready(*sending); !good) return good.error();
  Waiter waiter;
  sending->waiter = &waiter;
  send_plain(sending);
  deliveries_.run();
  std::unique_lock lock(waiter.mutex);
  waiter.changed.wait(lock, [&] { return waiter.answer.has_value(); });
  return std::move(*waiter.answer);
}

// Checks it, and counts it as in flight.
Status Commands::make_ready(Sending& sending) {
  const auto& what = sending.what;
  if (what.broken) return std::unexpected(*what.broken);
  for (std::size_t i = 0; i < what.events.size(); ++i) {
    const auto& o = what.options[i];
    const auto& stream = what.streams[what.events[i].state];
    if (what.batch_id && o.id)
      return fail(ErrorCode::InvalidArgument, "event " + std::to_string(i) + " of the batch has an id of its own, " +
                                                  to_string(*o.id) +
                                                  ", but those of a batch with an id derive from it");
    if (o.expected.kind != Expect::Kind::Any)
      if (const auto [said, first] = sending.expected.try_emplace(stream, o.expected);
          !first && said->second != o.expected)
        return fail(ErrorCode::InvalidArgument, "two events of the batch expect different things of stream " +
                                                    base::quoted(stream) + ", which can only be at one of them");
    auto metadata = metadata_of({o.actor, o.correlation_id, o.causation_id, what.batch_id});
    if (!metadata) return std::unexpected(std::move(metadata).error());
    sending.metadata.push_back(std::move(*metadata));
  }
  auto wave = admit({});
  if (!wave) return std::unexpected(std::move(wave).error());
  sending.wave = *wave;
  return {};
}

void Commands::send_plain(const std::shared_ptr<Sending>& sending) {
  const auto& what = sending->what;
  auto schema_lines = ground_->schemas->announce(what.events);
  if (!schema_lines) return plain_done(sending, schema_lines.error());
  sending->schema_lines = std::move(*schema_lines);

  std::vector<std::vector<std::string_view>> tags(what.events.size());
  std::vector<NewEvent> events;
  for (std::size_t i = 0; i < what.events.size(); ++i) {
    const auto& e = what.events[i];
    const auto& options = what.options[i];
    tags[i].assign(what.events.tags(i).begin(), what.events.tags(i).end());
    events.push_back({.stream = what.streams[e.state],
                      .type = e.type->name,
                      .data = what.events.data(i),
                      .metadata = sending->metadata[i],
                      .id = options.id,
                      .occurred = options.occurred,
                      .tags = tags[i],
                      .content_type = e.content_type,
                      .schema_version = e.type->version,
                      .schema = e.type->schema_fingerprint()});
  }
  std::vector<StreamCondition> conditions;
  conditions.reserve(sending->expected.size() + sending->schema_lines.size());
  for (const auto& [stream, expect] : sending->expected) conditions.push_back({stream, expect});
  for (const auto& line : sending->schema_lines) conditions.push_back({kSchemaStream, Expect::any(), line.get()});
  {
    std::lock_guard lock(mutex_);
    bytes_in_log_ += sending->bytes = size_in_log(what.events);
  }
  ground_->log->append({.events = events, .conditions = conditions, .command_id = what.batch_id},
                       [self = shared_from_this(), sending](Result<Appended> result) {
                         const Within within(Within::What::Engine, self->ground_.get());
                         {
                           std::lock_guard lock(self->mutex_);
                           self->left_log(sending->bytes);
                         }
                         self->plain_came_back(sending, result);
                         if (result) self->log_moved_();
                         self->deliveries_.run();
                       });
}

void Commands::plain_came_back(const std::shared_ptr<Sending>& sending, const Result<Appended>& result) {
  if (result)
    return plain_done(
        sending,
        Outcome(Receipt{.position = result->last, .revision = result->revisions.back(), .repeated = result->repeated},
                result->last.next()));
  if (result.error().code == ErrorCode::Conflict)
    for (const auto& line : sending->schema_lines) {
      if (auto error = line->error()) return plain_done(sending, *error);
      // Another append that needed the same schema failed, for reasons of its own.
      if (line->broken)
        return post([self = shared_from_this(), sending] {
          self->send_plain(sending);
          self->deliveries_.run();
        });
    }
  plain_done(sending, result.error());
}

void Commands::plain_done(const std::shared_ptr<Sending>& sending, Outcome outcome) {
  if (auto* waiter = sending->waiter) {
    {
      std::lock_guard lock(mutex_);
      told_one(sending->wave);
    }
    std::lock_guard waiting(waiter->mutex);
    waiter->answer = std::move(outcome);
    waiter->changed.notify_one();
  } else {
    deliveries_.add(sending->where, [self = shared_from_this(), wave = sending->wave,
                                     answered = std::move(sending->answered), outcome = std::move(outcome)]() mutable {
      answered(std::move(outcome));
      answered = nullptr;  // nothing of it is left when it counts as told
      std::lock_guard lock(self->mutex_);
      self->told_one(wave);
    });
  }
}

}  // namespace daybook::engine
