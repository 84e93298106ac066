// For tests: a struct with a field of every kind that can be stored, and random values of it.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "daybook/codec/describe.hpp"

namespace daybook::codec::sample {

enum class Side : std::uint8_t { Buy, Sell, Cross = 200 };
enum class Level : int { Low = -5, Middle = 0, High = 9 };

struct Money {
  std::int64_t cents = 0;
  friend bool operator==(const Money&, const Money&) = default;
};
struct Isin {
  std::string text;
  friend auto operator<=>(const Isin&, const Isin&) = default;
};
struct Card {
  std::string digits;
  friend bool operator==(const Card&, const Card&) = default;
};
struct Cash {
  friend bool operator==(const Cash&, const Cash&) = default;
};
struct Tree {
  std::string name;
  std::vector<Tree> children;
  friend bool operator==(const Tree&, const Tree&) = default;
};
struct Line {
  Isin isin;
  Money price;
  std::optional<Money> fee;
  std::vector<std::string> notes;
  friend bool operator==(const Line&, const Line&) = default;
};

using Payment = std::variant<std::monostate, Card, Cash, Money, std::string, std::int64_t>;

struct Numbers {
  bool flag;
  std::int8_t i8;
  std::int16_t i16;
  std::int32_t i32;
  std::int64_t i64;
  std::uint8_t u8;
  std::uint16_t u16;
  std::uint32_t u32;
  std::uint64_t u64;
  float f32;
  double f64;
  Side side;
  Level level;
  std::chrono::sys_time<std::chrono::nanoseconds> nanos;
  std::chrono::sys_time<std::chrono::microseconds> micros;
  std::chrono::sys_time<std::chrono::milliseconds> millis;
  std::chrono::sys_seconds seconds;
  std::chrono::sys_days day;
  std::chrono::nanoseconds for_nanos;
  std::chrono::seconds for_seconds;
  std::chrono::duration<double> for_real;
  friend bool operator==(const Numbers&, const Numbers&) = default;
};
using Means = std::variant<Card, Cash, std::int64_t>;
struct Order {
  Numbers numbers;
  std::string text;
  std::vector<std::byte> bytes;
  std::array<std::byte, 4> digest;
  Uuid id;
  std::optional<std::string> maybe;
  std::optional<Means> means;
  Payment payment;
  std::vector<Line> lines;
  std::vector<bool> flags;
  std::deque<Side> sides;
  std::array<std::int32_t, 3> three;
  std::set<std::string> tags;
  std::map<std::string, Money> by_name;
  std::map<std::int32_t, std::string> by_number;
  std::map<Side, Cash> by_side;
  std::map<Isin, double> by_isin;
  std::map<Uuid, bool> by_id;
  Tree tree;
  std::string currency = "EUR";
  friend bool operator==(const Order&, const Order&) = default;
};

// Random values, made from RapidCheck's current case (sample_test.cpp). Call them within a property only.
Order order();
std::string text();  // of whole characters of all lengths in UTF-8, with what JSON escapes
Uuid uuid();
// With the ends of their range among them, which arbitrary ones hardly ever are.
std::int32_t whole_i32();
std::int64_t whole_i64();
float real_f32();
bool coin();
int below(int end);
std::size_t below(std::size_t end);
std::vector<std::int32_t> whole_i32s();

}  // namespace daybook::codec::sample
