// The verbs that ask the bank for something.
#include <fmt/format.h>

#include "account.hpp"
#include "program/verbs.hpp"

namespace bank {
namespace {

std::optional<Money> amount_of(const std::string& text) {
  auto amount = parse_money(text);
  if (!amount) note(fmt::format("'{}' is no amount; one such as 20 or 1234.50 was expected", text));
  return amount;
}

daybook::CommandOptions by(const std::string& actor) {
  daybook::CommandOptions how;
  how.actor = actor;
  return how;
}

// Opens the store, asks, and prints the answer.
template <class F>
Exit ask(const std::string& directory, F execute) {
  const auto store = open_to_write(directory);
  if (!store) return report(store.error());
  const daybook::Outcome outcome = execute(*store);
  if (!outcome) return report(outcome);
  if (outcome->empty)
    fmt::print("nothing needed to happen\n");
  else
    fmt::print("done: revision {}, position {}\n", outcome->revision->value, outcome->position.value);
  return Exit::Ok;
}

template <class C>
Exit ask_one(const std::string& directory, const std::string& account, const std::string& actor, C command) {
  return ask(directory, [&](const daybook::Store& store) {
    return store.stream<Account>(account_id(account)).execute(std::move(command), by(actor));
  });
}

}  // namespace

Exit run(const std::string& store, const OpenVerb& verb) {
  const auto limit = amount_of(verb.overdraft);
  if (!limit) return Exit::Usage;
  return ask_one(store, verb.account, verb.actor, Open{verb.owner.empty() ? verb.account : verb.owner, *limit});
}
Exit run(const std::string& store, const DepositVerb& verb) {
  const auto amount = amount_of(verb.amount);
  return amount ? ask_one(store, verb.account, verb.actor, Deposit{*amount, verb.reason}) : Exit::Usage;
}
Exit run(const std::string& store, const WithdrawVerb& verb) {
  const auto amount = amount_of(verb.amount);
  return amount ? ask_one(store, verb.account, verb.actor, Withdraw{*amount, verb.reason}) : Exit::Usage;
}
Exit run(const std::string& store, const LimitVerb& verb) {
  const auto limit = amount_of(verb.limit);
  return limit ? ask_one(store, verb.account, verb.actor, SetOverdraftLimit{*limit}) : Exit::Usage;
}
Exit run(const std::string& store, const CloseVerb& verb) { return ask_one(store, verb.account, verb.actor, Close{}); }

Exit run(const std::string& directory, const TransferVerb& verb) {
  const auto amount = amount_of(verb.amount);
  if (!amount) return Exit::Usage;
  const std::string from(account_id(verb.from));
  const std::string to(account_id(verb.to));
  return ask(directory, [&](const daybook::Store& store) -> daybook::Outcome {
    // The store takes no command that names one account twice, so here the bank's own no is given.
    if (from == to) return {daybook::refuse(SameAccount{from}), daybook::Position{}};
    return store.execute(Transfer{*amount, from, to, verb.reason}, by(verb.actor), store.stream<Account>(from),
                         store.stream<Account>(to));
  });
}

}  // namespace bank
