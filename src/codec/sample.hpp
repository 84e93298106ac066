// For tests: a struct with a field of every kind that can be stored, and random values of it.
#pragma once

#include <rapidcheck.h>

#include <array>
#include <chrono>
#include <deque>
#include <limits>
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

// Whole numbers with the ends of their range among them, which arbitrary ones hardly ever are.
template <class T>
rc::Gen<T> whole() {
  using Limits = std::numeric_limits<T>;
  return rc::gen::weightedOneOf<T>({{3, rc::gen::arbitrary<T>()},
                                    {1, rc::gen::inRange<T>(0, 100)},
                                    {1, rc::gen::element<T>(Limits::min(), Limits::max(), T{0})}});
}

// Strings of whole characters of all lengths in UTF-8, with what JSON escapes.
inline rc::Gen<std::string> text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\x01", std::string(1, '\0'), "\x7f", "é", "€", "日", "😀")),
      [](const std::vector<std::string>& parts) {
        std::string all;
        for (const auto& part : parts) all += part;
        return all;
      });
}
inline rc::Gen<std::vector<std::byte>> bytes(std::size_t size) {
  return rc::gen::container<std::vector<std::byte>>(
      size, rc::gen::map(rc::gen::arbitrary<std::uint8_t>(), [](std::uint8_t b) { return std::byte{b}; }));
}
template <class F>
rc::Gen<F> real() {
  using Limits = std::numeric_limits<F>;
  return rc::gen::weightedOneOf<F>(
      {{3, rc::gen::arbitrary<F>()},
       {1, rc::gen::element<F>(F{0}, -F{0}, F{0.1F}, Limits::max(), Limits::lowest(), Limits::min(),
                               Limits::denorm_min(), Limits::infinity(), -Limits::infinity())}});
}

inline Numbers numbers() {
  using namespace std::chrono;
  return {.flag = *rc::gen::arbitrary<bool>(),
          .i8 = *whole<std::int8_t>(),
          .i16 = *whole<std::int16_t>(),
          .i32 = *whole<std::int32_t>(),
          .i64 = *whole<std::int64_t>(),
          .u8 = *whole<std::uint8_t>(),
          .u16 = *whole<std::uint16_t>(),
          .u32 = *whole<std::uint32_t>(),
          .u64 = *whole<std::uint64_t>(),
          .f32 = *real<float>(),
          .f64 = *real<double>(),
          .side = *rc::gen::element(Side::Buy, Side::Sell, Side::Cross),
          .level = *rc::gen::element(Level::Low, Level::Middle, Level::High),
          .nanos = sys_time<nanoseconds>(nanoseconds(*whole<std::int64_t>())),
          .micros = sys_time<microseconds>(microseconds(*whole<std::int64_t>())),
          .millis = sys_time<milliseconds>(milliseconds(*whole<std::int64_t>())),
          .seconds = sys_seconds(seconds(*whole<std::int64_t>())),
          .day = sys_days(days(*whole<std::int32_t>())),
          .for_nanos = nanoseconds(*whole<std::int64_t>()),
          .for_seconds = seconds(*whole<std::int64_t>()),
          .for_real = duration<double>(*real<double>())};
}
inline Line line() {
  Line one{.isin = {*text()},
           .price = {*whole<std::int64_t>()},
           .fee = {},
           .notes = *rc::gen::container<std::vector<std::string>>(text())};
  if (*rc::gen::arbitrary<bool>()) one.fee = Money{*whole<std::int64_t>()};
  return one;
}
inline Tree tree(int depth = 0) {
  Tree one{.name = *text(), .children = {}};
  const int children = depth < 3 ? *rc::gen::inRange(0, 3) : 0;
  for (int i = 0; i < children; ++i) one.children.push_back(tree(depth + 1));
  return one;
}
inline Uuid uuid() {
  Uuid id;
  for (auto& byte : id.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  return id;
}
inline Payment payment() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return std::monostate{};
    case 1: return Card{*text()};
    case 2: return Cash{};
    case 3: return Money{*whole<std::int64_t>()};
    case 4: return *text();
    default: return *whole<std::int64_t>();
  }
}
inline Order order() {
  Order one{};
  one.numbers = numbers();
  one.text = *text();
  one.bytes = *bytes(static_cast<std::size_t>(*rc::gen::inRange(0, 9)));
  const auto digest = *bytes(4);
  std::copy(digest.begin(), digest.end(), one.digest.begin());
  one.id = uuid();
  if (*rc::gen::arbitrary<bool>()) one.maybe = *text();
  switch (*rc::gen::inRange(0, 4)) {
    case 0: break;
    case 1: one.means = Card{*text()}; break;
    case 2: one.means = Cash{}; break;
    default: one.means = *whole<std::int64_t>();
  }
  one.payment = payment();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) one.lines.push_back(line());
  one.flags = *rc::gen::arbitrary<std::vector<bool>>();
  one.sides = *rc::gen::container<std::deque<Side>>(rc::gen::element(Side::Buy, Side::Sell, Side::Cross));
  one.three = {*whole<std::int32_t>(), *whole<std::int32_t>(), *whole<std::int32_t>()};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    one.tags.insert(*text());
    one.by_name[*text()] = Money{*whole<std::int64_t>()};
    one.by_number[*whole<std::int32_t>()] = *text();
    one.by_side[*rc::gen::element(Side::Buy, Side::Sell, Side::Cross)] = Cash{};
    one.by_isin[Isin{*text()}] = *real<double>();
    one.by_id[uuid()] = *rc::gen::arbitrary<bool>();
  }
  one.tree = tree();
  one.currency = *text();
  return one;
}

}  // namespace daybook::codec::sample
