#include "engine/loader.hpp"

#include <algorithm>
#include <set>

#include "base/utf8.hpp"

namespace daybook::engine {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

}  // namespace

// ---- what a moment asks for --------------------------------------------------------------------------------------

Result<Loader::Reach> Loader::reach_of(const erased::Target* stream, const Moment& moment) const {
  Reach reach;
  // Also for the newest state: one end for everything that is read, so that it is the state of one moment.
  reach.until = log_.end();
  if (const auto* revision = std::get_if<Revision>(&moment)) {
    if (!stream)
      return fail(ErrorCode::InvalidArgument, "revision " + number(revision->value) +
                                                  " of what? Only a stream has revisions: give a position or a time");
    auto head = log_.head(stream->stream);
    if (!head) return std::unexpected(std::move(head).error());
    if (!*head || (*head)->revision < *revision)
      return fail(ErrorCode::NotFound,
                  "stream " + base::quoted(stream->stream) + " has no revision " + number(revision->value) + ": " +
                      (*head ? "its newest is " + number((*head)->revision.value) : std::string("it has no events")));
    reach.revisions = revision->value + 1;
  } else if (const auto* position = std::get_if<Position>(&moment)) {
    if (*position >= reach.until)
      return fail(ErrorCode::NotFound, "position " + number(position->value) +
                                           " is not there yet: the log ends before " + number(reach.until.value));
    reach.until = position->next();
  } else if (const auto* as_of = std::get_if<AsOf>(&moment)) {
    if (as_of->axis == by_occurred) {
      reach.occurred_by = as_of->time;
    } else {
      auto end = log_.end_at(as_of->time);
      if (!end) return std::unexpected(std::move(end).error());
      reach.until = std::min(reach.until, *end);
    }
  }
  return reach;
}

// ---- snapshots ---------------------------------------------------------------------------------------------------

Status Loader::accept(const erased::Target& target, const Reach& reach, const SnapshotInfo& info) const {
  const auto& mark = info.mark;
  if (mark.log != log_.id())
    return fail(ErrorCode::ForeignHistory,
                "it is of log " + to_string(mark.log.uuid) + ", this is log " + to_string(log_.id().uuid));
  if (mark.position > log_.end())
    return fail(ErrorCode::ForeignHistory, "it is of position " + number(mark.position.value) +
                                               ", past the end of this log: " + number(log_.end().value));
  // One that lies past the moment is no worse for it: it is passed over without a word, hence NotFound.
  if (mark.position > reach.until || (info.revision && info.revision->value + 1 > reach.revisions) ||
      (reach.occurred_by && info.latest_occurred > *reach.occurred_by))
    return fail(ErrorCode::NotFound, "it lies past the moment that is asked for");
  if (info.fingerprint != target.type->fingerprint())
    return fail(ErrorCode::SchemaMismatch, "it was made by other rules or another struct than this program's " +
                                               std::string(target.type->category));
  auto chain = log_.chain_at(mark.position);
  if (!chain) return std::unexpected(std::move(chain).error());
  if (*chain != mark.chain)
    return fail(ErrorCode::ForeignHistory,
                "the history before position " + number(mark.position.value) + " is not the one it was made of");
  return {};
}

Result<std::optional<Loaded>> Loader::from_snapshot(const erased::Target& target, const Reach& reach) const {
  if (!snapshots_ || !target.type->load || target.boundary) return std::nullopt;
  std::set<Position> undecodable;
  for (;;) {
    auto found = snapshots_->newest(
        target.stream,
        [&](const SnapshotInfo& info) -> Status {
          if (undecodable.contains(info.mark.position)) return fail(ErrorCode::NotFound, "it was tried");
          return accept(target, reach, info);
        },
        [&](std::string_view where, const Error& why) {
          if (warn_ && why.code != ErrorCode::NotFound) warn_({std::string(where), why});
        });
    if (!found) {
      // Snapshots are never needed: without them the state is replayed.
      if (warn_) warn_({"snapshots of " + base::quoted(target.stream), found.error()});
      return std::nullopt;
    }
    if (!*found) return std::nullopt;
    const auto& snapshot = **found;
    Loaded loaded{.state = erased::State(*target.type)};
    if (auto decoded = target.type->load(loaded.state.get(), snapshot.state); !decoded) {
      if (warn_)
        warn_(
            {"snapshot of " + base::quoted(target.stream) + " at position " + number(snapshot.info.mark.position.value),
             decoded.error()});
      undecodable.insert(snapshot.info.mark.position);
      continue;
    }
    loaded.next = snapshot.info.revision ? snapshot.info.revision->value + 1 : 0;
    loaded.end = snapshot.info.mark.position;
    loaded.latest_occurred = snapshot.info.latest_occurred;
    return loaded;
  }
}

// ---- replay ------------------------------------------------------------------------------------------------------

Result<Loaded> Loader::start(const erased::Target& target, const Reach& reach) const {
  auto snapshot = from_snapshot(target, reach);
  if (!snapshot) return std::unexpected(std::move(snapshot).error());
  if (*snapshot) return std::move(**snapshot);
  return Loaded{.state = erased::State(*target.type)};
}

Status Loader::replay(const erased::Target& target, const Reach& reach, Loaded& into) const {
  auto cursor = target.boundary ? log_.read({.from = into.end, .until = reach.until, .filter = *target.boundary})
                                : log_.read_stream(target.stream, {.from = Revision{into.next}, .until = reach.until});
  if (!cursor) return std::unexpected(std::move(cursor).error());
  while (target.boundary || into.next < reach.revisions) {
    auto next = (*cursor)->next();
    if (!next) return std::unexpected(std::move(next).error());
    if (!*next) break;
    const auto& event = **next;
    if (!reach.occurred_by || event.occurred <= *reach.occurred_by)
      if (auto evolved = target.type->evolve(into.state.get(), event, resolvers_); !evolved) return evolved;
    into.end = event.position.next();
    into.latest_occurred = std::max(into.latest_occurred, event.occurred);
    ++into.since_snapshot;
    into.unmeasured += growth_of(1, event.data.size());
    if (!target.boundary) into.next = event.revision.value + 1;
  }
  if (reach.revisions == UINT64_MAX) into.end = std::max(into.end, reach.until);
  return {};
}

Result<Loaded> Loader::latest(const erased::Target& target) const {
  const Reach reach{.until = log_.end()};
  auto loaded = start(target, reach);
  if (!loaded) return loaded;
  if (auto replayed = replay(target, reach, *loaded); !replayed) return std::unexpected(std::move(replayed).error());
  return loaded;
}

Status Loader::catch_up(const erased::Target& target, Loaded& loaded) const {
  return replay(target, {.until = log_.end()}, loaded);
}

Status Loader::at(const erased::Target& target, const Moment& moment, void* state) const {
  auto reach = reach_of(target.boundary ? nullptr : &target, moment);
  if (!reach) return std::unexpected(std::move(reach).error());
  auto loaded = start(target, *reach);
  if (!loaded) return std::unexpected(std::move(loaded).error());
  if (auto replayed = replay(target, *reach, *loaded); !replayed) return replayed;
  target.type->move(state, loaded->state.get());
  return {};
}

Status Loader::fold(const Query& query, const Moment& moment,
                    const std::function<Status(const EventView&)>& each) const {
  auto reach = reach_of(nullptr, moment);
  if (!reach) return std::unexpected(std::move(reach).error());
  auto cursor = log_.read({.until = reach->until, .filter = query});
  if (!cursor) return std::unexpected(std::move(cursor).error());
  for (;;) {
    auto next = (*cursor)->next();
    if (!next) return std::unexpected(std::move(next).error());
    if (!*next) return {};
    if (reach->occurred_by && (*next)->occurred > *reach->occurred_by) continue;
    if (auto folded = each(**next); !folded) return folded;
  }
}

}  // namespace daybook::engine
