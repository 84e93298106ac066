#include "program/simulate.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "account.hpp"

namespace bank {
namespace {

using std::chrono::steady_clock;

constexpr daybook::Uuid kSpace{
    {0x1d, 0x84, 0xee, 0x0b, 0x37, 0x5a, 0x4c, 0x90, 0xb2, 0x6f, 0x0e, 0x71, 0xc8, 0x3d, 0x52, 0xa9}};
constexpr std::string_view kGrocer = "grocer";
constexpr std::array<std::string_view, 16> kNames{"alice", "bob",   "carol", "dave",  "erin",  "frank",
                                                  "grace", "henry", "irene", "jakub", "karin", "lukas",
                                                  "maria", "nils",  "olga",  "petra"};

std::string name_of_customer(std::uint32_t i) {
  std::string name(kNames[i % kNames.size()]);
  if (i >= kNames.size()) name += fmt::format("-{}", i / kNames.size() + 1);
  return name;
}

// SplitMix64: the same numbers on every machine, which the standard's distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
  }

 private:
  std::uint64_t state_;
};

// What the threads of one run share.
struct Run {
  const daybook::Store& store;
  const Simulation& how;
  ReceiptFile* receipts;
  std::string name;  // command ids derive from it: no two runs on a store have the same
  steady_clock::time_point begin = steady_clock::now();
  std::atomic<std::uint64_t> next_command = 0;

  std::mutex mutex{};
  Simulated told{};
  std::optional<daybook::Error> error{};

  bool over() {
    if (how.time && steady_clock::now() - begin >= *how.time) return true;
    if (how.commands && next_command.fetch_add(1) >= *how.commands) return true;
    std::lock_guard lock(mutex);
    return error.has_value();
  }
};

class Customer {
 public:
  Customer(Run& run, std::uint32_t index)
      : run_(run), index_(index), name_(name_of_customer(index)), dice_(run.how.seed * 1'000'003 + index) {}

  void live() {
    const auto account = run_.store.stream<Account>(name_);
    ask("Open", [&](const auto& how) { return account.execute(Open{name_}, how); });
    while (!run_.over()) act();
  }

 private:
  template <class F>
  void ask(const char* command, F execute) {
    daybook::CommandOptions how;
    how.command_id = daybook::derived_uuid(kSpace, fmt::format("{}/{}/{}", run_.name, name_, number_));
    how.actor = name_;
    const daybook::Outcome outcome = execute(how);
    std::optional<daybook::Error> error;
    if (outcome && !outcome->empty && run_.receipts) {
      const Acknowledged receipt{
          name_, number_, command, *how.command_id, outcome->position.value, outcome->revision->value};
      if (auto written = run_.receipts->add(receipt); !written) error = written.error();
    }
    if (outcome.is_error()) error = outcome.error();
    ++number_;

    std::lock_guard lock(run_.mutex);
    auto& told = run_.told;
    ++told.asked;
    if (outcome.is_refused()) ++told.refused[std::string(outcome.refusal().code())];
    if (outcome && outcome->empty) ++told.unchanged;
    if (outcome && !outcome->empty) ++told.acknowledged, ++told.by_customer[name_];
    if (error && !run_.error) run_.error = error;
  }

  void act() {
    const auto mine = run_.store.stream<Account>(name_);
    const auto what = dice_.between(1, 100);
    const Money amount{dice_.between(100, 9'999)};
    if (what <= 30) {
      ask("Deposit", [&](const auto& how) { return mine.execute(Deposit{amount + 20_eur, "wages"}, how); });
    } else if (what <= 55) {
      ask("Withdraw", [&](const auto& how) { return mine.execute(Withdraw{amount, "cash"}, how); });
    } else if (what <= 80) {
      ask("Transfer", [&](const auto& how) { return pay(std::string(kGrocer), amount, "groceries", how); });
    } else if (what <= 97) {
      const auto other = dice_.between(1, std::max<std::int64_t>(1, run_.how.customers - 1));
      const auto to = name_of_customer((index_ + static_cast<std::uint32_t>(other)) % run_.how.customers);
      if (to == name_) return;
      ask("Transfer", [&](const auto& how) { return pay(to, amount, "a loan among friends", how); });
    } else {
      ask("SetOverdraftLimit",
          [&](const auto& how) { return mine.execute(SetOverdraftLimit{Money{dice_.between(0, 5) * 10'000}}, how); });
    }
  }

  daybook::Outcome pay(const std::string& to, Money amount, std::string reason, const daybook::CommandOptions& how) {
    return run_.store.execute(Transfer{amount, name_, to, std::move(reason)}, how, run_.store.stream<Account>(name_),
                              run_.store.stream<Account>(to));
  }

  Run& run_;
  std::uint32_t index_;
  std::string name_;
  Dice dice_;
  std::uint64_t number_ = 0;
};

}  // namespace

daybook::Result<Simulated> simulate(const daybook::Store& store, const Simulation& how, ReceiptFile* receipts) {
  const auto opened = store.stream<Account>(kGrocer).execute(Open{"the grocer"}, {.actor = "grocer"});
  if (opened.is_error()) return std::unexpected(opened.error());
  Run run{store, how, receipts, fmt::format("{}/{}", how.seed, store.log().end().value)};
  {
    std::vector<std::jthread> threads;
    threads.reserve(how.customers);
    for (std::uint32_t i = 0; i < how.customers; ++i) threads.emplace_back([&run, i] { Customer(run, i).live(); });
  }
  run.told.took = steady_clock::now() - run.begin;
  if (run.error) return std::unexpected(*run.error);
  return std::move(run.told);
}

}  // namespace bank
