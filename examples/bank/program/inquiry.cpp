#include "program/inquiry.hpp"

#include <fmt/format.h>

#include "daybook/provenance.hpp"
#include "program/report.hpp"

namespace bank {
namespace {

using daybook::ErrorCode;
using daybook::fail;

std::string why(const Opened& e) { return "for " + e.owner; }
std::string why(const Deposited& e) { return e.reason; }
std::string why(const Withdrawn& e) { return e.reason; }
std::string why(const TransferredOut& e) { return e.reason + (e.reason.empty() ? "to " : ", to ") + e.to; }
std::string why(const TransferredIn& e) { return e.reason + (e.reason.empty() ? "from " : ", from ") + e.from; }
std::string why(const OverdraftLimitSet& e) { return "to " + to_text(e.limit); }
std::string why(const BalanceCorrected& e) { return e.reason; }
std::string why(const Closed&) { return {}; }

}  // namespace

daybook::Result<daybook::AsOf> parse_as_of(std::string_view text) {
  const auto time = daybook::parse_time(text);
  if (!time)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("'{}' is no time; 1993-03-31 or 1993-03-31T12:00:00Z was expected", text));
  const bool bare_date = text.size() == std::string_view("1993-03-31").size();
  constexpr auto kToTheEnd = std::chrono::days(1) - std::chrono::nanoseconds(1);
  // The last day that a time can tell ends behind the last time.
  const auto evening = *time > daybook::Time::max() - kToTheEnd ? daybook::Time::max() : *time + kToTheEnd;
  return daybook::AsOf{bare_date ? evening : *time, daybook::by_occurred};
}

daybook::Result<Account> account_at(const daybook::Store& store, std::string_view id, const daybook::Moment& moment) {
  const auto account = store.stream<Account>(id);
  const auto head = store.log().head(account.name());
  if (!head) return std::unexpected(head.error());
  if (!*head) return fail(ErrorCode::NotFound, fmt::format("there is no account '{}'", id));
  return account.state(moment);
}

daybook::Status audit(const daybook::Store& store, std::string_view id,
                      const std::function<void(const AuditLine&)>& each) {
  if (auto there = account_at(store, id, daybook::Revision{0}); !there) return std::unexpected(there.error());
  auto history = store.stream<Account>(id).history();
  if (!history) return std::unexpected(history.error());
  AuditLine line;
  for (;;) {
    const auto entry = history->next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return {};
    const auto& at = (*entry)->at;
    auto by = daybook::provenance(at);
    line.revision = at.revision;
    line.occurred = at.occurred;
    line.recorded = at.recorded;
    line.what = at.type;
    line.who = std::move(by.actor);
    line.cause = std::move(by.causation_id);
    std::visit(
        [&](const auto& event) {
          line.change = change(event);
          line.why = why(event);
        },
        (*entry)->event);
    line.balance += line.change;
    each(line);
  }
}

daybook::Result<std::vector<OnRecord>> on_record(const daybook::Store& store, std::string_view account) {
  daybook::ReadLog how;
  how.filter = daybook::events<>().tagged("account", account);
  auto cursor = store.log().read(how);
  if (!cursor) return std::unexpected(cursor.error());
  std::vector<OnRecord> found;
  for (;;) {
    const auto event = (*cursor)->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) return found;
    found.push_back({std::string((*event)->stream), std::string((*event)->type), std::string((*event)->data)});
  }
}

daybook::Result<TrialBalance> trial_balance(const daybook::Store& store) {
  TrialBalance told;
  const auto end = store.log().end();
  if (end == store.log().begin()) return told;
  told.at = daybook::Position{end.value - 1};
  auto rows = store.view<Turnover>(told.at);
  if (!rows) return std::unexpected(rows.error());
  for (const auto& [stream, turnover] : *rows) {
    ++told.accounts;
    told.total += turnover;
    // The other way to the same number: the account's own rules, with its snapshots.
    const auto account = store.stream<Account>(account_id(stream)).state(told.at);
    if (!account) return std::unexpected(account.error());
    told.balances += account->balance;
    if (account->balance != balance_of(turnover))
      told.wrong.push_back(fmt::format("{} holds {}, but its entries come to {}", stream, to_text(account->balance),
                                       to_text(balance_of(turnover))));
  }
  if (told.total.transferred_out != told.total.transferred_in)
    told.wrong.push_back(fmt::format("{} was transferred out of accounts, but {} into accounts",
                                     to_text(told.total.transferred_out), to_text(told.total.transferred_in)));
  const auto expected = told.total.deposited - told.total.withdrawn + told.total.corrected;
  if (told.balances != expected)
    told.wrong.push_back(fmt::format("all accounts hold {}, but what came in less what went out is {}",
                                     to_text(told.balances), to_text(expected)));
  return told;
}

}  // namespace bank
