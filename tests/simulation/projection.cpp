#include "simulation/projection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.hpp"

namespace daybook::simulation {
namespace {

std::uint64_t content_of(const EventView& e) {
  return base::checksum(fmt::format("{}@{} {} {} ", e.stream, e.revision.value, e.type, e.position.value) +
                        std::string(e.data));
}

std::string told(const std::optional<Checkpoint>& c) {
  return c ? fmt::format("one at position {} with {} parked", c->mark.position.value, c->parked.size()) : "none";
}

constexpr std::size_t kMostParked = 12;

}  // namespace

Projection::Projection(std::string name, Query filter, Start start, Oracle& oracle, std::uint64_t seed)
    : name_(std::move(name)), filter_(std::move(filter)), start_(start), oracle_(oracle), random_(seed) {}

void Projection::broken_by(const std::string& what) const { broken("consumer " + name_ + " " + what); }

bool Projection::is_handled(Position position) const {
  return position.value < done_.size() && done_[position.value] != 0;
}

// ---- the life of the consumer ------------------------------------------------------------------------------------

void Projection::subscribed(const SubscriptionStatus& status) {
  if (foreign_)
    broken_by(fmt::format("took up its checkpoint at position {}, which is of another history", status.next.value));
  if (std::ranges::none_of(may_be_there_, [&](const auto& c) {
        return c && c->mark.position == status.next && c->parked == status.parked;
      }))
    broken_by(fmt::format("begins at position {} with {} parked; its checkpoint is {}", status.next.value,
                          status.parked.size(), told(may_be_there_.back())));
  running_ = true;
  replay_asked_ = false;
  again_.reset();
  next_ = status.next;
  parked_ = status.parked;
  if (!begun_) from_ = next_;
  begun_ = true;
}

void Projection::refused_as_foreign() {
  ++counts_.refused;
  if (!foreign_) broken_by("is told that its checkpoint is of another history, and it is not");
}

void Projection::fold(const EventView& event) {
  const auto content = content_of(event);
  const auto [at, is_new] = applied_.try_emplace(event.position.value, content);
  if (!is_new && at->second != content)
    broken_by(fmt::format("was given another event at position {}", event.position.value));
}

Handled Projection::handle(const Envelope& event) {
  const auto at = event.position;
  oracle_.seen(event);
  ++counts_.handled;
  if (!filter_.matches(event)) broken_by(fmt::format("was given position {}, which it did not ask for", at.value));
  const bool set_aside = at < next_;
  if (set_aside && (!replay_asked_ || std::ranges::find(parked_, at) == parked_.end()))
    broken_by(fmt::format("was given position {} after everything before {}", at.value, next_.value));
  if (!set_aside && again_ && *again_ != at)
    broken_by(fmt::format("was given position {} while {} was to come again", at.value, again_->value));
  if (!set_aside) {
    again_.reset();
    if (is_handled(at)) ++counts_.redelivered;
  }
  const auto said = random_.below(24);
  if (said == 0) {
    if (!set_aside) again_ = at;
    return retry_after(std::chrono::milliseconds(1 + random_.below(500)));
  }
  const bool parks = said < 3 && parked_.size() < kMostParked;
  if (!parks) {
    fold(event);
    if (set_aside) std::erase(parked_, at);
  } else if (!set_aside) {
    parked_.push_back(at);
  }
  if (!set_aside) {
    if (done_.size() <= at.value) done_.resize(at.value + 1);
    done_[at.value] = 1;
    next_ = at.next();
  }
  return parks ? park : done;
}

void Projection::check(const SubscriptionStatus& status, Position end) {
  if (status.next < next_ || status.next > end)
    broken_by(fmt::format("says that it is at position {}; it is at {}, and the log ends at {}", status.next.value,
                          next_.value, end.value));
  if (status.parked != parked_)
    broken_by(fmt::format("says that {} events are parked; {} are", status.parked.size(), parked_.size()));
  const auto& sure = may_be_there_.front();
  if (!sure || status.checkpoint > sure->mark.position)
    broken_by(fmt::format("says that its checkpoint is durable at position {}; what is durable for sure is {}",
                          status.checkpoint.value, told(sure)));
}

// ---- its checkpoint ----------------------------------------------------------------------------------------------

void Projection::saving(const Checkpoint& checkpoint, const EventLog& log) {
  const auto at = checkpoint.mark.position;
  if (at > log.end())
    broken_by(fmt::format("saves a checkpoint at position {}; the log ends at {}", at.value, log.end().value));
  if (const auto chain = log.chain_at(at); chain && *chain != checkpoint.mark.chain)
    broken_by(fmt::format("saves a checkpoint at position {} with another chain than the log's", at.value));
  if (running_) {
    if (checkpoint.parked != parked_)
      broken_by(fmt::format("saves a checkpoint at position {} with {} events parked; {} are", at.value,
                            checkpoint.parked.size(), parked_.size()));
    auto rest = log.read({.from = next_, .until = at, .filter = filter_});
    const auto missed = rest ? (*rest)->next() : nullptr;
    if (missed && *missed)
      broken_by(fmt::format("saves a checkpoint at position {}, and was not given position {} yet", at.value,
                            (*missed)->position.value));
  }
  may_be_there_.push_back(checkpoint);
}

void Projection::saved(const Checkpoint& checkpoint) {
  ++counts_.saved;
  common_.reset();
  removing_ = false;
  may_be_there_.assign(1, checkpoint);
}

void Projection::loaded(const std::optional<Checkpoint>& checkpoint) {
  if (std::ranges::find(may_be_there_, checkpoint) == may_be_there_.end())
    broken_by(fmt::format("has as its checkpoint {}; what was saved last is {}", told(checkpoint),
                          told(may_be_there_.back())));
  foreign_ = checkpoint && common_ && checkpoint->mark.position > *common_;
  if (checkpoint) return;
  // Not there now is not there later, since its name was given last of all; but what was removed, and may not be on the
  // disk, can come back.
  if (!removing_) may_be_there_.assign(1, std::nullopt);
  begun_ = false;
  done_.clear();
}

void Projection::removing() {
  removing_ = true;
  may_be_there_.push_back(std::nullopt);
}

void Projection::removed() {
  removing_ = false;
  may_be_there_.assign(1, std::nullopt);
  begun_ = false;
  done_.clear();
  common_.reset();
  foreign_ = false;
}

// ---- the log -----------------------------------------------------------------------------------------------------

void Projection::history_changed(Position common) {
  common_ = common_ ? std::min(*common_, common) : common;
  if (done_.size() > common.value) done_.resize(common.value);
  applied_.erase(applied_.lower_bound(common.value), applied_.end());
}

void Projection::compare() {
  if (!running_) return;
  const auto& model = oracle_.model();
  auto cursor = model.read({.from = from_, .until = next_, .filter = filter_});
  if (!cursor) broken("read: " + cursor.error().message);
  for (;;) {
    const auto next = (*cursor)->next();
    if (!next) broken("read: " + next.error().message);
    if (!*next) return;
    const auto& event = **next;
    if (!is_handled(event.position))
      broken_by(fmt::format("is at position {}, and was never given {}", next_.value, event.position.value));
    const auto applied = applied_.find(event.position.value);
    const bool is_parked = std::ranges::find(parked_, event.position) != parked_.end();
    if (applied == applied_.end() ? !is_parked : applied->second != content_of(event))
      broken_by(fmt::format("made something else of position {} than the model", event.position.value));
  }
}

}  // namespace daybook::simulation
