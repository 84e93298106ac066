// The random values of sample.hpp: here, so that RapidCheck's templates are compiled once.
#include "codec/sample.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <limits>

namespace daybook::codec::sample {
namespace {

// Whole numbers with the ends of their range among them, which arbitrary ones hardly ever are.
template <class T>
rc::Gen<T> whole() {
  using Limits = std::numeric_limits<T>;
  return rc::gen::weightedOneOf<T>({{3, rc::gen::arbitrary<T>()},
                                    {1, rc::gen::inRange<T>(0, 100)},
                                    {1, rc::gen::element<T>(Limits::min(), Limits::max(), T{0})}});
}

rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\x01", std::string(1, '\0'), "\x7f", "é", "€", "日", "😀")),
      [](const std::vector<std::string>& parts) {
        std::string all;
        for (const auto& part : parts) all += part;
        return all;
      });
}
rc::Gen<std::vector<std::byte>> bytes(std::size_t size) {
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

Numbers numbers() {
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
Line line() {
  Line one{.isin = {*any_text()},
           .price = {*whole<std::int64_t>()},
           .fee = {},
           .notes = *rc::gen::container<std::vector<std::string>>(any_text())};
  if (*rc::gen::arbitrary<bool>()) one.fee = Money{*whole<std::int64_t>()};
  return one;
}
Tree tree(int depth = 0) {
  Tree one{.name = *any_text(), .children = {}};
  const int children = depth < 3 ? *rc::gen::inRange(0, 3) : 0;
  for (int i = 0; i < children; ++i) one.children.push_back(tree(depth + 1));
  return one;
}
Payment payment() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return std::monostate{};
    case 1: return Card{*any_text()};
    case 2: return Cash{};
    case 3: return Money{*whole<std::int64_t>()};
    case 4: return *any_text();
    default: return *whole<std::int64_t>();
  }
}

}  // namespace

Uuid uuid() {
  Uuid id;
  for (auto& byte : id.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  return id;
}
Order order() {
  Order one{};
  one.numbers = numbers();
  one.text = *any_text();
  one.bytes = *bytes(static_cast<std::size_t>(*rc::gen::inRange(0, 9)));
  const auto digest = *bytes(4);
  std::copy(digest.begin(), digest.end(), one.digest.begin());
  one.id = uuid();
  if (*rc::gen::arbitrary<bool>()) one.maybe = *any_text();
  switch (*rc::gen::inRange(0, 4)) {
    case 0: break;
    case 1: one.means = Card{*any_text()}; break;
    case 2: one.means = Cash{}; break;
    default: one.means = *whole<std::int64_t>();
  }
  one.payment = payment();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) one.lines.push_back(line());
  one.flags = *rc::gen::arbitrary<std::vector<bool>>();
  one.sides = *rc::gen::container<std::deque<Side>>(rc::gen::element(Side::Buy, Side::Sell, Side::Cross));
  one.three = {*whole<std::int32_t>(), *whole<std::int32_t>(), *whole<std::int32_t>()};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    one.tags.insert(*any_text());
    one.by_name[*any_text()] = Money{*whole<std::int64_t>()};
    one.by_number[*whole<std::int32_t>()] = *any_text();
    one.by_side[*rc::gen::element(Side::Buy, Side::Sell, Side::Cross)] = Cash{};
    one.by_isin[Isin{*any_text()}] = *real<double>();
    one.by_id[uuid()] = *rc::gen::arbitrary<bool>();
  }
  one.tree = tree();
  one.currency = *any_text();
  return one;
}

std::string text() { return *any_text(); }
std::int32_t whole_i32() { return *whole<std::int32_t>(); }
std::int64_t whole_i64() { return *whole<std::int64_t>(); }
float real_f32() { return *real<float>(); }
bool coin() { return *rc::gen::arbitrary<bool>(); }
int below(int end) { return *rc::gen::inRange(0, end); }
std::size_t below(std::size_t end) { return *rc::gen::inRange<std::size_t>(0, end); }
std::vector<std::int32_t> whole_i32s() { return *rc::gen::arbitrary<std::vector<std::int32_t>>(); }

}  // namespace daybook::codec::sample
