#include "codec/json_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/utf8.hpp"
#include "codec/plain_run.hpp"

namespace daybook::codec {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

}  // namespace

void JsonReader::space() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  value_ = at_;
}

bool JsonReader::fail(std::string expected) {
  if (failed()) return false;
  const char* from = value_ != nullptr ? value_ : at_;
  const auto left = std::string_view(from, static_cast<std::size_t>(end_ - from));
  // Enough to recognise the value by, cut where a value might end.
  auto shown = left.substr(0, 32);
  if (!shown.starts_with('"')) shown = shown.substr(0, std::max<std::size_t>(1, shown.find_first_of(",]} \n\r\t")));
  message_ = left.empty() ? fmt::format("expected {}, found the end at byte {}", expected, left.data() - begin_)
                          : fmt::format("expected {}, found {}{} at byte {}", expected, base::quoted(shown),
                                        shown.size() == 32 ? "…" : "", left.data() - begin_);
  return false;
}

bool JsonReader::fail_at_all(std::string message) {
  if (!failed()) message_ = std::move(message);
  return false;
}

bool JsonReader::within(std::string_view name) {
  path_ =
      path_.empty() || path_.starts_with('[') ? fmt::format("{}{}", name, path_) : fmt::format("{}.{}", name, path_);
  return false;
}

bool JsonReader::within_item(std::size_t index) {
  path_ = path_.empty() || path_.starts_with('[') ? fmt::format("[{}]{}", index, path_)
                                                  : fmt::format("[{}].{}", index, path_);
  return false;
}

std::string JsonReader::error() const { return path_.empty() ? message_ : fmt::format("{}: {}", path_, message_); }

bool JsonReader::take(char c, const char* expected) {
  space();
  if (at_ == end_ || *at_ != c) return fail(expected);
  ++at_;
  return true;
}

JsonReader::What JsonReader::peek() {
  space();
  if (at_ == end_) return What::Nothing;
  switch (*at_) {
    case '{': return What::Object;
    case '[': return What::Array;
    case '"': return What::String;
    case 't': return What::True;
    case 'f': return What::False;
    case 'n': return What::Null;
    case '-': return What::Number;
    default: return is_digit(*at_) ? What::Number : What::Nothing;
  }
}

bool JsonReader::enter() {
  if (++depth_ > kMaxDepth) return fail(fmt::format("at most {} levels of nesting", kMaxDepth));
  is_first_ = true;
  return true;
}

bool JsonReader::begin_object() { return take('{', "an object") && enter(); }
bool JsonReader::begin_array() { return take('[', "an array") && enter(); }

JsonReader::More JsonReader::next(char close, const char* expected) {
  space();
  if (at_ < end_ && *at_ == close) {
    ++at_;
    --depth_;
    is_first_ = false;
    return More::End;
  }
  if (is_first_) {
    is_first_ = false;
    return More::Yes;
  }
  if (at_ == end_ || *at_ != ',') {
    fail(expected);
    return More::Bad;
  }
  ++at_;
  return More::Yes;
}

JsonReader::More JsonReader::next_item() { return next(']', "',' or ']'"); }

JsonReader::More JsonReader::next_key(std::string_view& key) {
  const auto more = next('}', "',' or '}'");
  if (more != More::Yes) return more;
  space();
  if (at_ == end_ || *at_ != '"') {
    fail("a key in quotes");
    return More::Bad;
  }
  return quoted(key) && take(':', "':'") ? More::Yes : More::Bad;
}

bool JsonReader::word(std::string_view text, const char* expected) {
  if (static_cast<std::size_t>(end_ - at_) < text.size() || std::memcmp(at_, text.data(), text.size()) != 0)
    return fail(expected);
  at_ += text.size();
  return true;
}

bool JsonReader::null() {
  space();
  return word("null", "null");
}

bool JsonReader::boolean(bool& value) {
  space();
  value = at_ < end_ && *at_ == 't';
  return word(value ? "true" : "false", "true or false");
}

// RFC 8259's grammar: from_chars alone would take "1." or "01", which other readers refuse.
bool JsonReader::number_text(std::string_view& text, bool& is_whole) {
  space();
  const char* const from = at_;
  is_whole = true;
  if (at_ < end_ && *at_ == '-') ++at_;
  const char* const digits = at_;
  while (at_ < end_ && is_digit(*at_)) ++at_;
  bool good = at_ > digits && (*digits != '0' || at_ == digits + 1);
  if (good && at_ < end_ && *at_ == '.') {
    is_whole = false;
    const char* const fraction = ++at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    good = at_ > fraction;
  }
  if (good && at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    is_whole = false;
    if (++at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    const char* const exponent = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    good = at_ > exponent;
  }
  text = {from, static_cast<std::size_t>(at_ - from)};
  return good || fail("a number");
}

bool JsonReader::integer(std::int64_t& value) {
  std::string_view text;
  bool is_whole = false;
  if (!number_text(text, is_whole)) return false;
  if (!is_whole || text == "-0") return fail("a whole number");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return (error == std::errc{} && end == at_) || fail("a whole number of 64 bits");
}

bool JsonReader::unsigned_integer(std::uint64_t& value) {
  std::string_view text;
  bool is_whole = false;
  if (!number_text(text, is_whole)) return false;
  if (!is_whole || text.starts_with('-')) return fail("a whole number, not negative");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return (error == std::errc{} && end == at_) || fail("a whole number of 64 bits");
}

template <class F>
bool JsonReader::real(F& value) {
  space();
  if (at_ < end_ && *at_ == '"') {
    std::string_view name;
    if (!quoted(name)) return false;
    if (name == "NaN")
      value = std::numeric_limits<F>::quiet_NaN();
    else if (name == "Infinity")
      value = std::numeric_limits<F>::infinity();
    else if (name == "-Infinity")
      value = -std::numeric_limits<F>::infinity();
    else
      return fail("a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
    return true;
  }
  std::string_view text;
  bool is_whole = false;
  if (!number_text(text, is_whole)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return (error == std::errc{} && end == at_) ||
         fail(sizeof(F) == 4 ? "a number in the range of a float" : "a number in the range of a double");
}
bool JsonReader::number(double& value) { return real(value); }
bool JsonReader::number(float& value) { return real(value); }

bool JsonReader::quoted(std::string_view& value) {
  const char* const from = at_ + 1;
  at_ = plain_run(from, end_);
  if (at_ < end_ && *at_ == '"') {
    value = {from, static_cast<std::size_t>(at_++ - from)};
    return true;
  }
  return escaped(from, value);
}

// The general case: from the first byte that is not plain on.
bool JsonReader::escaped(const char* from, std::string_view& value) {
  room_.assign(from, at_);
  bool is_ascii = true;
  while (at_ < end_ && *at_ != '"') {
    if (*at_ == '\\') {
      if (!escape()) return false;
    } else if (static_cast<unsigned char>(*at_) < 0x20) {
      value_ = at_;
      return fail("a string without raw control characters");
    } else {
      is_ascii = is_ascii && static_cast<unsigned char>(*at_) < 0x80;
      room_ += *at_++;
      const char* const run = plain_run(at_, end_);
      room_.append(at_, run);
      at_ = run;
    }
  }
  if (at_ == end_) return fail("a string that ends in a quote");
  // The bytes that escapes gave are whole characters, so what was broken before stays so.
  if (!is_ascii && !base::is_utf8(room_)) return fail("a string of well-formed UTF-8");
  ++at_;
  value = room_;
  return true;
}

bool JsonReader::escape() {
  value_ = at_;
  const auto unit = [&](std::uint32_t& point) {
    if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
    const auto [end, error] = std::from_chars(at_ + 2, at_ + 6, point, 16);
    if (error != std::errc{} || end != at_ + 6) return false;
    at_ += 6;
    return true;
  };
  constexpr const char* kExpected = R"(one of \" \\ \/ \b \f \n \r \t \uXXXX)";
  if (end_ - at_ < 2) return fail(kExpected);
  switch (at_[1]) {
    case '"': room_ += '"'; break;
    case '\\': room_ += '\\'; break;
    case '/': room_ += '/'; break;
    case 'b': room_ += '\b'; break;
    case 'f': room_ += '\f'; break;
    case 'n': room_ += '\n'; break;
    case 'r': room_ += '\r'; break;
    case 't': room_ += '\t'; break;
    case 'u': {
      std::uint32_t point = 0, low = 0;
      if (!unit(point)) return fail(kExpected);
      if (point >= 0xd800 && point < 0xe000) {
        if (point >= 0xdc00 || !unit(low) || low < 0xdc00 || low >= 0xe000)
          return fail("a surrogate pair: a lone half is no character");
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      }
      append_utf8(room_, point);
      return true;
    }
    default: return fail(kExpected);
  }
  at_ += 2;
  return true;
}

bool JsonReader::string(std::string_view& value) {
  space();
  if (at_ == end_ || *at_ != '"') return fail("a string");
  return quoted(value);
}

bool JsonReader::string(std::string& value) {
  std::string_view text;
  if (!string(text)) return false;
  value.assign(text);
  return true;
}

bool JsonReader::skip() {
  // One bit for each open bracket: was it an object's? Nothing recurses, so no input can use up the stack.
  static_assert(kMaxDepth + 64 <= 192);
  std::uint64_t is_object[3] = {};
  const int base = depth_;
  const auto in_object = [&] { return (is_object[(depth_ - base - 1) / 64] >> ((depth_ - base - 1) % 64) & 1) != 0; };
  const auto mark = [&](bool object) {
    auto& word = is_object[(depth_ - base - 1) / 64];
    const auto bit = std::uint64_t{1} << ((depth_ - base - 1) % 64);
    word = object ? word | bit : word & ~bit;
  };
  std::string_view ignored;
  bool is_whole = false, flag = false;
  for (;;) {
    switch (peek()) {
      case What::Object:
        if (!begin_object()) return false;
        mark(true);
        break;
      case What::Array:
        if (!begin_array()) return false;
        mark(false);
        break;
      case What::String:
        if (!quoted(ignored)) return false;
        break;
      case What::Number:
        if (!number_text(ignored, is_whole)) return false;
        break;
      case What::True:
      case What::False:
        if (!boolean(flag)) return false;
        break;
      case What::Null:
        if (!null()) return false;
        break;
      case What::Nothing: return fail("a value");
    }
    // On to the next value, out of as many brackets as close here.
    for (;;) {
      if (depth_ == base) return true;
      const auto more = in_object() ? next_key(ignored) : next_item();
      if (more == More::Bad) return false;
      if (more == More::Yes) break;
    }
  }
}

bool JsonReader::skip(std::string_view& text) {
  space();
  const char* const from = at_;
  if (!skip()) return false;
  text = {from, static_cast<std::size_t>(at_ - from)};
  return true;
}

bool JsonReader::end() {
  space();
  return at_ == end_ || fail("nothing more");
}

Status check_json(std::string_view text) {
  JsonReader in(text);
  if (!in.skip() || !in.end()) return daybook::fail(ErrorCode::InvalidArgument, "not JSON: " + in.error());
  return {};
}

Status check_json_object(std::string_view text) {
  JsonReader in(text);
  if (in.peek() != JsonReader::What::Object)
    in.fail("a JSON object");
  else if (in.skip() && in.end())
    return {};
  return daybook::fail(ErrorCode::InvalidArgument, "not a JSON object: " + in.error());
}

}  // namespace daybook::codec
