// The scalars of JSON as text: strings, numbers, bytes and times. One rule for the typed codec and the generic one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daybook/codec/type.hpp"

namespace daybook::codec {

// In quotes, with only what must be escaped escaped. False, and nothing appended, if `text` is not UTF-8.
bool append_json_string(std::string& out, std::string_view text);
// The same for people's eyes: what is not UTF-8 becomes U+FFFD.
void append_json_string_lossy(std::string& out, std::string_view text);

void append_number(std::string& out, std::int64_t value);
void append_number(std::string& out, std::uint64_t value);
// The shortest text that reads back as the same value; "NaN", "Infinity" and "-Infinity" in quotes.
void append_number(std::string& out, double value);
void append_number(std::string& out, float value);

// RFC 4648 §4, with padding.
void append_base64(std::string& out, std::string_view bytes);
// Only what append_base64 writes: no white space, padding where due, no stray bits.
bool parse_base64(std::string_view text, std::string& bytes);

// A time as text: "2026-11-23T10:15:00.123456789Z", with as many decimals as the unit has (none for seconds and
// longer), "2026-11-23" for units of days and longer. False, and nothing appended, for years outside 0000 to 9999: such
// a time is written as its number.
bool append_time(std::string& out, std::int64_t count, Unit unit);
// RFC 3339 with any number of decimals and any offset, if it is a whole number of units; a bare date is its midnight.
bool parse_time(std::string_view text, Unit unit, std::int64_t& count);

}  // namespace daybook::codec
