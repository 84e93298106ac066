// The part of Program that looks whether all is as it should be.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simulation/program.hpp"

namespace daybook::simulation {
namespace {

std::string text_of(const Tally& t) { return fmt::format("{} events, {}, trail {}", t.events, t.total, t.trail); }

// What stands in the payload, read by nothing of what is tested.
std::int64_t amount_of(const EventView& e) {
  std::int64_t amount = 0;
  if (e.content_type == ContentType::Json) {
    for (const char c : e.data.substr(e.data.find(':') + 1))
      if (c >= '0' && c <= '9') amount = amount * 10 + (c - '0');
    return amount;
  }
  std::uint64_t zigzag = 0;
  for (std::size_t i = 0; i < e.data.size(); ++i) zigzag |= std::uint64_t(e.data[i] & 0x7f) << (7 * i);
  return static_cast<std::int64_t>(zigzag >> 1);
}

}  // namespace

// At any moment: what the engine makes of memory and snapshots is what the log alone folds to.
void Program::look_at_a_state() {
  const auto stream = any_stream();
  const auto end = log_.end().value;
  Moment moment = Latest{}, of_all = Latest{};
  std::string at = "now";
  switch (below(6)) {
    case 0:
      if (end == 0) break;
      moment = of_all = Position{below(end)};
      at = fmt::format("at position {}", std::get<Position>(moment).value);
      break;
    case 1: {
      const auto head = log_.head(stream.name());
      if (!head || !*head) break;
      const auto revision = Revision{below((*head)->revision.value + 1)};
      auto cursor = log_.read_stream(stream.name(), {.from = revision});
      const auto event = cursor ? (*cursor)->next() : nullptr;
      if (!event || !*event) break;
      moment = revision;
      of_all = (*event)->position;
      at = fmt::format("at revision {}", revision.value);
      break;
    }
    case 2:
      moment = of_all = AsOf{around_.clock.now() - std::chrono::milliseconds(below(20'000))};
      at = "as of " + to_string(std::get<AsOf>(moment).time);
      break;
    case 3:
      moment = of_all =
          AsOf{random_.one_in(3) ? around_.clock.now() : Time(std::chrono::seconds(below(1'100'000))), by_occurred};
      at = "as had occurred by " + to_string(std::get<AsOf>(moment).time);
      break;
    default: break;
  }
  const auto state = stream.state(moment);
  const auto all = store_->view<TallyRow>(of_all);
  if (!state || !all) {
    if (around_.disk.dead() || around_.reads_fail()) return;
    broken(
        fmt::format("the state of {} {}: {}", stream.name(), at, state ? all.error().message : state.error().message));
  }
  ++around_.counts.states;
  const auto row = all->find(stream.name());
  const auto folded = row == all->end() ? Tally{} : row->second.tally;
  if (*state != folded)
    broken(fmt::format("the state of {} {} is {}; its events fold to {}", stream.name(), at, text_of(*state),
                       text_of(folded)));
}

void Program::look_at_snapshots() {
  const auto checked = store_->verify_snapshots<Tally>();
  if (!checked) {
    if (!around_.disk.dead() && !around_.reads_fail()) broken("the snapshots: " + checked.error().message);
    return;
  }
  for (const auto& one : *checked) {
    if (one.verdict == SnapshotVerdict::Sound ||
        (one.verdict == SnapshotVerdict::Damaged && around_.snapshots_spoilt) ||
        (one.verdict == SnapshotVerdict::Foreign && around_.snapshots_foreign))
      continue;
    if (one.verdict != SnapshotVerdict::Differs && (around_.disk.dead() || around_.reads_fail())) continue;
    broken(fmt::format("the snapshot of {} at position {} is {}: {}", one.key, one.position.value, name_of(one.verdict),
                       one.why));
  }
}

void Program::compare() {
  const auto& model = around_.oracle.model();
  std::map<std::string, Tally, std::less<>> states;
  auto& refused = around_.refused;
  std::ranges::stable_sort(refused, {}, &Surroundings::Refused::taken_at);
  auto next_refused = refused.begin();
  const auto check_refused_before = [&](Position position) {
    for (; next_refused != refused.end() && next_refused->taken_at < position; ++next_refused)
      if (states[next_refused->stream].total >= next_refused->amount)
        broken(fmt::format("taking {} from {} was refused at position {}, where it has {}", next_refused->amount,
                           next_refused->stream, next_refused->taken_at.value, states[next_refused->stream].total));
  };
  std::set<std::int64_t> answers;
  auto cursor = model.read({.filter = {{{.categories = {"Tally"}}}}});
  if (!cursor) broken("read: " + cursor.error().message);
  for (;;) {
    const auto next = (*cursor)->next();
    if (!next) broken("read: " + next.error().message);
    if (!*next) break;
    const auto& event = **next;
    check_refused_before(event.position.next());
    const auto amount = amount_of(event);
    auto& state = states[std::string(event.stream)];
    state.change(event.type == "Taken" ? -amount : amount);
    if (state.total < 0)
      broken(fmt::format("position {} takes {} from {}, which has less", event.position.value, amount, event.stream));
    if (event.stream == "Tally-answers" && !options_.short_memory && !answers.insert(amount).second)
      broken(fmt::format("position {} was answered twice", amount));
  }
  check_refused_before(model.end().next());
  refused.clear();

  if (around_.reads_fail()) return;
  for (const auto& [name, folded] : states) {
    const auto state = store_->stream<Tally>(name.substr(name.find('-') + 1)).state();
    if (!state) broken(fmt::format("the state of {}: {}", name, state.error().message));
    if (*state != folded)
      broken(fmt::format("the state of {} is {}; the model folds to {}", name, text_of(*state), text_of(folded)));
    ++around_.counts.states;
  }
  look_at_snapshots();
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    auto& projection = around_.projections[i];
    projection.compare();
    if (!consumers_[i]) continue;
    const auto status = consumers_[i]->status();
    if (!status.running) continue;
    projection.check(status, log_.end());
    if (appended_ && handlers_->ready() == 0 && handlers_->delayed() == 0 && status.next <= *appended_)
      broken(fmt::format("consumer {} rests at position {}; the log ends at {}", projection.name(), status.next.value,
                         log_.end().value));
  }
  tell_found();
}

}  // namespace daybook::simulation
