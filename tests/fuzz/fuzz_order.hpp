// A struct with a field of every kind, for the fuzzers of payloads.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"
#include "daybook/codec/schema.hpp"

namespace fuzz {

enum class Side : std::uint8_t { Buy, Sell };
struct Card {
  std::string digits;
};
struct Cash {};
struct Tree {
  std::vector<Tree> children;
  std::optional<std::int16_t> leaf;
};
struct Order {
  bool flag = false;
  std::uint8_t small = 0;
  std::uint64_t big = 0;
  float f = 0;
  double d = 0;
  Side side = Side::Buy;
  std::string text;
  std::vector<std::byte> bytes;
  std::array<std::byte, 2> fixed{};
  daybook::Uuid id;
  std::chrono::sys_time<std::chrono::nanoseconds> at;
  std::chrono::sys_days day;
  std::optional<std::variant<Card, Cash>> means;
  std::variant<std::monostate, std::int64_t, std::string> value;
  std::map<std::int32_t, Cash> by_number;
  std::set<std::string> tags;
  std::vector<bool> flags;
  Tree tree;
  std::string currency = "EUR";
};

}  // namespace fuzz
