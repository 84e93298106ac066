#include "sim/model_log.hpp"

#include <algorithm>
#include <set>

#include "base/checksum.hpp"
#include "base/utf8.hpp"

namespace daybook::sim {

EventView StoredEvent::view() const {
  return {position,
          revision,
          recorded,
          occurred,
          id,
          schema,
          schema_version,
          content_type,
          stream,
          type,
          data,
          metadata,
          TagsView(tags, tag_count)};
}

std::uint64_t StoredEvent::digest() const {
  return base::checksum(to_string(id) + to_string(recorded) + to_string(occurred) + stream + '\0' + type + '\0' + data +
                        '\0' + metadata + '\0' + tags);
}

namespace {

bool same_bytes(const StoredEvent& stored, const StoredEvent& given) {
  return stored.stream == given.stream && stored.type == given.type && stored.data == given.data &&
         stored.metadata == given.metadata && stored.tags == given.tags && stored.schema == given.schema &&
         stored.schema_version == given.schema_version && stored.content_type == given.content_type &&
         (!given.occurred_given || stored.occurred == given.occurred);
}

Status invalid(std::string message) { return fail(ErrorCode::InvalidArgument, std::move(message)); }

Status check_length(std::string_view what, std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return invalid(std::string(what) + " has " + std::to_string(size) + " bytes; at most " + std::to_string(limit) +
                 " are allowed");
}

Status check_name(std::string_view what, std::string_view name, std::size_t limit) {
  if (name.empty()) return invalid(std::string(what) + " is empty");
  if (auto fits = check_length(what, name.size(), limit); !fits) return fits;
  if (!base::is_printable_utf8(name))
    return invalid(std::string(what) + " " + base::quoted(name) + " is not UTF-8 without control characters");
  return {};
}

}  // namespace

ModelLog::ModelLog(const Clock& clock, Options options) : clock_(clock), options_(options), ids_(options.seed) {}

ModelLog::~ModelLog() { close(); }

// ---- appending ---------------------------------------------------------------------------------------------------

Status ModelLog::check(const AppendRequest& request) const {
  const auto& limits = options_.limits;
  if (request.events.empty()) return invalid("a batch without events");
  if (request.events.size() > limits.batch_events)
    return invalid("a batch of " + std::to_string(request.events.size()) + " events; at most " +
                   std::to_string(limits.batch_events) + " are allowed");
  std::set<Uuid> ids;
  for (const auto& e : request.events) {
    if (auto ok = check_name("stream name", e.stream, limits.stream_name_bytes); !ok) return ok;
    if (auto ok = check_name("event type", e.type, limits.type_bytes); !ok) return ok;
    if (auto ok = check_length("payload", e.data.size(), limits.payload_bytes); !ok) return ok;
    if (auto ok = check_length("metadata", e.metadata.size(), limits.metadata_bytes); !ok) return ok;
    if (e.tags.size() > limits.tags)
      return invalid(std::to_string(e.tags.size()) + " tags; at most " + std::to_string(limits.tags) + " are allowed");
    for (auto tag : e.tags)
      if (auto ok = check_name("tag", tag, limits.tag_bytes); !ok) return ok;
    if (e.id && request.command_id) return invalid("an event of a command with an id has an id of its own");
    if (e.id && !ids.insert(*e.id).second) return invalid("event id " + to_string(*e.id) + " stands twice in a batch");
  }
  if (request.conditions.size() > limits.conditions)
    return invalid(std::to_string(request.conditions.size()) + " conditions; at most " +
                   std::to_string(limits.conditions) + " are allowed");
  std::size_t bytes = 0, terms = 0;
  for (const auto& c : request.conditions) {
    if (auto ok = check_name("stream name", c.stream, limits.stream_name_bytes); !ok) return ok;
    bytes += 64 + c.stream.size();
  }
  if (const auto* query = request.none_matching.query) {
    if (query->any_of.size() > limits.query_alternatives)
      return invalid(std::to_string(query->any_of.size()) + " alternatives; at most " +
                     std::to_string(limits.query_alternatives) + " are allowed");
    for (const auto& alternative : query->any_of) {
      bytes += 128;
      for (const auto* names : {&alternative.categories, &alternative.types, &alternative.tags})
        for (const auto& name : *names) ++terms, bytes += 64 + name.size();
    }
  }
  if (terms > limits.query_terms)
    return invalid(std::to_string(terms) + " terms; at most " + std::to_string(limits.query_terms) + " are allowed");
  return check_length("conditions", bytes, limits.condition_bytes);
}

ModelLog::Queued ModelLog::copied(const AppendRequest& request) const {
  Queued q;
  for (std::uint32_t i = 0; i < request.events.size(); ++i) {
    const auto& e = request.events[i];
    StoredEvent s;
    s.occurred_given = e.occurred.has_value();
    s.occurred = e.occurred.value_or(Time{});
    if (request.command_id) {
      s.id = event_id_of(*request.command_id, i);
      s.by_command = true;
    } else if (e.id) {
      s.id = *e.id;
    }
    q.has_id.push_back(request.command_id || e.id);
    s.schema = e.schema;
    s.schema_version = e.schema_version;
    s.content_type = e.content_type;
    s.stream = e.stream;
    s.type = e.type;
    s.data = e.data;
    s.metadata = e.metadata;
    for (auto tag : e.tags) {
      s.tags += static_cast<char>(tag.size() & 0xff);
      s.tags += static_cast<char>(tag.size() >> 8);
      s.tags += tag;
    }
    s.tag_count = static_cast<std::uint16_t>(e.tags.size());
    q.bytes += 64 + s.stream.size() + s.type.size() + s.data.size() + s.metadata.size() + s.tags.size();
    q.events.push_back(std::move(s));
  }
  for (const auto& c : request.conditions) q.conditions.push_back({std::string(c.stream), c.expect, c.line});
  if (request.none_matching.query) q.none_matching = *request.none_matching.query;
  q.none_from = request.none_matching.from;
  q.command_id = request.command_id;
  return q;
}

void ModelLog::append(const AppendRequest& request, Appending done) {
  auto refuse = [&](Appending& asker, ErrorCode code, std::string why) {
    for (const auto& c : request.conditions)
      if (c.line) c.line->broken = true;
    asker(fail(code, std::move(why)));
  };
  if (auto ok = check(request); !ok) return refuse(done, ok.error().code, ok.error().message);
  auto queued = copied(request);
  queued.done = std::move(done);
  std::unique_lock lock(mutex_);
  auto refuse_unlocked = [&](ErrorCode code, std::string why) {
    lock.unlock();
    refuse(queued.done, code, std::move(why));
  };
  if (queued.bytes > options_.limits.batch_bytes)
    return refuse_unlocked(ErrorCode::InvalidArgument,
                           "a batch of " + std::to_string(queued.bytes) + " bytes; at most " +
                               std::to_string(options_.limits.batch_bytes) + " are allowed");
  if (queued.bytes > options_.limits.queue_bytes)
    return refuse_unlocked(ErrorCode::InvalidArgument, "an append of " + std::to_string(queued.bytes) +
                                                           " bytes; the queue takes " +
                                                           std::to_string(options_.limits.queue_bytes));
  if (closed_) return refuse_unlocked(ErrorCode::Closed, "the log is closed");
  if (poisoned_) return refuse_unlocked(ErrorCode::ReadOnly, "a sync failed: the log is read-only");
  if (queue_bytes_ + queued.bytes > options_.limits.queue_bytes)
    return refuse_unlocked(ErrorCode::Overload, "the queue is full");
  queue_bytes_ += queued.bytes;
  queue_.push_back(std::move(queued));
  changed_.notify_all();
}

const StoredEvent* ModelLog::newest_of(std::string_view stream) const {
  const auto newest = newest_.find(stream);
  return newest == newest_.end() ? nullptr : newest->second;
}

const StoredEvent* ModelLog::by_revision(std::string_view stream, Revision revision) const {
  for (const auto& e : events_)
    if (e.stream == stream && e.revision == revision) return &e;
  return nullptr;
}

ModelLog::Placed ModelLog::batch_of(const StoredEvent& event) const {
  Placed placed{.first{UINT64_MAX}, .last{}, .revisions{}, .repeated = true};
  for (const auto& e : events_)
    if (e.batch == event.batch) {
      placed.first = std::min(placed.first, e.position);
      placed.last = e.position;
      placed.revisions.push_back(e.revision);
    }
  return placed;
}

// Was this batch appended before? A known id is looked for among the remembered events and, where an exact revision
// says where the event would stand, there at any age.
Result<std::optional<ModelLog::Placed>> ModelLog::find_repeat(const Queued& q) const {
  const auto remembered_from =
      events_.size() > options_.remembered_events ? events_.size() - options_.remembered_events : 0;
  std::map<std::string, std::uint64_t, std::less<>> would_be;  // next revision of streams with an exact expectation
  for (const auto& c : q.conditions) {
    if (c.expect.kind == Expect::Kind::Exactly) would_be[c.stream] = c.expect.revision.value + 1;
    if (c.expect.kind == Expect::Kind::None) would_be[c.stream] = 0;
  }
  std::vector<const StoredEvent*> known;
  for (std::size_t i = 0; i < q.events.size(); ++i) {
    const StoredEvent* found = nullptr;
    if (q.has_id[i])
      for (auto at = remembered_from; at < events_.size(); ++at)
        if (events_[at].id == q.events[i].id) found = &events_[at];
    if (auto exact = would_be.find(q.events[i].stream); exact != would_be.end()) {
      const auto* there = by_revision(q.events[i].stream, Revision{exact->second++});
      if (there && q.has_id[i] && there->id == q.events[i].id) found = there;
    }
    known.push_back(found);
  }
  if (q.command_id) {
    for (const auto* k : known)
      if (k && k->by_command) return batch_of(*k);
    return std::nullopt;
  }
  if (std::ranges::all_of(known, [](auto* k) { return !k; })) return std::nullopt;
  Placed placed{.first{}, .last{}, .revisions{}, .repeated = true};
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i])
      return fail(ErrorCode::IdConflict, "only a part of this batch was appended before: event " + std::to_string(i) +
                                             " of " + std::to_string(known.size()) + " is new");
    if (!same_bytes(*known[i], q.events[i]))
      return fail(ErrorCode::IdConflict,
                  "event id " + to_string(q.events[i].id) + " was appended before with other content",
                  known[i]->position);
    if (i > 0 && known[i]->position != known[i - 1]->position.next())
      return fail(ErrorCode::IdConflict, "these events were appended before, but not as one batch", known[i]->position);
    placed.revisions.push_back(known[i]->revision);
  }
  if (known.front()->batch != known.back()->batch)
    return fail(ErrorCode::IdConflict, "these events were appended before, but not as one batch",
                known.front()->position);
  placed.first = known.front()->position;
  placed.last = known.back()->position;
  return placed;
}

Status ModelLog::check_conditions(const Queued& q) const {
  for (const auto& c : q.conditions) {
    if (c.line && c.line->broken) return fail(ErrorCode::Conflict, "an append that this one rests on came to nothing");
    const auto* newest = newest_of(c.stream);
    const bool holds = c.expect.kind == Expect::Kind::Any || (c.expect.kind == Expect::Kind::None && !newest) ||
                       (c.expect.kind == Expect::Kind::Exists && newest) ||
                       (c.expect.kind == Expect::Kind::Exactly && newest && newest->revision == c.expect.revision);
    if (!holds)
      return fail(ErrorCode::Conflict, "stream " + base::quoted(c.stream) +
                                           " is not at the expected revision: it is at " +
                                           (newest ? std::to_string(newest->revision.value) : "none"));
  }
  if (q.none_matching)
    for (const auto& e : events_)
      if (e.position >= q.none_from && q.none_matching->matches(e.view()))
        return fail(ErrorCode::Conflict, "an event that matches has come since", e.position);
  return {};
}

Result<ModelLog::Placed> ModelLog::place(Queued& q) {
  auto repeat = find_repeat(q);
  if (!repeat) return std::unexpected(repeat.error());
  if (*repeat) return **repeat;
  if (auto ok = check_conditions(q); !ok) return std::unexpected(ok.error());
  if (disk_full_ > 0) {
    --disk_full_;
    return fail(ErrorCode::DiskFull, "no space left on device");
  }
  Placed placed{.first = Position{events_.size()}, .last{}, .revisions{}};
  for (auto& e : q.events) {
    e.position = Position{events_.size()};
    const auto* newest = newest_of(e.stream);
    e.revision = newest ? newest->revision.next() : Revision{0};
    e.recorded = clock_.now();
    if (!events_.empty()) e.recorded = std::max(e.recorded, events_.back().recorded);
    if (!e.occurred_given) e.occurred = e.recorded;
    if (e.id.is_nil()) e.id = ids_.next(e.recorded);
    e.batch = next_batch_;
    placed.last = e.position;
    placed.revisions.push_back(e.revision);
    events_.push_back(std::move(e));
    newest_[events_.back().stream] = &events_.back();
  }
  ++next_batch_;
  return placed;
}

void ModelLog::finish(Queued& q, Result<Placed> outcome) {
  if (!outcome) return q.done(std::unexpected(outcome.error()));
  q.done(Appended{outcome->first, outcome->last, outcome->revisions, outcome->repeated});
}

// ---- what a test does to it --------------------------------------------------------------------------------------

std::size_t ModelLog::sync(std::size_t most) {
  std::size_t n = 0;
  for (; n < most; ++n) {
    std::unique_lock lock(mutex_);
    if (queue_.empty()) break;
    auto queued = std::move(queue_.front());
    queue_.pop_front();
    queue_bytes_ -= queued.bytes;
    auto placed = place(queued);
    if (!placed || placed->repeated)
      for (auto& c : queued.conditions)
        if (c.line) c.line->broken = true;
    changed_.notify_all();
    lock.unlock();
    finish(queued, std::move(placed));
  }
  return n;
}

void ModelLog::fail_sync() {
  std::deque<Queued> lost;
  {
    std::lock_guard lock(mutex_);
    poisoned_ = true;
    lost.swap(queue_);
    queue_bytes_ = 0;
  }
  for (auto& q : lost) {
    for (auto& c : q.conditions)
      if (c.line) c.line->broken = true;
    finish(q, fail(ErrorCode::OutcomeUnknown, "the sync failed while this append was in flight"));
  }
}

void ModelLog::fill_disk(std::size_t times) {
  std::lock_guard lock(mutex_);
  disk_full_ = times;
}

std::size_t ModelLog::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void ModelLog::cut_before(Position first) {
  std::lock_guard lock(mutex_);
  begin_ = std::max(begin_, std::min(first, Position{events_.size()}));
}

void ModelLog::close() {
  std::deque<Queued> refused;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    refused.swap(queue_);
    queue_bytes_ = 0;
    changed_.notify_all();
  }
  for (auto& q : refused) finish(q, fail(ErrorCode::Closed, "the log was closed"));
}

std::vector<StoredEvent> ModelLog::events() const {
  std::lock_guard lock(mutex_);
  return {events_.begin(), events_.end()};
}

bool ModelLog::wait_for_work() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
  return !closed_;
}

// ---- SyncThread --------------------------------------------------------------------------------------------------

SyncThread::SyncThread(ModelLog& log)
    : log_(log), thread_([this] {
        while (log_.wait_for_work()) log_.sync();
      }) {}

SyncThread::~SyncThread() {
  log_.close();
  thread_.join();
}

}  // namespace daybook::sim
