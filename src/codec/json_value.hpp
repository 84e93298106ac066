// JSON as a tree, in the order it was written: for schemas and lock files, which are small and read in any order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json_reader.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

struct JsonValue {
  using Member = std::pair<std::string, JsonValue>;

  JsonReader::What what = JsonReader::What::Null;
  std::string text{};              // of a string, unescaped; of a number, as written
  std::vector<JsonValue> items{};  // of an array
  std::vector<Member> members{};   // of an object

  bool is(JsonReader::What other) const { return what == other; }
  bool is_string() const { return what == JsonReader::What::String; }
  // The member of this name, or null.
  const JsonValue* find(std::string_view name) const;
  // As text again, without white space.
  void print(std::string& out) const;

  friend bool operator==(const JsonValue&, const JsonValue&) = default;
};

// InvalidArgument if it is not JSON, or an object has a key twice.
Result<JsonValue> parse_json(std::string_view text);
// The next value of a reader.
bool read_json(JsonReader& in, JsonValue& value);

}  // namespace daybook::codec
