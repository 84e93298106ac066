// A small bank for the engine's tests, and a bed to run it on.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "daybook/store.hpp"
#include "engine/engine.hpp"
#include "sim/executors.hpp"
#include "sim/memory_ports.hpp"
#include "sim/model_log.hpp"

namespace bank {

struct Opened {
  std::string owner;
};
struct Deposited {
  std::int64_t cents = 0;
};
struct Withdrawn {
  std::int64_t cents = 0;
};
struct Closed {};

struct Open {
  std::string owner;
};
struct Deposit {
  std::int64_t cents = 0;
};
struct Withdraw {
  std::int64_t cents = 0;
};
struct Close {};
struct Transfer {
  std::int64_t cents = 0;
};
// Writes nothing to the second account, but depends on it.
struct DepositIfOpen {
  std::int64_t cents = 0;
};

struct AlreadyOpen {};
struct NotOpen {};
struct InsufficientFunds {
  std::int64_t balance = 0;
};

struct Account {
  using Event = std::variant<Opened, Deposited, Withdrawn, Closed>;
  bool open = false;
  std::int64_t balance = 0;
  friend bool operator==(const Account&, const Account&) = default;
};
inline void evolve(Account& a, const Opened&) { a.open = true; }
inline void evolve(Account& a, const Deposited& e) { a.balance += e.cents; }
inline void evolve(Account& a, const Withdrawn& e) { a.balance -= e.cents; }
inline void evolve(Account& a, const Closed&) { a.open = false; }
static_assert(daybook::Aggregate<Account>);

using Decision = daybook::Decision<Account>;
inline Decision decide(const Account& a, const Open& c) {
  if (a.open) return daybook::refuse(AlreadyOpen{});
  return Opened{c.owner};
}
inline Decision decide(const Account& a, const Deposit& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  return Deposited{c.cents};
}
inline Decision decide(const Account& a, const Withdraw& c) {
  if (!a.open) return daybook::refuse(NotOpen{});
  if (a.balance < c.cents) return daybook::refuse(InsufficientFunds{a.balance});
  return Withdrawn{c.cents};
}
inline Decision decide(const Account& a, const Close&) {
  if (!a.open) return {};
  if (a.balance > 0) return {Withdrawn{a.balance}, Closed{}};
  return Closed{};
}
using Two = daybook::Decision<Account, Account>;
inline Two decide(const Account& from, const Account& to, const Transfer& c) {
  if (!from.open || !to.open) return daybook::refuse(NotOpen{});
  if (from.balance < c.cents) return daybook::refuse(InsufficientFunds{from.balance});
  if (c.cents == 0) return {};
  return {daybook::first(Withdrawn{c.cents}), daybook::second(Deposited{c.cents})};
}
inline Two decide(const Account& to, const Account& other, const DepositIfOpen& c) {
  if (!to.open || !other.open) return daybook::refuse(NotOpen{});
  return {daybook::first(Deposited{c.cents})};
}

}  // namespace bank

namespace daybook::engine {

// A store that moves only when the test says so.
struct SteppedBed {
  explicit SteppedBed(EngineOptions options = {}) : SteppedBed(options, {}) {}
  SteppedBed(EngineOptions options, sim::ModelLog::Options log_options)
      : log(std::make_shared<sim::ModelLog>(*clock, log_options)) {
    options.on_warning = [this](const Warning& w) { warnings.push_back(w); };
    opened_with = options;
    reopen();
  }
  ~SteppedBed() {
    run();
    store.reset();
    run();
  }

  // What a new process would see: nothing is cached.
  void reopen() {
    if (store) run();
    store.reset();
    auto made = make_store({.log = log,
                            .background = background,
                            .handlers = background,
                            .clock = clock,
                            .snapshots = snapshots,
                            .checkpoints = checkpoints,
                            .read_only = read_only,
                            .options = opened_with});
    if (!made) {
      ADD_FAILURE() << made.error().message;
      return;
    }
    store.emplace(std::move(*made));
  }

  // Until nothing moves any more.
  void run() {
    while (background->run_all() + log->sync() > 0) {
    }
  }

  // Another writer, past the engine.
  void stranger(std::string_view stream, std::string_view type, std::string_view data) {
    const NewEvent e{.stream = stream, .type = type, .data = data};
    log->append({.events = {&e, 1}},
                [](Result<Appended> r) { EXPECT_TRUE(r || r.error().code == ErrorCode::DiskFull); });
  }

  // The types of a stream's events, but for schemas.
  std::vector<std::string> types(std::string_view stream) const {
    std::vector<std::string> all;
    for (const auto& e : log->events())
      if (e.stream == stream) all.push_back(e.type);
    return all;
  }

  std::shared_ptr<sim::SteppingClock> clock = std::make_shared<sim::SteppingClock>();
  std::shared_ptr<sim::ModelLog> log;
  std::shared_ptr<sim::SteppingExecutor> background = std::make_shared<sim::SteppingExecutor>();
  std::shared_ptr<sim::MemorySnapshots> snapshots = std::make_shared<sim::MemorySnapshots>();
  std::shared_ptr<sim::MemoryCheckpoints> checkpoints = std::make_shared<sim::MemoryCheckpoints>();
  std::vector<Warning> warnings;
  EngineOptions opened_with;
  bool read_only = false;
  std::optional<Store> store;
};

// "ok", "empty", "repeat", the refusal's code or the error's.
inline std::string told(const Outcome& o) {
  if (o) return o->repeated ? "repeat" : o->empty ? "empty" : "ok";
  return std::string(o.is_refused() ? o.refusal().code() : name_of(o.error().code));
}

// What commands were told, in order.
struct CommandsTest : testing::Test, SteppedBed {
  std::vector<std::string> answers;

  template <class C>
  void submit(const Stream<bank::Account>& stream, C command, SubmitOptions how = {}) {
    stream.submit(command, [this](const Outcome& o) { answers.push_back(told(o)); }, how);
  }
  // An account that is open, with everything durable, every schema too.
  Stream<bank::Account> account(std::string_view id, std::int64_t cents = 0) {
    if (auto warm = store->stream<bank::Account>("warm"); types(warm.name()).empty()) {
      submit(warm, bank::Open{"w"});
      submit(warm, bank::Deposit{1});
      submit(warm, bank::Close{});
    }
    auto stream = store->stream<bank::Account>(id);
    submit(stream, bank::Open{std::string(id)});
    if (cents > 0) submit(stream, bank::Deposit{cents});
    run();
    answers.clear();
    return stream;
  }
  std::int64_t balance(std::string_view id) { return store->stream<bank::Account>(id).state()->balance; }
};

// A store with threads behind it, for what blocks.
struct LiveBed {
  explicit LiveBed(EngineOptions options = {}, std::size_t threads = 2)
      : background(std::make_shared<sim::ThreadExecutor>(threads)),
        store(*make_store({.log = log,
                           .background = background,
                           .handlers = handlers,
                           .clock = clock,
                           .snapshots = snapshots,
                           .checkpoints = checkpoints,
                           .options = std::move(options)})) {}
  ~LiveBed() { EXPECT_TRUE(store.close()); }

  std::shared_ptr<sim::SteppingClock> clock = std::make_shared<sim::SteppingClock>();
  std::shared_ptr<sim::ModelLog> log = std::make_shared<sim::ModelLog>(*clock);
  sim::SyncThread syncing{*log};
  std::shared_ptr<sim::MemorySnapshots> snapshots = std::make_shared<sim::MemorySnapshots>();
  std::shared_ptr<sim::MemoryCheckpoints> checkpoints = std::make_shared<sim::MemoryCheckpoints>();
  std::shared_ptr<sim::ThreadExecutor> handlers = std::make_shared<sim::ThreadExecutor>();
  std::shared_ptr<sim::ThreadExecutor> background;
  Store store;
};

}  // namespace daybook::engine
