#include "codec/json_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/utf8.hpp"
#include "codec/plain_run.hpp"

namespace daybook::codec {
namespace {

// What stands behind the backslash for a byte that must be escaped; 'u': \u00XX.
constexpr auto kEscapes = [] {
  std::array<char, 128> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

// Nanoseconds in a unit, for those of fixed decimals.
constexpr std::int64_t ticks_a_second(Unit unit) {
  switch (unit) {
    case Unit::Nanos: return 1'000'000'000;
    case Unit::Micros: return 1'000'000;
    case Unit::Millis: return 1'000;
    default: return 1;
  }
}
constexpr int decimals(Unit unit) {
  return unit == Unit::Nanos ? 9 : unit == Unit::Micros ? 6 : unit == Unit::Millis ? 3 : 0;
}
// Seconds in a unit of seconds or longer; months and years are the standard's means.
constexpr std::int64_t seconds_in(Unit unit) {
  switch (unit) {
    case Unit::Minutes: return 60;
    case Unit::Hours: return 3'600;
    case Unit::Days: return 86'400;
    case Unit::Weeks: return 604'800;
    case Unit::Months: return std::chrono::seconds(std::chrono::months(1)).count();
    case Unit::Years: return std::chrono::seconds(std::chrono::years(1)).count();
    default: return 1;
  }
}
constexpr bool is_date(Unit unit) { return unit == Unit::Days || unit == Unit::Weeks; }

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr auto kBase64Value = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return table;
}();

template <class T>
void append_chars(std::string& out, T value) {
  std::array<char, 40> room;
  out.append(room.data(), std::to_chars(room.data(), room.data() + room.size(), value).ptr);
}

template <class F>
void append_real(std::string& out, F value) {
  if (std::isnan(value))
    out += "\"NaN\"";
  else if (std::isinf(value))
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  else
    append_chars(out, value);
}

// `count` digits, with zeros ahead. By hand: half the time of writing an event would else go into its times.
void append_digits(std::string& out, std::int64_t value, int count) {
  std::array<char, 20> room;
  for (int i = count; i > 0; value /= 10) room[static_cast<std::size_t>(--i)] = static_cast<char>('0' + value % 10);
  out.append(room.data(), static_cast<std::size_t>(count));
}

bool digits(std::string_view& text, int& value, std::size_t count = 2) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool append_json_string(std::string& out, std::string_view text) {
  const auto before = out.size();
  const char* at = text.data();
  const char* const end = at + text.size();
  bool is_ascii = true;
  out += '"';
  for (;;) {
    const char* const run = plain_run(at, end);
    out.append(at, run);
    if (run == end) break;
    at = run + 1;
    const auto c = static_cast<unsigned char>(*run);
    if (c >= 0x80) {
      is_ascii = false;
      out += *run;
      continue;
    }
    out += '\\';
    out += kEscapes[c];
    if (kEscapes[c] == 'u') {
      out += c < 0x10 ? "000" : "001";
      out += "0123456789abcdef"[c & 15];
    }
  }
  if (!is_ascii && !base::is_utf8(text)) {
    out.resize(before);
    return false;
  }
  out += '"';
  return true;
}

void append_json_string_lossy(std::string& out, std::string_view text) {
  if (append_json_string(out, text)) return;
  std::string sound;
  while (!text.empty()) {
    std::size_t size = std::min<std::size_t>(4, text.size());
    while (size > 0 && !base::is_utf8(text.substr(0, size))) --size;
    // Up to four whole characters were tried at once; any prefix that is sound is taken as it is.
    sound += size > 0 ? text.substr(0, size) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(std::max<std::size_t>(1, size));
  }
  append_json_string(out, sound);
}

void append_number(std::string& out, std::int64_t value) { append_chars(out, value); }
void append_number(std::string& out, std::uint64_t value) { append_chars(out, value); }
void append_number(std::string& out, double value) { append_real(out, value); }
void append_number(std::string& out, float value) { append_real(out, value); }

void append_base64(std::string& out, std::string_view bytes) {
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0u;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t three = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += kBase64[three >> 18];
    out += kBase64[three >> 12 & 63];
    out += i + 1 < bytes.size() ? kBase64[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kBase64[three & 63] : '=';
  }
}

bool parse_base64(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 4 != 0) return false;
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t pad = i + 4 == text.size() ? padding : 0;
    std::uint32_t four = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k >= 4 - pad ? 0 : kBase64Value[static_cast<unsigned char>(text[i + k])];
      if (value < 0) return false;
      four = four << 6 | static_cast<std::uint32_t>(value);
    }
    if ((pad == 1 && (four & 0xff) != 0) || (pad == 2 && (four & 0xffff) != 0)) return false;
    bytes += static_cast<char>(four >> 16);
    if (pad < 2) bytes += static_cast<char>(four >> 8);
    if (pad < 1) bytes += static_cast<char>(four);
  }
  return true;
}

bool append_time(std::string& out, std::int64_t count, Unit unit) {
  using namespace std::chrono;
  const auto per_second = ticks_a_second(unit);
  std::int64_t seconds = 0, part = 0;
  if (per_second > 1 || unit == Unit::Seconds) {
    seconds = count / per_second;
    part = count % per_second;
    if (part < 0) part += per_second, --seconds;
  } else if (__builtin_mul_overflow(count, seconds_in(unit), &seconds)) {
    return false;
  }
  constexpr auto kFirst = sys_seconds(sys_days(year(0) / 1 / 1)).time_since_epoch().count();
  constexpr auto kEnd = sys_seconds(sys_days(year(10000) / 1 / 1)).time_since_epoch().count();
  if (seconds < kFirst || seconds >= kEnd) return false;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  out += '"';
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  if (!is_date(unit)) {
    const hh_mm_ss clock(time - day);
    out += 'T';
    append_digits(out, clock.hours().count(), 2);
    out += ':';
    append_digits(out, clock.minutes().count(), 2);
    out += ':';
    append_digits(out, clock.seconds().count(), 2);
    if (decimals(unit) > 0) {
      out += '.';
      append_digits(out, part, decimals(unit));
    }
    out += 'Z';
  }
  out += '"';
  return true;
}

bool parse_time(std::string_view text, Unit unit, std::int64_t& count) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!digits(text, y, 4) || !take(text, "-") || !digits(text, mo) || !take(text, "-") || !digits(text, d))
    return false;
  const year_month_day date(year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d)));
  if (!date.ok()) return false;
  std::int64_t nanos = 0, offset = 0;
  if (!text.empty()) {
    if (!take(text, "Tt ") || !digits(text, h) || !take(text, ":") || !digits(text, mi) || !take(text, ":") ||
        !digits(text, s) || h > 23 || mi > 59 || s > 59)
      return false;
    if (take(text, ".")) {
      std::int64_t place = 100'000'000;
      std::size_t places = 0;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++places, place /= 10) {
        if (place == 0 && text[0] != '0') return false;  // finer than a nanosecond
        nanos += (text[0] - '0') * place;
      }
      if (places == 0) return false;
    }
    if (!take(text, "Zz")) {
      const bool is_west = text.starts_with('-');
      int oh = 0, om = 0;
      if (!take(text, "+-") || !digits(text, oh) || !take(text, ":") || !digits(text, om) || oh > 23 || om > 59)
        return false;
      offset = (oh * 60 + om) * 60 * (is_west ? -1 : 1);
    }
    if (!text.empty()) return false;
  }
  const std::int64_t seconds = sys_seconds(sys_days(date)).time_since_epoch().count() + (h * 60 + mi) * 60 + s - offset;
  const auto per_second = ticks_a_second(unit);
  if (per_second > 1 || unit == Unit::Seconds) {
    const std::int64_t tick = 1'000'000'000 / per_second;
    if (nanos % tick != 0) return false;
    // Around 1677-09-21 the seconds alone do not fit where seconds and part together do.
    __extension__ using Wide = __int128;
    const Wide whole = Wide{seconds} * per_second + nanos / tick;
    count = static_cast<std::int64_t>(whole);
    return whole == count;
  }
  count = seconds / seconds_in(unit);
  return nanos == 0 && seconds % seconds_in(unit) == 0;
}

}  // namespace daybook::codec
