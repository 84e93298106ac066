// What the bank's events have ever looked like stands in schema.lock; what they are today must still read it.
#include <gtest/gtest.h>

#include "account.hpp"
#include "daybook/schema.hpp"
#include "register.hpp"

namespace bank {
namespace {

TEST(Bank, reads_everything_it_ever_wrote) {
  const auto lock =
      daybook::check_schema_lock<Account, Client, Contract, Disposition, StandingOrder, Loan, Card, District>(
          BANK_SOURCE_DIR "/schema.lock");
  EXPECT_TRUE(lock.ok()) << lock.text();
}

}  // namespace
}  // namespace bank
