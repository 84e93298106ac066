// Two withdrawals at once on one account: 100 in it, and two who each want 80 at the same moment. However the store is
// asked to settle it, one gets the money; whoever reads the balance and appends without a condition, loses it. What is
// printed is quoted in docs/questions/two-withdrawals.md. In the first three, a round in which not exactly one is paid,
// and the other told no, ends this with an error.
//
//   ROUNDS=500 DIR=. bench_two_withdrawals
#include <array>
#include <barrier>
#include <optional>
#include <thread>

#include "../examples/bank/account.hpp"
#include "bench.hpp"
#include "daybook/open.hpp"

namespace {

using namespace bank;
using namespace daybook::bench;
using daybook::ErrorCode;
using daybook::Outcome;

using Withdrawing = Outcome (*)(daybook::Stream<Account>&);

template <class OnConflict>
Outcome decided(daybook::Stream<Account>& account) {
  return account.execute(Withdraw{80_eur, "cash"}, {.on_conflict = OnConflict{}});
}

// What a program does that takes the log for a file: it looks, and then it writes.
Outcome looked_and_wrote(daybook::Stream<Account>& account) {
  const auto state = account.state();
  if (!state) return state.error();
  if (!can_pay(*state, 80_eur))
    return {daybook::refuse(InsufficientFunds{state->balance, state->overdraft_limit}), daybook::Position{}};
  return account.append(Withdrawn{80_eur, "cash"});
}

struct Told {
  std::uint64_t paid_once = 0, paid_twice = 0, paid_never = 0;  // rounds
  std::uint64_t refused = 0, conflicts = 0;                     // of the commands
  std::vector<double> seconds;
};

// One round: both begin at the same moment.
class Race {
 public:
  Race(Withdrawing withdraw, daybook::Store& store) : withdraw_(withdraw), store_(store) {}

  Told run(std::uint64_t rounds) {
    std::barrier together(2);
    std::array<std::vector<Outcome>, 2> answers;
    std::array<std::vector<double>, 2> seconds;
    prepare(rounds);
    auto customer = [&](std::size_t who) {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        auto account = store_.stream<Account>(std::to_string(i));
        together.arrive_and_wait();
        const auto asked = Steady::now();
        answers[who].push_back(withdraw_(account));
        seconds[who].push_back(since(asked));
      }
    };
    std::thread other(customer, 1);
    customer(0);
    other.join();

    Told told;
    for (std::uint64_t i = 0; i < rounds; ++i) count(answers[0][i], answers[1][i], i, told);
    for (auto& s : seconds) told.seconds.insert(told.seconds.end(), s.begin(), s.end());
    return told;
  }

 private:
  void prepare(std::uint64_t rounds) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      auto account = store_.stream<Account>(std::to_string(i));
      account.submit(Open{"two"}, [](const Outcome&) {});
      account.submit(Deposit{100_eur, "wages"}, [](const Outcome&) {});
    }
    if (const auto drained = store_.drain(); !drained) die(drained.error().message);
  }

  void count(const Outcome& a, const Outcome& b, std::uint64_t round, Told& told) const {
    std::int64_t paid = 0;
    for (const auto* answer : {&a, &b}) {
      if (*answer)
        ++paid;
      else if (answer->refused<InsufficientFunds>())
        ++told.refused;
      else if (answer->is_error() && answer->error().code == ErrorCode::Conflict)
        ++told.conflicts;
      else
        die("neither an answer of the bank's nor a conflict");
    }
    ++(paid == 1 ? told.paid_once : paid == 2 ? told.paid_twice : told.paid_never);
    const auto state = store_.stream<Account>(std::to_string(round)).state();
    if (!state || state->balance != Money{10'000 - 8'000 * paid}) die("the balance is not what was acknowledged");
  }

  Withdrawing withdraw_;
  daybook::Store& store_;
};

// What becomes of the one of the two who does not get the money.
enum class Loser { IsRefused, IsRefusedOrConflicts, MayWinToo };

void run(std::string_view name, Withdrawing withdraw, Loser loser) {
  const Scratch scratch;
  auto store = daybook::open(scratch / "store");
  if (!store) die(store.error().message);
  const auto rounds = setting("ROUNDS", 500);
  auto told = Race(withdraw, *store).run(rounds);
  const auto p = percentiles(told.seconds);
  fmt::print(
      "{{\"figure\":\"two_withdrawals\",\"how\":\"{}\",\"rounds\":{},\"paid_once\":{},\"paid_twice\":{},\"paid_never\":"
      "{},"
      "\"refused\":{},\"conflicts\":{},\"p50_ms\":{:.2f},\"p99_ms\":{:.2f}}}\n",
      name, rounds, told.paid_once, told.paid_twice, told.paid_never, told.refused, told.conflicts, p.p50 * 1e3,
      p.p99 * 1e3);
  std::fflush(stdout);
  if (loser == Loser::MayWinToo) return;
  if (told.paid_once != rounds) die("money was paid twice, or to nobody");
  if (told.refused + told.conflicts != rounds) die("of two that asked not exactly one was told no");
  if (loser == Loser::IsRefused && told.conflicts > 0) die("a conflict reached who did not ask to hear of it");
}

}  // namespace

int main() {
  run("queue", decided<daybook::Queue>, Loser::IsRefused);
  run("retry", decided<daybook::Retry>, Loser::IsRefused);
  run("fail", decided<daybook::Fail>, Loser::IsRefusedOrConflicts);
  run("look_then_append", looked_and_wrote, Loser::MayWinToo);
}
