// The verbs of the program, each with what it takes. They print, and say how the program ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "program/report.hpp"
#include "program/simulate.hpp"

namespace bank {

// ---- at the counter ----------------------------------------------------------------------------------------------

struct OpenVerb {
  std::string account;
  std::string owner;
  std::string overdraft = "0";
  std::string actor = "counter";
};
struct DepositVerb {
  std::string account;
  std::string amount;
  std::string reason;
  std::string actor = "counter";
};
struct WithdrawVerb {
  std::string account;
  std::string amount;
  std::string reason;
  std::string actor = "counter";
};
struct TransferVerb {
  std::string from;
  std::string to;
  std::string amount;
  std::string reason;
  std::string actor = "counter";
};
struct LimitVerb {
  std::string account;
  std::string limit;
  std::string actor = "counter";
};
struct CloseVerb {
  std::string account;
  std::string actor = "counter";
};
Exit run(const std::string& store, const OpenVerb& verb);
Exit run(const std::string& store, const DepositVerb& verb);
Exit run(const std::string& store, const WithdrawVerb& verb);
Exit run(const std::string& store, const TransferVerb& verb);
Exit run(const std::string& store, const LimitVerb& verb);
Exit run(const std::string& store, const CloseVerb& verb);

// ---- the books ---------------------------------------------------------------------------------------------------

struct BalanceVerb {
  std::string account;
  std::optional<std::string> as_of;
  std::optional<std::uint64_t> revision;
};
struct AuditVerb {
  std::string account;
  std::optional<std::uint64_t> last;  // only so many lines
};
struct TrialBalanceVerb {};
struct VerifySnapshotsVerb {};
Exit run(const std::string& store, const BalanceVerb& verb);
Exit run(const std::string& store, const AuditVerb& verb);
Exit run(const std::string& store, const TrialBalanceVerb& verb);
Exit run(const std::string& store, const VerifySnapshotsVerb& verb);

// ---- many at once ------------------------------------------------------------------------------------------------

struct ImportVerb {
  std::vector<std::string> files;
  bool check = false;
};
struct SimulateVerb {
  Simulation simulation;
  std::optional<double> seconds;
  std::string receipts;
};
struct ReceiptsVerb {
  std::string file;
};
Exit run(const std::string& store, const ImportVerb& verb);
Exit run(const std::string& store, const SimulateVerb& verb);
Exit run(const std::string& store, const ReceiptsVerb& verb);

}  // namespace bank
