// What the books say. Nothing here writes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daybook/store.hpp"
#include "ledger.hpp"

namespace bank {

// "2026-11-23T10:15:00Z" is that moment; a bare date is the end of that day, since who asks for a day's balance means
// when the bank had closed. UTC.
daybook::Result<daybook::AsOf> parse_as_of(std::string_view text);

// NotFound for an account that nothing ever happened to.
daybook::Result<Account> account_at(const daybook::Store& store, std::string_view id, const daybook::Moment& moment);

// One line of an account's history.
struct AuditLine {
  daybook::Revision revision;
  daybook::Time occurred;
  daybook::Time recorded;
  std::string what;  // "Deposited"
  Money change;
  Money balance;      // after it
  std::string who;    // the actor, if one was named
  std::string why;    // the reason that stands in the event, with the other account of a transfer
  std::string cause;  // the causation id, if one was named
};
// Calls `each` for every event of the account, in order.
daybook::Status audit(const daybook::Store& store, std::string_view id,
                      const std::function<void(const AuditLine&)>& each);

// What else is on record about an account: events of other streams that are tagged with it, as stored.
struct OnRecord {
  std::string stream;
  std::string type;
  std::string data;
};
daybook::Result<std::vector<OnRecord>> on_record(const daybook::Store& store, std::string_view account);

// All accounts, at one position of the log.
struct TrialBalance {
  daybook::Position at;
  std::uint64_t accounts = 0;
  Turnover total;                  // over all accounts, folded from the events one by one
  Money balances;                  // the sum of what the accounts themselves say that they hold
  std::vector<std::string> wrong;  // a sentence for whatever does not balance

  bool ok() const { return wrong.empty(); }
};
daybook::Result<TrialBalance> trial_balance(const daybook::Store& store);

}  // namespace bank
