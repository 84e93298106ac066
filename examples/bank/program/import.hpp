// History that happened elsewhere, recorded as what happened, when it happened.
//
// No decide is asked: these things have happened, whatever our rules say of them. Each row is one atomic batch, whose
// ids derive from the table's own key, so that importing again changes nothing, at any age and also after an import
// that was interrupted. The rows of an account are a chain: each is appended only behind the one before it. Several tables of
// transactions go on from one another in the order in which they come.
//
// Where the bank's own balance after a row is not what the entries come to, a BalanceCorrected with its reason follows
// in the same batch. Nothing of the row itself is altered.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daybook/store.hpp"
#include "program/berka.hpp"

namespace bank {

struct Imported {
  struct Table {
    std::string file;
    std::uint64_t rows = 0;
    std::uint64_t known = 0;  // of those: imported before
  };
  std::vector<Table> tables;

  // Of the transactions.
  std::uint64_t rows = 0;
  std::uint64_t known = 0;
  std::uint64_t matched = 0;       // the bank's balance is what the entries come to
  std::uint64_t adjusted = 0;      // it is not: a correction follows
  std::set<std::string> accounts;  // that have transactions
};

// Errors: InvalidArgument for a row that cannot be (named by its line), IdConflict for one that was imported before
// with another amount or date, Conflict for an account that is there and was not imported; the store's own. What was
// appended before an error stays, and importing again goes on from there.
daybook::Result<Imported> import_tables(const daybook::Store& store, const std::vector<berka::Table>& tables);

// What comes of comparing every balance with the bank's own.
struct Checked {
  std::uint64_t rows = 0;
  std::uint64_t rows_equal = 0;  // the account at the revision of the row holds what the bank says
  std::uint64_t days = 0;        // of an account that has transactions on it
  std::uint64_t days_equal = 0;  // the account as of the end of the day holds what the bank says after its last row
  std::string first_difference;

  bool ok() const { return rows_equal == rows && days_equal == days; }
};
daybook::Result<Checked> check_tables(const daybook::Store& store, const std::vector<berka::Table>& tables);

}  // namespace bank
