#include "engine/snapshot_writer.hpp"

#include <algorithm>

#include "base/saturated.hpp"
#include "base/utf8.hpp"

namespace daybook::engine {
namespace {

// What is saved, and what the log must add to it.
struct Draft {
  erased::Target target;
  std::string state;
  std::uint64_t next = 0;
  Position end{};
  Time latest_occurred{};
  bool occurred_by_log = false;
};

Result<SnapshotInfo> info_of(const Ground& ground, const Draft& draft) {
  SnapshotInfo info{.key = draft.target.stream,
                    .mark = {ground.log->id(), draft.end, {}},
                    .revision = Revision{draft.next - 1},
                    .latest_occurred = draft.latest_occurred,
                    .fingerprint = draft.target.type->fingerprint()};
  auto chain = ground.log->chain_at(draft.end);
  if (!chain) return std::unexpected(std::move(chain).error());
  info.mark.chain = *chain;
  auto cursor = ground.log->read_stream(draft.target.stream, {.from = *info.revision, .until = draft.end});
  if (!cursor) return std::unexpected(std::move(cursor).error());
  auto last = (*cursor)->next();
  if (!last) return std::unexpected(std::move(last).error());
  if (!*last) return fail(ErrorCode::NotFound, "the last event of the state is not in the log");
  info.last_recorded = (*last)->recorded;
  // Events whose `occurred` was left to the log occurred when they were recorded, so none after the last.
  if (draft.occurred_by_log) info.latest_occurred = std::max(info.latest_occurred, info.last_recorded);
  return info;
}

void save(const Ground& ground, const Draft& draft) {
  auto info = info_of(ground, draft);
  Status saved;
  if (info)
    saved = ground.snapshots->save(*info, draft.state);
  else
    saved = std::unexpected(info.error());
  if (saved) saved = ground.snapshots->prune(draft.target.stream, ground.options.snapshots_kept);
  if (!saved) ground.warn("snapshot of " + base::quoted(draft.target.stream), saved.error());
}

void take(const std::shared_ptr<Ground>& ground, Resident& r) {
  if (r.snapshot_pending.exchange(true)) return;
  auto draft = std::make_shared<Draft>(
      Draft{r.target, {}, r.base->next, r.base->end, r.base->latest_occurred, r.base->occurred_by_log});
  r.base->since_snapshot = 0;
  r.snapshot_time = ground->clock->now();
  // Copying is quicker than encoding; a state that cannot be copied is encoded here and now.
  auto copy = std::make_shared<erased::State>(r.target.type->copy ? r.base->state.copy() : erased::State());
  Status encoded;
  if (!*copy) encoded = r.target.type->save(r.base->state.get(), draft->state);
  ground->background->post([ground, outstanding = ground->outstanding.one(), resident = r.shared_from_this(), draft,
                            copy, encoded]() mutable {
    if (ground->refusing) return;
    if (*copy) encoded = draft->target.type->save(copy->get(), draft->state);
    if (encoded)
      save(*ground, *draft);
    else
      ground->warn("snapshot of " + base::quoted(draft->target.stream), encoded.error());
    resident->snapshot_pending = false;
  });
}

}  // namespace

std::optional<std::chrono::nanoseconds> consider_snapshot(const std::shared_ptr<Ground>& ground, Resident& r) {
  const auto& every = ground->options.snapshot_every;
  if (!ground->snapshots || ground->read_only || !r.target.type->save || r.target.boundary) return std::nullopt;
  const auto events = r.base->since_snapshot;
  if (events == 0) return std::nullopt;
  const auto now = ground->clock->now();
  if (!r.snapshot_time) r.snapshot_time = now;
  const auto left = base::saturated_sum(
      every.time, base::saturated_difference(r.snapshot_time->time_since_epoch(), now.time_since_epoch()));
  if (events >= every.events || (events >= every.fewest && left <= left.zero())) {
    take(ground, r);
    return std::nullopt;
  }
  if (events < every.fewest || r.snapshot_timer) return std::nullopt;
  r.snapshot_timer = true;
  return left;
}

}  // namespace daybook::engine
