#include "engine/snapshot_check.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace daybook::engine {
namespace {

using enum SnapshotVerdict;

std::string number(std::uint64_t n) { return std::to_string(n); }

// The snapshots of one stream, in order: its events are folded once, with a stop at each.
class Replay {
 public:
  Replay(const Ground& ground, const erased::StateType& type, std::string stream)
      : ground_(ground), type_(type), stream_(std::move(stream)), state_(type) {}

  // `info.mark` is known to be of this history, and not before the one asked last.
  void check(const SnapshotInfo& info, const std::string& saved, CheckedSnapshot& told) {
    erased::State decoded(type_);
    if (auto loaded = type_.load(decoded.get(), saved); !loaded) return judge(told, Damaged, loaded.error().message);
    if (auto folded = fold_up_to(info.mark.position); !folded) return judge(told, Unproven, folded.error().message);
    if (next_ != (info.revision ? info.revision->value + 1 : 0))
      return judge(told, Differs,
                   "it says that " +
                       (info.revision ? "revision " + number(info.revision->value) : std::string("none")) +
                       " is the last in it; before its position the stream has " + number(next_) + " events");
    if (last_recorded_ != info.last_recorded)
      return judge(told, Differs,
                   "it says that its last event was recorded at " + to_string(info.last_recorded) + "; that was at " +
                       to_string(last_recorded_));
    // It may be later than true: an event whose `occurred` was left to the log counts as its last.
    if (latest_occurred_ > info.latest_occurred)
      return judge(told, Differs,
                   "it says that nothing in it occurred after " + to_string(info.latest_occurred) +
                       "; something occurred at " + to_string(latest_occurred_));
    std::string folded;
    if (auto encoded = type_.save(state_.get(), folded); !encoded)
      return judge(told, Unproven, encoded.error().message);
    if (folded == saved) return;
    const auto at = std::ranges::mismatch(folded, saved).in1 - folded.begin();
    judge(told, Differs,
          "the events fold to another state: " + number(folded.size()) + " bytes as against " + number(saved.size()) +
              ", the first that differs is number " + number(static_cast<std::uint64_t>(at)));
  }

  static void judge(CheckedSnapshot& told, SnapshotVerdict verdict, std::string why) {
    told.verdict = verdict;
    told.why = std::move(why);
  }

 private:
  Status fold_up_to(Position end) {
    if (broken_) return std::unexpected(*broken_);
    auto cursor = ground_.log->read_stream(stream_, {.from = Revision{next_}, .until = end});
    while (cursor) {
      auto event = (*cursor)->next();
      if (!event) return broken(std::move(event).error());
      if (!*event) return {};
      if (auto evolved = type_.evolve(state_.get(), **event, ground_.resolvers); !evolved)
        return broken(std::move(evolved).error());
      next_ = (*event)->revision.value + 1;
      last_recorded_ = (*event)->recorded;
      latest_occurred_ = std::max(latest_occurred_, (*event)->occurred);
    }
    return broken(std::move(cursor).error());
  }
  // Nothing later in this stream can be said either.
  Status broken(Error why) {
    broken_ = why;
    return std::unexpected(std::move(why));
  }

  const Ground& ground_;
  const erased::StateType& type_;
  const std::string stream_;
  erased::State state_;
  std::uint64_t next_ = 0;
  Time last_recorded_{};
  Time latest_occurred_ = Time::min();
  std::optional<Error> broken_;
};

// Whether the snapshot is of this very history, and of this program: without a look at the state.
bool belongs(const Ground& ground, const erased::StateType& type, const SnapshotInfo& info, CheckedSnapshot& told) {
  const auto say = [&](SnapshotVerdict verdict, std::string why) {
    Replay::judge(told, verdict, std::move(why));
    return false;
  };
  const auto& log = *ground.log;
  if (info.mark.log != log.id())
    return say(Foreign, "it is of log " + to_string(info.mark.log.uuid) + ", this is log " + to_string(log.id().uuid));
  if (info.mark.position > log.end())
    return say(Foreign, "it is of position " + number(info.mark.position.value) +
                            ", past the end of this log: " + number(log.end().value));
  const auto chain = log.chain_at(info.mark.position);
  if (!chain) return say(Unproven, chain.error().message);
  if (*chain != info.mark.chain)
    return say(Foreign,
               "the history before position " + number(info.mark.position.value) + " is not the one it was made of");
  if (info.fingerprint != type.fingerprint())
    return say(Outdated,
               "it was made by other rules or another struct than this program's " + std::string(type.category));
  return true;
}

}  // namespace

Result<std::vector<CheckedSnapshot>> check_snapshots(const Ground& ground, const erased::StateType& type) {
  std::vector<CheckedSnapshot> told;
  if (!ground.snapshots) return told;
  const auto infos = ground.snapshots->list([&](std::string_view where, const Error& why) {
    told.push_back({.key = std::string(where), .verdict = Damaged, .why = why.message});
  });
  if (!infos) return std::unexpected(infos.error());
  std::optional<Replay> replay;
  std::string_view replayed;
  for (const auto& info : *infos) {
    if (category_of(info.key) != type.category) continue;
    CheckedSnapshot one{.key = info.key, .position = info.mark.position, .revision = info.revision};
    if (belongs(ground, type, info, one)) {
      const auto exactly = [&](const SnapshotInfo& other) -> Status {
        if (other == info) return {};
        return fail(ErrorCode::NotFound, "another one");
      };
      auto found = ground.snapshots->newest(info.key, exactly, [](std::string_view, const Error&) {});
      if (!found) return std::unexpected(std::move(found).error());
      if (!*found) continue;  // a newer one has taken its place since they were listed
      if (replayed != info.key) {
        replay.emplace(ground, type, info.key);
        replayed = info.key;
      }
      replay->check(info, (*found)->state, one);
    }
    told.push_back(std::move(one));
  }
  return told;
}

}  // namespace daybook::engine
