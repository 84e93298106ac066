// What the program says, and how it ends.
#pragma once

#include <string>
#include <string_view>

#include "daybook/open.hpp"
#include "money.hpp"

namespace bank {

// The program's exit, for scripts.
enum class Exit : int {
  Ok = 0,
  World = 1,    // disk, permission, not found, …
  Usage = 2,    // what was asked for, or read in, makes no sense
  Refused = 3,  // the bank said no
  Damage = 4,   // something that was promised is not there, or the books do not balance
  Locked = 5,   // another process writes this store
};

// Opens those of descriptors 0, 1 and 2 that are closed, so that no file of a store becomes one of them; reading or
// writing there is then an error. Before anything else is opened. False: it could not be done.
bool occupy_standard_descriptors();

// "1234.50", "-0.10".
std::string to_text(Money amount);
// "1234.5", "-0.10", "12"; nothing if it is not an amount in whole cents that an account can hold.
std::optional<Money> parse_money(std::string_view text);

// The shortest that says it: "1993-01-05" at midnight, else "2026-11-23 10:15:00.123".
std::string to_text(daybook::Time time);

// "alice" and "Account-alice" are the same account.
std::string_view account_id(std::string_view name);

// What opening a store found, in a sentence.
std::string to_text(const daybook::OpeningReport& opened);

// "bank: …" on standard error. Whether it can be written there is nobody's error: there is no place left to say so.
void note(std::string_view message);
// Says it so, and gives the exit that belongs to it.
Exit report(const daybook::Error& error);
// Refusals and errors; Ok otherwise.
Exit report(const daybook::Outcome& outcome);

// Opens the store to write. Whatever recovery had to do is said on standard error.
daybook::Result<daybook::Store> open_to_write(const std::string& directory);
// Opens it to read, also while another process writes it. Both say warnings on standard error: an answer that was found
// although something was wrong is never given without a word.
daybook::Result<daybook::Store> open_to_read(const std::string& directory);

}  // namespace bank
