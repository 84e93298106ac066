// The verbs that read the books.
#include <fmt/format.h>

#include <deque>

#include "program/inquiry.hpp"
#include "program/verbs.hpp"

namespace bank {
namespace {

void print(const AuditLine& line) {
  fmt::print("{:>8}  {:<23}  {:<17} {:>14} {:>14}  {:<10}  {}", line.revision.value, to_text(line.occurred), line.what,
             line.change == Money{} ? "" : to_text(line.change), to_text(line.balance),
             line.who.empty() ? "-" : line.who, line.why);
  if (!line.cause.empty()) fmt::print(" [{}]", line.cause);
  if (line.recorded != line.occurred) fmt::print(" (recorded {})", to_text(line.recorded));
  fmt::print("\n");
}

}  // namespace

Exit run(const std::string& directory, const BalanceVerb& verb) {
  daybook::Moment moment = daybook::Latest{};
  if (verb.revision) moment = daybook::Revision{*verb.revision};
  if (verb.as_of) {
    const auto as_of = parse_as_of(*verb.as_of);
    if (!as_of) return report(as_of.error());
    moment = *as_of;
  }
  const auto store = open_to_read(directory);
  if (!store) return report(store.error());
  const auto account = account_at(*store, account_id(verb.account), moment);
  if (!account) return report(account.error());
  fmt::print("{}\n", to_text(account->balance));
  return Exit::Ok;
}

Exit run(const std::string& directory, const AuditVerb& verb) {
  const auto store = open_to_read(directory);
  if (!store) return report(store.error());
  const auto id = account_id(verb.account);
  std::deque<AuditLine> lines;
  auto audited = audit(*store, id, [&](const AuditLine& line) {
    lines.push_back(line);
    if (verb.last && lines.size() > *verb.last) lines.pop_front();
  });
  if (!audited) return report(audited.error());
  fmt::print("{:>8}  {:<23}  {:<17} {:>14} {:>14}  {:<10}  {}\n", "revision", "occurred (UTC)", "what", "change",
             "balance", "who", "why");
  for (const auto& line : lines) print(line);
  const auto more = on_record(*store, id);
  if (!more) return report(more.error());
  if (!more->empty()) fmt::print("also on record:\n");
  for (const auto& one : *more) fmt::print("  {:<22} {:<20} {}\n", one.stream, one.type, one.data);
  return Exit::Ok;
}

Exit run(const std::string& directory, const TrialBalanceVerb&) {
  const auto store = open_to_read(directory);
  if (!store) return report(store.error());
  const auto trial = trial_balance(*store);
  if (!trial) return report(trial.error());
  const auto& t = trial->total;
  const auto line = [](std::string_view what, Money amount) { fmt::print("  {:<34} {:>18}\n", what, to_text(amount)); };
  fmt::print("trial balance of {} accounts, at position {}\n", trial->accounts, trial->at.value);
  line("came in from outside", t.deposited);
  line("went out to the outside", -t.withdrawn);
  line("compensating entries", t.corrected);
  line("transferred out of accounts", -t.transferred_out);
  line("transferred into accounts", t.transferred_in);
  line("sum of these", balance_of(t));
  line("sum of what the accounts hold", trial->balances);
  if (trial->ok()) {
    fmt::print("the books balance\n");
    return Exit::Ok;
  }
  fmt::print("THE BOOKS DO NOT BALANCE\n");
  for (const auto& what : trial->wrong) fmt::print("  {}\n", what);
  return Exit::Damage;
}

Exit run(const std::string& directory, const VerifySnapshotsVerb&) {
  using enum daybook::SnapshotVerdict;
  const auto store = open_to_read(directory);
  if (!store) return report(store.error());
  const auto checked = store->verify_snapshots<Account>();
  if (!checked) return report(checked.error());
  std::size_t sound = 0;
  auto exit = Exit::Ok;
  for (const auto& one : *checked) {
    if (one.verdict == Sound) {
      ++sound;
      continue;
    }
    fmt::print("{:<8}  {} before position {}: {}\n", daybook::name_of(one.verdict), one.key, one.position.value,
               one.why);
    // The other two are in order: rules were raised, or old history was deleted.
    if (one.verdict != Outdated && one.verdict != Unproven) exit = Exit::Damage;
  }
  fmt::print("{} saved states, {} of them sound\n", checked->size(), sound);
  return exit;
}

}  // namespace bank
