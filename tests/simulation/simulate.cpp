// simulate --seed N | --seeds FROM..TO [--trace] [--steps N] [--mutation NAME]: `./dev sim` runs this.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>

#include "simulation/simulation.hpp"

namespace {

using namespace daybook::simulation;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

int usage(std::string_view wrong) {
  fmt::print(stderr,
             "simulate: {}\n"
             "  --seed N            one seed\n"
             "  --seeds FROM..TO    all of them, TO included; without either, 1000 new ones\n"
             "  --trace             says what happens, on standard error\n"
             "  --steps N           how long a life may be (320)\n"
             "  --mutation NAME     breaks the log on purpose: sync-lies, publish-before-sync, write-goes-astray,\n"
             "                      expectations-ignored, ids-forgotten, consumer-ahead, checkpoint-ahead,\n"
             "                      parked-forgotten, snapshot-ahead, history-unchecked\n",
             wrong);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::uint64_t from = std::random_device{}(), to = from + 999;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (arg == "--trace") {
      options.trace = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
      continue;
    }
    if (++i >= argc) return usage(fmt::format("{} needs a value, or is not known", arg));
    if (arg == "--mutation") {
      for (int m = 0; m <= static_cast<int>(kLastMutation); ++m)
        if (value == name_of(static_cast<Mutation>(m))) options.mutation = static_cast<Mutation>(m);
      if (options.mutation == Mutation::None) return usage(fmt::format("there is no mutation '{}'", value));
      continue;
    }
    const auto dots = value.find("..");
    const auto first = number(value.substr(0, dots));
    const auto last = dots == value.npos ? first : number(value.substr(dots + 2));
    if (!first || !last || *last < *first) return usage(fmt::format("{} takes a number, not '{}'", arg, value));
    if (arg == "--steps") {
      options.steps = *first;
    } else if (arg == "--seed" || arg == "--seeds") {
      from = *first;
      to = *last;
    } else {
      return usage(fmt::format("{} is not known", arg));
    }
  }
  Report sum;
  int failures = 0;
  const auto began = std::chrono::steady_clock::now();
  for (auto seed = from; seed <= to && failures < 10; ++seed) {
    options.seed = seed;
    const auto report = run(options);
    if (report.failure) {
      ++failures;
      fmt::print("seed {}: {}\n", seed, *report.failure);
      std::fflush(stdout);
    }
    sum += report;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print(
      "seeds {} to {}: {} failed; {:.1f} s\n"
      "  the log: {} events, {} appends acknowledged, {} of unknown outcome found; opened {} times after {} power "
      "cuts, "
      "{} kills and {} failed syncs; {} flipped bits found; {} times put back to an older copy; another process read "
      "{} "
      "events\n",
      from, to, failures, took.count(), sum.events, sum.acknowledged, sum.adopted, sum.opened, sum.power_cuts,
      sum.kills, sum.failed_syncs, sum.damages, sum.put_back, sum.followed);
  const auto& p = sum.projections;
  const auto& s = sum.program.snapshots;
  fmt::print(
      "  consumers: {} events handled, {} of them again; {} checkpoints saved, {} of another history refused\n"
      "  states: {} commands, {} of them refused; {} states were what their events fold to; {} snapshots saved, {} "
      "loaded, {} passed over; {} files of snapshots and checkpoints spoilt\n",
      p.handled, p.redelivered, p.saved, p.refused, sum.program.commands, sum.program.refused, sum.program.states,
      s.saved, s.loaded, s.skipped, sum.spoilt);
  return failures == 0 ? 0 : 1;
}
