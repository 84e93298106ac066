#include "simulation/watched_ports.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::simulation {
namespace {

// As if it were of this history, whatever it is of.
HistoryMark unchecked(HistoryMark mark, const EventLog& log) {
  mark.log = log.id();
  mark.position = std::min(mark.position, log.end());
  if (const auto chain = log.chain_at(mark.position)) mark.chain = *chain;
  return mark;
}

}  // namespace

// ---- checkpoints -------------------------------------------------------------------------------------------------

void WatchedCheckpoints::tell(std::string_view name, const std::function<void(Projection&)>& what) const {
  note_in(found_, [&] {
    const auto of = std::ranges::find(projections_, name, &Projection::name);
    if (of == projections_.end()) broken("a checkpoint of a consumer that nobody knows: " + std::string(name));
    what(*of);
  });
}

Result<std::optional<Checkpoint>> WatchedCheckpoints::load(std::string_view name) const {
  auto found = inner_.load(name);
  if (!found) return found;
  tell(name, [&](Projection& of) { of.loaded(*found); });
  if (*found && mutation_ == Mutation::ParkedForgotten) (*found)->parked.clear();
  if (*found && mutation_ == Mutation::HistoryUnchecked) (*found)->mark = unchecked((*found)->mark, log_);
  return found;
}

Status WatchedCheckpoints::save(std::string_view name, const Checkpoint& given) {
  auto checkpoint = given;
  if (mutation_ == Mutation::CheckpointAhead && ++saves_ % 4 == 0 && checkpoint.mark.position < log_.end()) {
    checkpoint.mark.position = checkpoint.mark.position.next();
    checkpoint.mark = unchecked(checkpoint.mark, log_);
  }
  tell(name, [&](Projection& of) { of.saving(checkpoint, log_); });
  auto saved = inner_.save(name, checkpoint);
  if (saved) tell(name, [&](Projection& of) { of.saved(checkpoint); });
  return saved;
}

Status WatchedCheckpoints::remove(std::string_view name) {
  tell(name, [](Projection& of) { of.removing(); });
  auto removed = inner_.remove(name);
  if (removed) tell(name, [](Projection& of) { of.removed(); });
  return removed;
}

// ---- snapshots ---------------------------------------------------------------------------------------------------

Status WatchedSnapshots::save(const SnapshotInfo& given, std::string_view state) {
  auto info = given;
  note_in(found_, [&] {
    const auto at = info.mark.position;
    if (at > log_.end())
      broken(
          fmt::format("a snapshot of {} claims position {}; the log ends at {}", info.key, at.value, log_.end().value));
    if (const auto chain = log_.chain_at(at); chain && *chain != info.mark.chain)
      broken(fmt::format("a snapshot of {} has another chain than the log at position {}", info.key, at.value));
  });
  if (mutation_ == Mutation::SnapshotAhead && info.revision) info.revision = info.revision->next();
  auto saved = inner_.save(info, state);
  if (saved) ++counts_.saved;
  return saved;
}

Result<std::optional<Snapshot>> WatchedSnapshots::newest(std::string_view key, const Accept& accept,
                                                         const Skipped& skipped) const {
  auto found = inner_.newest(
      key,
      [&](const SnapshotInfo& given) {
        auto info = given;
        if (mutation_ == Mutation::HistoryUnchecked) info.mark = unchecked(info.mark, log_);
        return accept(info);
      },
      [&](std::string_view where, const Error& why) {
        if (why.code != ErrorCode::NotFound) ++counts_.skipped;
        skipped(where, why);
      });
  if (found && *found) {
    ++counts_.loaded;
    if (mutation_ == Mutation::HistoryUnchecked) (*found)->info.mark = unchecked((*found)->info.mark, log_);
  }
  return found;
}

}  // namespace daybook::simulation
