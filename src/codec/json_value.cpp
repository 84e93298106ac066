#include "codec/json_value.hpp"

#include "codec/json_text.hpp"

namespace daybook::codec {

using What = JsonReader::What;
using More = JsonReader::More;

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key == name) return &value;
  return nullptr;
}

void JsonValue::print(std::string& out) const {
  switch (what) {
    case What::Null:
    case What::Nothing: out += "null"; return;
    case What::True: out += "true"; return;
    case What::False: out += "false"; return;
    case What::Number: out += text; return;
    case What::String: append_json_string(out, text); return;
    case What::Array:
      out += '[';
      for (const auto& item : items) {
        if (&item != items.data()) out += ',';
        item.print(out);
      }
      out += ']';
      return;
    case What::Object:
      out += '{';
      for (const auto& [key, value] : members) {
        if (out.back() != '{') out += ',';
        append_json_string(out, key);
        out += ':';
        value.print(out);
      }
      out += '}';
      return;
  }
}

bool read_json(JsonReader& in, JsonValue& value) {
  value = {.what = in.peek()};
  std::string_view key;
  bool flag = false;
  switch (value.what) {
    case What::Nothing: return in.fail("a value");
    case What::Null: return in.null();
    case What::True:
    case What::False: return in.boolean(flag);
    case What::String: return in.string(value.text);
    case What::Number: {
      std::string_view number;
      if (!in.skip(number)) return false;
      value.text = number;
      return true;
    }
    case What::Array:
      if (!in.begin_array()) return false;
      for (;;) {
        const auto more = in.next_item();
        if (more != More::Yes) return more == More::End;
        if (!read_json(in, value.items.emplace_back())) return in.within_item(value.items.size() - 1);
      }
    case What::Object:
      if (!in.begin_object()) return false;
      for (;;) {
        const auto more = in.next_key(key);
        if (more != More::Yes) return more == More::End;
        if (value.find(key) != nullptr) return in.fail("each key once");
        auto& member = value.members.emplace_back(std::string(key), JsonValue{});
        if (!read_json(in, member.second)) return in.within(member.first);
      }
  }
  return false;
}

Result<JsonValue> parse_json(std::string_view text) {
  JsonReader in(text);
  JsonValue value;
  if (read_json(in, value) && in.end()) return value;
  return fail(ErrorCode::InvalidArgument, "not JSON: " + in.error());
}

}  // namespace daybook::codec
