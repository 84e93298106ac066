// The half of ModelLog that reads.
#include <algorithm>

#include "base/checksum.hpp"
#include "sim/model_log.hpp"

namespace daybook::sim {

namespace {
std::unexpected<Error> cut_error(Position begin) {
  return fail(ErrorCode::HistoryCut, "history before position " + std::to_string(begin.value) + " is no longer here",
              begin);
}
}  // namespace

class ModelLog::StreamCursor final : public Cursor {
 public:
  StreamCursor(const ModelLog& log, std::string stream, Revision next, Direction direction, Position until, bool done)
      : log_(log), stream_(std::move(stream)), next_(next), direction_(direction), until_(until), done_(done) {}

  Result<const EventView*> next() override {
    if (done_) return nullptr;
    std::lock_guard lock(log_.mutex_);
    const auto* found = log_.by_revision(stream_, next_);
    if (!found || found->position >= until_) return nullptr;
    if (found->position < log_.begin_) return cut_error(log_.begin_);
    view_ = found->view();
    if (direction_ == Direction::Forwards)
      next_ = next_.next();
    else if (next_.value == 0)
      done_ = true;
    else
      next_ = Revision{next_.value - 1};
    return &view_;
  }

 private:
  const ModelLog& log_;
  std::string stream_;
  Revision next_;
  Direction direction_;
  Position until_;
  bool done_;
  EventView view_{};
};

class ModelLog::LogCursor final : public Cursor {
 public:
  LogCursor(const ModelLog& log, Position next, ReadLog how, bool done)
      : log_(log), next_(next), how_(std::move(how)), done_(done) {}

  Result<const EventView*> next() override {
    std::lock_guard lock(log_.mutex_);
    while (!done_) {
      if (next_.value >= log_.events_.size() || next_ >= how_.until) return nullptr;
      if (next_ < log_.begin_) return cut_error(log_.begin_);
      view_ = log_.events_[next_.value].view();
      if (how_.direction == Direction::Forwards)
        next_ = next_.next();
      else if (next_.value == 0)
        done_ = true;
      else
        next_ = Position{next_.value - 1};
      if (how_.filter.matches(view_)) return &view_;
    }
    return nullptr;
  }

 private:
  const ModelLog& log_;
  Position next_;
  ReadLog how_;
  bool done_;
  EventView view_{};
};

Result<std::unique_ptr<Cursor>> ModelLog::read_stream(std::string_view stream, const ReadStream& how) const {
  std::lock_guard lock(mutex_);
  auto next = how.from;
  bool done = false;
  if (how.direction == Direction::Backwards) {
    const StoredEvent* start = nullptr;  // the newest event of the stream before `until` and not after `from`
    for (const auto& e : events_)
      if (e.stream == stream && e.position < how.until && (how.from_end || e.revision <= how.from)) start = &e;
    done = !start;
    if (start) next = start->revision;
  }
  if (const auto* first = done ? nullptr : by_revision(stream, next); first && first->position < begin_)
    return cut_error(begin_);
  return std::make_unique<StreamCursor>(*this, std::string(stream), next, how.direction, how.until, done);
}

Result<std::unique_ptr<Cursor>> ModelLog::read(const ReadLog& how) const {
  std::lock_guard lock(mutex_);
  auto next = how.from;
  bool done = false;
  if (how.direction == Direction::Backwards) {
    const auto end = std::min<std::uint64_t>(events_.size(), how.until.value);
    const auto from = how.from_end ? end : std::min<std::uint64_t>(end, how.from.next().value);
    done = from == 0;
    if (!done) next = Position{from - 1};
  } else if (next < begin_) {
    return cut_error(begin_);
  }
  return std::make_unique<LogCursor>(*this, next, how, done);
}

Position ModelLog::end() const {
  std::lock_guard lock(mutex_);
  return Position{events_.size()};
}

Position ModelLog::begin() const {
  std::lock_guard lock(mutex_);
  return begin_;
}

Result<std::optional<StreamHead>> ModelLog::head(std::string_view stream) const {
  std::lock_guard lock(mutex_);
  const auto* newest = newest_of(stream);
  if (!newest) return std::nullopt;
  return StreamHead{newest->revision, newest->position};
}

Result<Position> ModelLog::end_at(Time recorded) const {
  std::lock_guard lock(mutex_);
  for (const auto& e : events_)
    if (e.recorded > recorded) {
      if (e.position < begin_) return cut_error(begin_);
      return e.position;
    }
  return Position{events_.size()};
}

Result<Chain> ModelLog::chain_at(Position position) const {
  std::lock_guard lock(mutex_);
  if (position.value > events_.size())
    return fail(ErrorCode::InvalidArgument, "position " + std::to_string(position.value) + " lies after the end, " +
                                                std::to_string(events_.size()));
  if (position < begin_) return cut_error(begin_);
  std::uint64_t chain = base::checksum(to_string(options_.id.uuid));
  for (std::size_t i = 0; i < position.value; ++i) chain = base::chained(chain, events_[i].digest());
  return Chain{chain};
}

Result<std::optional<EventLog::Known>> ModelLog::find_command(const Uuid& command_id) const {
  std::lock_guard lock(mutex_);
  const auto remembered_from =
      events_.size() > options_.remembered_events ? events_.size() - options_.remembered_events : 0;
  const auto first_id = event_id_of(command_id, 0);
  for (auto at = remembered_from; at < events_.size(); ++at) {
    const auto& e = events_[at];
    if (!e.by_command || e.id != first_id) continue;
    const auto placed = batch_of(e);
    return Known{placed.first, placed.last, placed.revisions.back()};
  }
  return std::nullopt;
}

bool ModelLog::wait_past(Position position, std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return closed_ || events_.size() > position.value; }) &&
         events_.size() > position.value;
}

}  // namespace daybook::sim
