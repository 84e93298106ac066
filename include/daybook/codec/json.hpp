// Values as JSON: Daybook's default payload, readable everywhere.
//
//     std::string text;
//     codec::encode_json(Deposited{20_eur}, text);      // {"amount":{"cents":2000}}
//     Deposited event;
//     codec::decode_json(text, event);
//
// The same value always gives the same text: fields in order of declaration, no white space, the shortest digits.
// docs/format/payloads.md has the table of how each type is written. What is easy to get wrong:
//
//   - Integers are exact in all their 64 bits. Floating-point numbers come back bit for bit, -0 too; NaN and the
//     infinities are the strings "NaN" (any NaN), "Infinity" and "-Infinity".
//   - Strings must be UTF-8. One that is not is an error when it is written, not years later when it is read.
//   - A std::variant is an object of one key, which names the alternative: {"Card":{"digits":"4242"}}. An optional is
//     the value or null.
//
// Reading takes fields in any order. A field that the struct does not have is passed over; one that is missing takes
// its default (describe.hpp), and without one the text is refused. A name that stands there twice is refused: which was
// meant nobody knows. Text that is not strictly JSON is refused.
//
// Any thread may call; errors are BadPayload, naming the path, what was expected and what is there.
#pragma once

#include <string>
#include <string_view>

#include "daybook/codec/describe.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

// The same by table, for those who hold a value without its type.
[[nodiscard]] Status encode_json_as(const Type& type, const void* value, std::string& out);
[[nodiscard]] Status decode_json_as(const Type& type, std::string_view text, void* value);
void print_json_as(const Type& type, const void* value, std::string& out);

// Appends to `out`, which is left as it was if there is an error: a string that is not UTF-8, an enum value without a
// name, a valueless variant, or nesting deeper than 128 levels.
template <Storable T>
[[nodiscard]] Status encode_json(const T& value, std::string& out) {
  return encode_json_as(type_of<T>(), &value, out);
}

// Overwrites all of `value`. After an error its content is whatever it had become.
template <Storable T>
[[nodiscard]] Status decode_json(std::string_view text, T& value) {
  return decode_json_as(type_of<T>(), text, &value);
}

// For people's eyes (messages, diffs of tests): never fails, shows what can not be stored as best it can, and is not
// meant to be read back.
template <Storable T>
void print_json(const T& value, std::string& out) {
  print_json_as(type_of<T>(), &value, out);
}

}  // namespace daybook::codec
