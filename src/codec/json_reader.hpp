// A strict JSON reader that is asked for one thing after another: RFC 8259, UTF-8, nothing more.
//
// Why our own: folding a log is decoding small objects into structs whose fields are known, which this does in one
// pass, without a tree and without a copy. Measured beside libraries on an event of 137 bytes it is about as fast as
// simdjson on demand (which wants each document copied to where there is padding behind it, and does not look at what
// is not asked for) and ten times as fast as nlohmann-json (docs/format/payloads.md, "Reasons").
//
// What it is strict about: one value and nothing but white space around it; no BOM, comments, trailing commas, NaN
// literals or leading zeros; well-formed UTF-8 and no lone surrogates; at most kMaxDepth levels. Any bytes whatever may
// be handed to it.
//
// Every function returns false when the text is not what was asked for; error() then says what was expected, where,
// and what is there instead. After that nothing more may be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/result.hpp"

namespace daybook::codec {

// How deep values may nest, in JSON and in Avro, when written as when read.
inline constexpr int kMaxDepth = 128;

class JsonReader {
 public:
  // `text` must outlive the reader and the views it gives. `around`: so many of its levels do not count, because they
  // stand around values of which each may have them all; at most 64.
  explicit JsonReader(std::string_view text, int around = 0)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), depth_(-around) {}

  enum class What : std::uint8_t { Object, Array, String, Number, True, False, Null, Nothing };
  // What the next value is, by its first character. Nothing: there is none.
  What peek();

  // An object: begin_object, then next_key and a value until it says End. Arrays likewise.
  enum class More : std::uint8_t { Yes, End, Bad };
  bool begin_object();
  More next_key(std::string_view& key);  // valid until the next call of next_key or string
  bool begin_array();
  More next_item();

  bool null();
  bool boolean(bool& value);
  // Whole numbers written as such: no fraction, no exponent. -0 is none.
  bool integer(std::int64_t& value);
  bool unsigned_integer(std::uint64_t& value);
  // The nearest one; outside its range is an error. Also the strings "NaN", "Infinity" and "-Infinity", since JSON has
  // no numbers for them.
  bool number(double& value);
  bool number(float& value);
  bool string(std::string& value);
  // The same without a copy where nothing is escaped. Valid until the next call of next_key or string.
  bool string(std::string_view& value);
  // Any value, checked for syntax; `text` is what it is written as.
  bool skip();
  bool skip(std::string_view& text);

  // Nothing but white space is left.
  bool end();

  // Records that what was just read, well-formed as it was, is not what is needed. Returns false.
  bool fail(std::string expected);
  // The same without pointing at the text.
  bool fail_at_all(std::string message);
  // On the way out of nested values: "amount" then "Deposited" make the error begin with "Deposited.amount".
  bool within(std::string_view name);
  bool within_item(std::size_t index);
  // "Deposited.amount: expected a string, found 12 at byte 10".
  std::string error() const;
  bool failed() const { return !message_.empty(); }

  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  // Goes back to where a value began.
  void seek(std::size_t offset) { at_ = begin_ + offset, is_first_ = false; }

 private:
  void space();
  bool take(char c, const char* expected);
  bool word(std::string_view text, const char* expected);
  bool enter();
  bool quoted(std::string_view& value);
  bool escaped(const char* from, std::string_view& value);
  bool escape();
  bool number_text(std::string_view& text, bool& is_whole);
  template <class F>
  bool real(F& value);
  More next(char close, const char* expected);

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* value_ = nullptr;  // where the last value began, for messages
  int depth_;
  bool is_first_ = false;  // just behind an opening bracket
  std::string room_;       // of the last string that had escapes
  std::string message_;
  std::string path_;
};

// Whether `text` is JSON at all. The error says what is wrong where.
Status check_json(std::string_view text);
// Whether it is a JSON object, as metadata must be.
Status check_json_object(std::string_view text);

}  // namespace daybook::codec
