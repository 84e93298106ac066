// to_string and parse_time of <daybook/types.hpp>: RFC 3339, UTC, nanoseconds.
#include <fmt/format.h>

#include "daybook/types.hpp"

namespace daybook {
namespace {

using namespace std::chrono;

// Takes `count` digits off the front.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return {};
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return {};
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<nanoseconds> fraction(std::string_view& text) {
  std::int64_t value = 0, unit = 100'000'000;
  std::size_t count = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (++count > 9) return {};
    value += (text[0] - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  if (count == 0) return {};
  return nanoseconds(value);
}

// The offset of the zone from UTC; text must be used up.
std::optional<minutes> zone(std::string_view text) {
  if (text == "Z" || text == "z") return minutes(0);
  const bool west = !text.empty() && text[0] == '-';
  if (!take(text, "+-")) return {};
  const auto h = digits(text, 2);
  if (!h || !take(text, ":")) return {};
  const auto m = digits(text, 2);
  if (!m || !text.empty() || *h > 23 || *m > 59) return {};
  const auto offset = hours(*h) + minutes(*m);
  return west ? -offset : offset;
}

}  // namespace

std::string to_string(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Time> parse_time(std::string_view text) {
  const auto y = digits(text, 4);
  if (!y || !take(text, "-")) return {};
  const auto mo = digits(text, 2);
  if (!mo || !take(text, "-")) return {};
  const auto d = digits(text, 2);
  if (!d) return {};
  const year_month_day date(year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d)));
  // Outside these years nanoseconds since 1970 do not fit 64 bits.
  if (!date.ok() || *y < 1678 || *y > 2261) return {};
  const sys_days midnight(date);
  if (text.empty()) return Time(midnight);
  if (!take(text, "Tt ")) return {};
  const auto h = digits(text, 2);
  if (!h || !take(text, ":")) return {};
  const auto mi = digits(text, 2);
  if (!mi || !take(text, ":")) return {};
  const auto s = digits(text, 2);
  if (!s || *h > 23 || *mi > 59 || *s > 59) return {};
  nanoseconds part(0);
  if (take(text, ".")) {
    const auto f = fraction(text);
    if (!f) return {};
    part = *f;
  }
  const auto offset = zone(text);
  if (!offset) return {};
  return Time(midnight) + hours(*h) + minutes(*mi) + seconds(*s) + part - *offset;
}

}  // namespace daybook
