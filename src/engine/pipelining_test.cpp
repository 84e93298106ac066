// The engine against what it must come to, whatever the interleaving: pipelined commands over few streams, strangers
// that write past it, a disk that is full now and then, jobs of the background in any order.
//
// The log itself is the oracle: each decision is made again on what stood before it.
#include <rapidcheck.h>

#include <map>
#include <random>

#include "engine/schema_book.hpp"
#include "engine/test_bank.hpp"

namespace daybook::engine {
namespace {

using namespace bank;

struct Op {
  int what = 0;
  int a = 0, b = 0;
  std::int64_t cents = 0;
  int n = 0;
};

std::ostream& operator<<(std::ostream& out, const Op& op) {
  return out << "{" << op.what << ", " << op.a << ", " << op.b << ", " << op.cents << ", " << op.n << "}";
}

// How a command would be decided on the accounts as they were before `end`: "refused X", "empty" or its events.
struct Asked {
  std::vector<std::string> streams;
  std::function<std::string(const std::vector<Account>&)> decide;
  bool queued = true;
  int told = 0;
  std::optional<Outcome> outcome;
};

template <class... S>
std::string text_of(const Decision<S...>& d) {
  if (d.refusal()) return "refused " + std::string(d.refusal()->code()) + d.refusal()->detail();
  if (d.events().empty()) return "empty";
  std::string text;
  d.events().for_each([&](auto which, const auto& e) {
    text += std::to_string(which) + ":" + std::string(event_name<std::remove_cvref_t<decltype(e)>>());
    EXPECT_TRUE(codec::encode_json(e, text));
  });
  return text;
}

class World : SteppedBed {
 public:
  World()
      : SteppedBed(
            {.snapshot_every = {.events = 7, .time = std::chrono::hours(1), .fewest = 1}, .cache_bytes = 3'000}) {}

  void run(const std::vector<Op>& ops) {
    for (const auto& op : ops) apply(op);
    SteppedBed::run();
    check();
  }

 private:
  static std::string id(int n) { return std::string(1, static_cast<char>('a' + n % 3)); }

  template <class C>
  void submit(C command, const std::vector<int>& of, OnConflict on_conflict) {
    auto& asked = *asked_.emplace_back(std::make_unique<Asked>());
    for (int n : of) asked.streams.push_back(stream_name<Account>(id(n)));
    asked.queued = std::holds_alternative<Queue>(on_conflict);
    auto take = [&asked, this](const Outcome& o) {
      ++asked.told;
      asked.outcome = o;
      told_.push_back(&asked);
    };
    const SubmitOptions how{.on_conflict = on_conflict};
    if constexpr (requires(Account x) { decide(x, x, command); }) {
      asked.decide = [command](const std::vector<Account>& s) { return text_of(decide(s[0], s[1], command)); };
      store->submit(command, take, how, store->stream<Account>(id(of[0])), store->stream<Account>(id(of[1])));
    } else {
      asked.decide = [command](const std::vector<Account>& s) { return text_of(decide(s[0], command)); };
      store->stream<Account>(id(of[0])).submit(command, take, how);
    }
  }

  void apply(const Op& op) {
    OnConflict how = Queue{};
    if (op.n % 7 == 0) how = Retry{100};
    if (op.n % 11 == 0) how = Fail{};
    switch (op.what) {
      case 0: return submit(Open{"x"}, {op.a}, how);
      case 1:
      case 2: return submit(Deposit{op.cents}, {op.a}, how);
      case 3:
      case 4: return submit(Withdraw{op.cents}, {op.a}, how);
      case 5: return submit(Close{}, {op.a}, how);
      case 6:
      case 7:
        if (op.a % 3 != op.b % 3) submit(Transfer{op.cents}, {op.a, op.b}, how);
        return;
      case 8:
        if (op.a % 3 != op.b % 3) submit(DepositIfOpen{op.cents}, {op.a, op.b}, how);
        return;
      case 9: return stranger(stream_name<Account>(id(op.a)), "Deposited", R"({"cents":3})");
      case 10: return stranger(stream_name<Account>(id(op.a)), "Opened", R"({"owner":"s"})");
      case 11: return log->fill_disk(1);
      case 12:
      case 13: log->sync(static_cast<std::size_t>(op.n % 4 + 1)); return;
      default:
        for (int i = 0; i < op.n % 5 + 1; ++i) background->step_any(random_);
    }
  }

  std::vector<Account> states(const Asked& asked, Position end) const {
    std::vector<Account> states;
    for (const auto& stream : asked.streams) {
      Account account;
      for (const auto& e : all_)
        if (e.stream == stream && e.position < end) {
          EXPECT_TRUE(erased::state_type<Account>.evolve(&account, e.view(), resolvers_));
        }
      states.push_back(account);
    }
    return states;
  }

  void check() {
    all_ = log->events();
    std::map<std::string, std::vector<const Asked*>> order;
    for (const auto& one : asked_) {
      RC_ASSERT(one->told == 1);
      check_one(*one);
      if (one->queued)
        for (const auto& s : one->streams) order[s].push_back(one.get());
    }
    // Queued commands of a stream are told in order, and what they wrote stands in order.
    std::map<std::string, std::size_t> at;
    std::map<std::string, Position> last;
    for (const auto* one : told_) {
      if (!one->queued) continue;
      for (const auto& s : one->streams) {
        RC_ASSERT(order[s][at[s]++] == one);
        if (!*one->outcome || (*one->outcome)->empty) continue;
        RC_ASSERT(last[s] <= (*one->outcome)->position);
        last[s] = (*one->outcome)->position;
      }
    }
  }

  void check_one(const Asked& asked) {
    const auto& outcome = *asked.outcome;
    if (outcome.is_error()) {
      const auto code = outcome.error().code;
      RC_ASSERT(code == ErrorCode::DiskFull || (code == ErrorCode::Conflict && !asked.queued));
      return;
    }
    if (outcome.is_refused() || outcome->empty) {
      // Right at the position it was taken at.
      const auto expected = outcome.is_refused()
                                ? "refused " + std::string(outcome.refusal().code()) + outcome.refusal().detail()
                                : std::string("empty");
      RC_ASSERT(asked.decide(states(asked, outcome.taken_at())) == expected);
      return;
    }
    // Found where the receipt says, whole, and just what would be decided on what stood before.
    RC_ASSERT(outcome->position.value < all_.size());
    const auto& last = all_[outcome->position.value];
    RC_ASSERT(outcome->revision == last.revision);
    std::string written;
    Position first{UINT64_MAX};
    for (const auto& e : all_)
      if (e.batch == last.batch) {
        first = std::min(first, e.position);
        const auto which = std::ranges::find(asked.streams, e.stream) - asked.streams.begin();
        written += std::to_string(which) + ":" + e.type + e.data;
      }
    RC_ASSERT(asked.decide(states(asked, first)) == written);
  }

  std::vector<std::unique_ptr<Asked>> asked_;
  std::vector<const Asked*> told_;
  std::vector<sim::StoredEvent> all_;
  std::mt19937 random_{7};
  SchemaBook schemas_{*log};
  codec::Resolvers resolvers_{schemas_};
};

TEST(Pipelining, comes_to_what_one_command_after_another_would_have_come_to) {
  const auto op = rc::gen::build<Op>(
      rc::gen::set(&Op::what, rc::gen::inRange(0, 18)), rc::gen::set(&Op::a, rc::gen::inRange(0, 3)),
      rc::gen::set(&Op::b, rc::gen::inRange(0, 3)), rc::gen::set(&Op::cents, rc::gen::inRange(0, 40)),
      rc::gen::set(&Op::n, rc::gen::inRange(1, 1'000)));
  EXPECT_TRUE(rc::check("interleavings", [&] {
    const auto ops = *rc::gen::container<std::vector<Op>>(op);
    World().run(ops);
  }));
}

}  // namespace
}  // namespace daybook::engine
