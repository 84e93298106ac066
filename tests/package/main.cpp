// What a program outside of Daybook's tree needs to use the installed package: one find_package, one target.
#include <cstdio>

#include "daybook/types.hpp"

int main() {
  const auto time = daybook::parse_time("1993-01-05");
  if (!time || daybook::to_string(*time) != "1993-01-05T00:00:00.000000000Z") return 1;
  if (daybook::category_of("Account-alice") != "Account") return 1;
  std::puts("the installed package works");
}
