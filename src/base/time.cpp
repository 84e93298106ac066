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

// Nothing outside of 1677 to 2262, where nanoseconds since 1970 do not fit 64 bits.
std::optional<Time> time_of(sys_seconds second, nanoseconds part) {
  // In the first second there is, the seconds alone do not fit where seconds and part together do.
  __extension__ using Wide = __int128;
  const Wide whole = Wide{second.time_since_epoch().count()} * nanoseconds(seconds(1)).count() + part.count();
  const auto count = static_cast<std::int64_t>(whole);
  if (whole != count) return {};
  return Time(nanoseconds(count));
}

}  // namespace

std::string to_string(Time time) {
  // By seconds, which hold the beginning of any day: as nanoseconds that of the first one does not fit.
  const auto second = floor<seconds>(time.time_since_epoch());
  const auto day = floor<days>(second);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss clock(second - day);
  constexpr std::int64_t kSecond = nanoseconds(seconds(1)).count();
  const auto part = (time.time_since_epoch().count() % kSecond + kSecond) % kSecond;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), part);
}

std::optional<Time> parse_time(std::string_view text) {
  const auto y = digits(text, 4);
  if (!y || !take(text, "-")) return {};
  const auto mo = digits(text, 2);
  if (!mo || !take(text, "-")) return {};
  const auto d = digits(text, 2);
  if (!d) return {};
  const year_month_day date(year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d)));
  if (!date.ok()) return {};
  const sys_days midnight(date);
  if (text.empty()) return time_of(midnight, nanoseconds(0));
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
  return time_of(midnight + hours(*h) + minutes(*mi) + seconds(*s) - *offset, part);
}

}  // namespace daybook
