// The verbs that bring many events at once, and the one that holds them against what was promised.
#include <fmt/format.h>

#include <cmath>

#include "program/import.hpp"
#include "program/receipts.hpp"
#include "program/verbs.hpp"

namespace bank {
namespace {

constexpr std::size_t kMostShown = 20;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

void print(const Imported& told, std::chrono::nanoseconds took) {
  for (const auto& table : told.tables)
    fmt::print("{}: {} rows, {} of them known before\n", table.file, table.rows, table.known);
  if (told.rows > 0)
    fmt::print("transactions: rows {}, known {}, matched {}, adjusted {}, accounts {}\n", told.rows, told.known,
               told.matched, told.adjusted, told.accounts.size());
  fmt::print("took {:.2f} s\n", seconds(took));
}

}  // namespace

Exit run(const std::string& directory, const ImportVerb& verb) {
  std::vector<berka::Table> tables;
  for (const auto& file : verb.files) {
    const auto sheet = Sheet::read(file);
    if (!sheet) return report(sheet.error());
    auto table = berka::read(*sheet);
    if (!table) return report(table.error());
    tables.push_back(std::move(*table));
  }
  const auto store = open_to_write(directory);
  if (!store) return report(store.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto imported = import_tables(*store, tables);
  if (!imported) return report(imported.error());
  print(*imported, std::chrono::steady_clock::now() - begin);
  if (!verb.check) return Exit::Ok;

  const auto checked = check_tables(*store, tables);
  if (!checked) return report(checked.error());
  fmt::print("by revision: {} of {} rows have the bank's own balance\n", checked->rows_equal, checked->rows);
  fmt::print("by date: {} of {} account-days end with the bank's own balance\n", checked->days_equal, checked->days);
  if (checked->ok()) return Exit::Ok;
  fmt::print("the first that differs: {}\n", checked->first_difference);
  return Exit::Damage;
}

Exit run(const std::string& directory, const SimulateVerb& verb) {
  auto simulation = verb.simulation;
  if (verb.seconds)
    simulation.time = std::chrono::nanoseconds(std::llround(*verb.seconds * 1e9));
  else if (!simulation.commands)
    simulation.time = std::chrono::seconds(5);
  std::optional<ReceiptFile> receipts;
  if (!verb.receipts.empty()) {
    auto made = ReceiptFile::create(verb.receipts);
    if (!made) return report(made.error());
    receipts.emplace(std::move(*made));
  }
  const auto store = open_to_write(directory);
  if (!store) return report(store.error());
  const auto told = simulate(*store, simulation, receipts ? &*receipts : nullptr);
  if (!told) return report(told.error());
  fmt::print("{} customers asked {} times in {:.2f} s\n", simulation.customers, told->asked, seconds(told->took));
  fmt::print("acknowledged {} ({:.0f}/s), nothing to do {}", told->acknowledged,
             static_cast<double>(told->acknowledged) / std::max(seconds(told->took), 1e-9), told->unchanged);
  for (const auto& [why, times] : told->refused) fmt::print(", refused {} {}", why, times);
  fmt::print("\n");
  for (const auto& [customer, times] : told->by_customer) fmt::print("  {:<12} {} acknowledged\n", customer, times);
  return Exit::Ok;
}

Exit run(const std::string& directory, const ReceiptsVerb& verb) {
  const auto receipts = read_receipts(verb.file);
  if (!receipts) return report(receipts.error());
  daybook::StoreOptions options;
  options.create = false;
  options.on_opened = [](const daybook::OpeningReport& opened) {
    fmt::print("opened the store: {}\n", to_text(opened));
  };
  const auto store = daybook::open(directory, std::move(options));
  if (!store) return report(store.error());
  const auto checked = check_receipts(*store, *receipts);
  if (!checked) return report(checked.error());
  fmt::print(
      "acknowledged {}, found {}: each once, where its receipt says, in its customer's order; {} events in all\n",
      checked->receipts, checked->found, checked->events);
  if (checked->ok()) return Exit::Ok;
  for (std::size_t i = 0; i < std::min(checked->wrong.size(), kMostShown); ++i) fmt::print("  {}\n", checked->wrong[i]);
  fmt::print("{} acknowledged commands are MISSING or out of place\n", checked->receipts - checked->found);
  return Exit::Damage;
}

}  // namespace bank
