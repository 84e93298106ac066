// What else a bank has on record: who its clients are, who may use an account, standing orders, loans, cards,
// districts.
//
// Facts, taken over from elsewhere as they are: nothing is decided on them, so they have events and states but no
// commands. Each is a stream of its own; what belongs to an account is tagged with it, so that it is found from there.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daybook/daybook.hpp"
#include "money.hpp"

namespace bank {

// ---- clients, and what they may use ------------------------------------------------------------------------------

enum class Sex : std::uint8_t { Female, Male };
struct ClientRegistered {
  std::chrono::sys_days born;
  Sex sex{};
  std::string district;
};
struct Client {
  using Event = std::variant<ClientRegistered>;
  ClientRegistered facts;
};
inline void evolve(Client& c, const ClientRegistered& e) { c.facts = e; }
static_assert(daybook::Aggregate<Client>);

enum class Statements : std::uint8_t { Monthly, Weekly, AfterEachTransaction };
struct ContractSigned {
  std::string account;
  std::string district;
  Statements statements{};
};
inline daybook::Tags tags(const ContractSigned& e) { return {{"account", e.account}}; }
struct Contract {
  using Event = std::variant<ContractSigned>;
  ContractSigned facts;
};
inline void evolve(Contract& c, const ContractSigned& e) { c.facts = e; }
static_assert(daybook::Aggregate<Contract>);

enum class Access : std::uint8_t { Owner, Disponent };  // a disponent may use the account of another
struct AccessGranted {
  std::string client;
  std::string account;
  Access access{};
};
inline daybook::Tags tags(const AccessGranted& e) { return {{"account", e.account}, {"client", e.client}}; }
struct Disposition {
  using Event = std::variant<AccessGranted>;
  AccessGranted facts;
};
inline void evolve(Disposition& d, const AccessGranted& e) { d.facts = e; }
static_assert(daybook::Aggregate<Disposition>);

// ---- products ----------------------------------------------------------------------------------------------------

struct StandingOrderPlaced {
  std::string account;
  std::string to_bank;
  std::string to_account;
  Money amount;
  std::string purpose;
};
inline daybook::Tags tags(const StandingOrderPlaced& e) { return {{"account", e.account}}; }
struct StandingOrder {
  using Event = std::variant<StandingOrderPlaced>;
  StandingOrderPlaced facts;
};
inline void evolve(StandingOrder& o, const StandingOrderPlaced& e) { o.facts = e; }
static_assert(daybook::Aggregate<StandingOrder>);

enum class LoanStanding : std::uint8_t { PaidOff, NotPaidOff, Running, RunningInDebt };
struct LoanGranted {
  std::string account;
  Money amount;
  std::chrono::months duration{};
  Money monthly_payment;
  LoanStanding standing{};  // when the table was drawn up
};
inline daybook::Tags tags(const LoanGranted& e) { return {{"account", e.account}}; }
struct Loan {
  using Event = std::variant<LoanGranted>;
  LoanGranted facts;
};
inline void evolve(Loan& l, const LoanGranted& e) { l.facts = e; }
static_assert(daybook::Aggregate<Loan>);

struct CardIssued {
  std::string disposition;
  std::string kind;
};
inline daybook::Tags tags(const CardIssued& e) { return {{"disposition", e.disposition}}; }
struct Card {
  using Event = std::variant<CardIssued>;
  CardIssued facts;
};
inline void evolve(Card& c, const CardIssued& e) { c.facts = e; }
static_assert(daybook::Aggregate<Card>);

// ---- districts ---------------------------------------------------------------------------------------------------

struct DistrictSurveyed {
  std::string name;
  std::string region;
  std::int64_t inhabitants = 0;
  std::vector<std::int64_t> municipalities;  // below 500 inhabitants, to 1,999, to 9,999, and above
  std::int64_t cities = 0;
  double urban_percent = 0;
  std::int64_t average_salary = 0;
  std::optional<double> unemployment_percent_1995;
  double unemployment_percent_1996 = 0;
  std::int64_t entrepreneurs_per_1000 = 0;
  std::optional<std::int64_t> crimes_1995;
  std::int64_t crimes_1996 = 0;
};
struct District {
  using Event = std::variant<DistrictSurveyed>;
  DistrictSurveyed facts;
};
inline void evolve(District& d, const DistrictSurveyed& e) { d.facts = e; }
static_assert(daybook::Aggregate<District>);

}  // namespace bank
