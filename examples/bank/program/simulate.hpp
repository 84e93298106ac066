// Seeded customers who use the bank all at once, each on a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daybook/store.hpp"
#include "program/receipts.hpp"

namespace bank {

struct Simulation {
  std::uint64_t seed = 1;
  std::uint32_t customers = 8;
  // Ends with whichever is reached first. What a customer asks depends on the seed alone; how the customers' commands
  // fall in between each other, and so what is refused, on the moment.
  std::optional<std::uint64_t> commands{};  // of all customers together
  std::optional<std::chrono::nanoseconds> time{};
};

struct Simulated {
  std::uint64_t asked = 0;
  std::uint64_t acknowledged = 0;  // something was written, and is durable
  std::uint64_t unchanged = 0;     // nothing needed to happen
  std::map<std::string, std::uint64_t> refused;
  std::map<std::string, std::uint64_t> by_customer;  // acknowledged
  std::chrono::nanoseconds took{};
};

// Every customer has an account; all buy at the grocer's, whose account is a hot one. `receipts` may be null. The first
// error of the world ends it.
daybook::Result<Simulated> simulate(const daybook::Store& store, const Simulation& how, ReceiptFile* receipts);

}  // namespace bank
