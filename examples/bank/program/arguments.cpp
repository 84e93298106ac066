#include "program/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <system_error>

#include "program/verbs.hpp"

namespace bank {
namespace {

constexpr const char* kAbout =
    "A bank on an event log. What happened to an account is what is stored; its balance follows.";
constexpr const char* kAboutExits =
    "Every verb takes --store DIR before or after it; BANK_STORE says it for all.\n"
    "Exit codes: 0 done, 1 an error of the world, 2 wrong usage or input, 3 the bank refused, 4 something is missing "
    "or\n"
    "damaged, 5 another process writes the store.";

// CLI11 itself would take 010 for 8.
CLI::Validator whole_number(std::uint64_t from = 0, std::uint64_t to = std::numeric_limits<std::uint64_t>::max()) {
  const auto check = [from, to](std::string& text) -> std::string {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < from || number > to)
      return fmt::format("'{}' is no whole number from {} to {}", text, from, to);
    text = fmt::to_string(number);
    return {};
  };
  return {check, {}};
}

// Adds a verb; `options` declares what it takes.
template <class V>
void add(CLI::App& app, std::function<Exit(const std::string&)>& chosen, const std::string& name,
         const std::string& about, const std::function<void(CLI::App&, V&)>& options) {
  auto* verb = app.add_subcommand(name, about);
  verb->fallthrough();
  auto value = std::make_shared<V>();
  options(*verb, *value);
  verb->callback([value, &chosen] { chosen = [value](const std::string& store) { return run(store, *value); }; });
}

void account(CLI::App& app, std::string& account) {
  app.add_option("ACCOUNT", account, "The account's name, such as alice or 576")->required()->type_name("");
}
void amount(CLI::App& app, std::string& amount, const char* name = "AMOUNT") {
  app.add_option(name, amount, "Such as 20 or 1234.50")->required()->type_name("");
}
template <class V>
void who_and_why(CLI::App& app, V& v) {
  app.add_option("--reason", v.reason, "Why, for the audit trail")->type_name("TEXT");
  app.add_option("--actor", v.actor, "Who, for the audit trail")->type_name("NAME")->capture_default_str();
}

void add_verbs(CLI::App& app, std::function<Exit(const std::string&)>& chosen) {
  add<OpenVerb>(app, chosen, "open", "Open an account", [](CLI::App& a, OpenVerb& v) {
    account(a, v.account);
    a.add_option("--owner", v.owner, "Whose it is; by default its name")->type_name("NAME");
    a.add_option("--overdraft", v.overdraft, "How far the balance may fall below 0")
        ->type_name("AMOUNT")
        ->capture_default_str();
    a.add_option("--actor", v.actor, "Who, for the audit trail")->type_name("NAME")->capture_default_str();
  });
  add<DepositVerb>(app, chosen, "deposit", "Pay money in", [](CLI::App& a, DepositVerb& v) {
    account(a, v.account);
    amount(a, v.amount);
    who_and_why(a, v);
  });
  add<WithdrawVerb>(app, chosen, "withdraw", "Take money out", [](CLI::App& a, WithdrawVerb& v) {
    account(a, v.account);
    amount(a, v.amount);
    who_and_why(a, v);
  });
  add<TransferVerb>(app, chosen, "transfer", "Move money: both accounts change, or neither",
                    [](CLI::App& a, TransferVerb& v) {
                      a.add_option("FROM", v.from, "Who pays")->required()->type_name("");
                      a.add_option("TO", v.to, "Who is paid")->required()->type_name("");
                      amount(a, v.amount);
                      who_and_why(a, v);
                    });
  add<LimitVerb>(app, chosen, "limit", "Set how far the balance may fall below 0", [](CLI::App& a, LimitVerb& v) {
    account(a, v.account);
    amount(a, v.limit, "LIMIT");
    a.add_option("--actor", v.actor, "Who, for the audit trail")->type_name("NAME")->capture_default_str();
  });
  add<CloseVerb>(app, chosen, "close", "Pay out what is left, and close", [](CLI::App& a, CloseVerb& v) {
    account(a, v.account);
    a.add_option("--actor", v.actor, "Who, for the audit trail")->type_name("NAME")->capture_default_str();
  });

  add<BalanceVerb>(app, chosen, "balance", "What an account holds, now or then", [](CLI::App& a, BalanceVerb& v) {
    account(a, v.account);
    auto* as_of = a.add_option("--as-of", v.as_of,
                               "When it had happened: 1993-03-31T12:00:00Z; a bare date is the end of that day (UTC)")
                      ->type_name("TIME");
    a.add_option("--revision", v.revision, "After the event with this number in the account's stream, from 0")
        ->type_name("N")
        ->transform(whole_number())
        ->excludes(as_of);
  });
  add<AuditVerb>(
      app, chosen, "audit", "How the balance came about: who did what, when, why", [](CLI::App& a, AuditVerb& v) {
        account(a, v.account);
        a.add_option("--last", v.last, "Only the last so many lines")->type_name("N")->transform(whole_number());
      });
  add<TrialBalanceVerb>(app, chosen, "trial-balance", "Hold all accounts against what came in and went out",
                        [](CLI::App&, TrialBalanceVerb&) {});
  add<VerifySnapshotsVerb>(app, chosen, "verify-snapshots",
                           "Fold every account that has a saved state again, and compare",
                           [](CLI::App&, VerifySnapshotsVerb&) {});

  add<ImportVerb>(app, chosen, "import", "Take over tables of another bank: what happened, when it happened",
                  [](CLI::App& a, ImportVerb& v) {
                    a.add_option("FILE", v.files,
                                 "Berka tables, plain or zstd, in any order; importing twice changes nothing")
                        ->required()
                        ->type_name("");
                    a.add_flag("--check", v.check, "Then compare every balance with that bank's own");
                  });
  add<SimulateVerb>(app, chosen, "simulate", "Let customers loose, all at once", [](CLI::App& a, SimulateVerb& v) {
    a.add_option("--seed", v.simulation.seed, "What they ask depends on it")
        ->type_name("N")
        ->transform(whole_number())
        ->capture_default_str();
    a.add_option("--customers", v.simulation.customers, "Each is a thread")
        ->type_name("N")
        ->transform(whole_number(1, 1024))
        ->capture_default_str();
    auto* seconds = a.add_option("--seconds", v.seconds, "End after so long; 5 if nothing else is said")
                        ->type_name("S")
                        ->check(CLI::Range(0.0, 1e6));
    a.add_option("--commands", v.simulation.commands, "End after so many")
        ->type_name("N")
        ->transform(whole_number())
        ->excludes(seconds);
    a.add_option("--receipts", v.receipts, "Write down each acknowledgement here as it is given")->type_name("FILE");
  });
  add<ReceiptsVerb>(app, chosen, "receipts", "Hold the receipts of a simulation against the store",
                    [](CLI::App& a, ReceiptsVerb& v) {
                      a.add_option("FILE", v.file, "Written by simulate --receipts")->required()->type_name("");
                    });
}

// The verb, or why there is none to run.
Exit parse_and_run(int argc, const char* const* argv) {
  CLI::App app(kAbout, "bank");
  app.footer(kAboutExits);
  app.require_subcommand(1);
  std::string store;
  app.add_option("--store", store, "The store's directory; made by the verbs that write")
      ->type_name("DIR")
      ->envname("BANK_STORE")
      ->required();
  std::function<Exit(const std::string&)> chosen;
  add_verbs(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return Exit::Ok;
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return Exit::Usage;
  }
  return chosen(store);
}

Exit report_unwritten(int why) {
  return report(daybook::Error{why == ENOSPC ? daybook::ErrorCode::DiskFull : daybook::ErrorCode::IoError,
                               fmt::format("writing to standard output: {}", std::strerror(why)),
                               {}});
}

}  // namespace

Exit run(int argc, const char* const* argv) {
  if (!occupy_standard_descriptors()) return Exit::World;
  try {
    const auto exit = parse_and_run(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return report_unwritten(errno);
    return exit;
  } catch (const std::system_error& unwritten) {  // thrown by fmt::print alone: nothing of Daybook's throws
    return report_unwritten(unwritten.code().value());
  }
}

}  // namespace bank
