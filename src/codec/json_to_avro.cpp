// Our JSON to Avro binary by a schema: what encode_avro would have written, without the struct.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "codec/avro_binary.hpp"
#include "codec/json_reader.hpp"
#include "codec/json_text.hpp"
#include "codec/logical.hpp"
#include "codec/steps.hpp"
#include "codec/transcode.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::codec {
namespace {

using More = JsonReader::More;
using What = JsonReader::What;

class Encoder {
 public:
  Encoder(std::string_view json, std::string& out) : in(json), out_(out) {}

  bool put(const AvroNode& node) {
    std::string_view text;
    switch (node.type) {
      case AvroType::Null: return in.null();
      case AvroType::Boolean: {
        bool flag = false;
        if (!in.boolean(flag)) return false;
        out_ += flag ? '\1' : '\0';
        return true;
      }
      case AvroType::Int:
      case AvroType::Long: return put_integer(logical_of(node));
      case AvroType::Float: return put_real<float>();
      case AvroType::Double: return put_real<double>();
      case AvroType::String:
        if (!in.string(text)) return false;
        append_sized(out_, text);
        return true;
      case AvroType::Bytes:
      case AvroType::Fixed: return put_bytes(node);
      case AvroType::Enum: {
        if (!in.string(text)) return false;
        const auto at = std::ranges::find(node.symbols, text);
        if (at == node.symbols.end()) return in.fail(fmt::format("one of the symbols of {}", node.name));
        append_long(out_, at - node.symbols.begin());
        return true;
      }
      case AvroType::Union: return put_union(node);
      case AvroType::Array: return put_array(node);
      case AvroType::Map: return put_map(node);
      case AvroType::Record: return put_record(node);
    }
    return false;
  }

  JsonReader in;

 private:
  bool put_integer(const Logical& meaning) {
    std::int64_t number = 0;
    if (meaning.integer == Kind::UInt64) {
      std::uint64_t bits = 0;
      if (!in.unsigned_integer(bits)) return false;
      number = static_cast<std::int64_t>(bits);
    } else if (meaning.instant && in.peek() == What::String) {
      std::string_view text;
      if (!in.string(text)) return false;
      if (!parse_time(text, meaning.unit, number))
        return in.fail("a time such as \"2026-11-23T10:15:00Z\", in range and no finer than its field");
    } else if (!in.integer(number)) {
      return false;
    }
    if (meaning.integer != Kind::UInt64) {
      const auto range = range_of(meaning.integer);
      if (number < range.first || (number > 0 && static_cast<std::uint64_t>(number) > range.last))
        return in.fail(fmt::format("a whole number from {} to {}", range.first, range.last));
    }
    append_long(out_, number);
    return true;
  }

  template <class F>
  bool put_real() {
    F value{};
    if (!in.number(value)) return false;
    append_raw(out_, value);
    return true;
  }

  bool put_bytes(const AvroNode& node) {
    std::string_view text;
    if (!in.string(text)) return false;
    if (logical_of(node).is_uuid) {
      const auto id = parse_uuid(text);
      if (!id) return in.fail("a UUID of 36 characters");
      out_.append(reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size());
      return true;
    }
    if (!parse_base64(text, room_)) return in.fail("bytes as base64 with padding");
    if (node.type == AvroType::Bytes) {
      append_sized(out_, room_);
      return true;
    }
    out_ += room_;
    return room_.size() == node.size || in.fail(fmt::format("{} bytes as base64, not {}", node.size, room_.size()));
  }

  bool put_union(const AvroNode& node) {
    const auto branch = [&](std::size_t index) {
      append_long(out_, static_cast<std::int64_t>(index));
      return put(*node.branches[index]);
    };
    const bool is_null = in.peek() == What::Null;
    for (std::size_t i = 0; i < node.branches.size(); ++i) {
      const bool wants_null = node.branches[i]->type == AvroType::Null;
      if (is_null ? wants_null : (is_optional(node) && !wants_null)) return branch(i);
    }
    std::string_view key;
    if (!in.begin_object()) return false;
    const auto first = in.next_key(key);
    if (first == More::Bad) return false;
    for (std::size_t i = 0; first == More::Yes && i < node.branches.size(); ++i) {
      if (node.branches[i]->branch_name() != key) continue;
      if (!branch(i)) return in.within(node.branches[i]->branch_name());
      const auto second = in.next_key(key);
      return second == More::End || (second == More::Yes && in.fail_at_all("a second key where a variant has one"));
    }
    return in.fail_at_all("the one key of a variant must be one of its alternatives");
  }

  // Items are counted before they are all there, so they go out in a block of their own length.
  bool put_counted(std::size_t begin, std::int64_t count) {
    if (count > 0) {
      if (out_.size() == begin && count > kMaxEmptyItems)
        return in.fail_at_all(
            fmt::format("{} items without content, where at most {} can be stored", count, kMaxEmptyItems));
      std::string head;
      append_long(head, count);
      out_.insert(begin, head);
    }
    append_long(out_, 0);
    return true;
  }

  bool put_array(const AvroNode& node) {
    if (!in.begin_array()) return false;
    const auto begin = out_.size();
    for (std::int64_t count = 0;; ++count) {
      const auto more = in.next_item();
      if (more == More::Bad) return false;
      if (more == More::End) return put_counted(begin, count);
      if (!put(*node.item)) return in.within_item(static_cast<std::size_t>(count));
    }
  }

  bool put_map(const AvroNode& node) {
    if (!in.begin_object()) return false;
    const auto begin = out_.size();
    std::vector<std::string> keys;
    std::string_view key;
    for (;;) {
      const auto more = in.next_key(key);
      if (more == More::Bad) return false;
      if (more == More::End) break;
      keys.emplace_back(key);
      append_sized(out_, key);
      if (!put(*node.item)) return in.within(keys.back());
    }
    const auto count = static_cast<std::int64_t>(keys.size());
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) return in.fail_at_all(fmt::format("{} stands there twice", *twice));
    return put_counted(begin, count);
  }

  // Each field is written as it comes, and put in order at the end if it came out of order.
  struct Piece {
    std::size_t begin = 0, end = 0;
    bool is_there = false;
  };

  bool put_record(const AvroNode& node) {
    if (!in.begin_object()) return false;
    const auto begin = out_.size(), count = node.fields.size();
    std::vector<Piece> pieces(count);
    std::size_t expected = 0;
    bool in_order = true;
    std::string_view key;
    for (;;) {
      const auto more = in.next_key(key);
      if (more == More::Bad) return false;
      if (more == More::End) break;
      std::size_t i = expected, tried = 0;
      while (tried < count && node.fields[i % count].name != key) ++i, ++tried;
      if (tried == count) {
        if (!in.skip()) return false;
        continue;
      }
      i %= count;
      auto& piece = pieces[i];
      if (piece.is_there) return in.fail_at_all(fmt::format("field {} stands there twice", node.fields[i].name));
      piece = {out_.size(), 0, true};
      if (!put(*node.fields[i].type)) return in.within(node.fields[i].name);
      piece.end = out_.size();
      in_order = in_order && i == expected;
      expected = i + 1;
    }
    if (in_order && expected == count) return true;
    std::string sorted;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& field = node.fields[i];
      if (pieces[i].is_there)
        sorted.append(out_, pieces[i].begin, pieces[i].end - pieces[i].begin);
      else if (field.default_bytes)
        sorted += *field.default_bytes;
      else
        return in.fail_at_all(fmt::format("field {} is missing and has no default", field.name));
    }
    out_.replace(begin, out_.npos, sorted);
    return true;
  }

  std::string& out_;
  std::string room_;
};

}  // namespace

Status json_to_avro(const AvroSchema& schema, std::string_view json, std::string& out) {
  const auto before = out.size();
  Encoder encoder(json, out);
  if (encoder.put(schema.root()) && encoder.in.end()) return {};
  out.resize(before);
  if (schema.root().is_named()) encoder.in.within(schema.root().name);
  return fail(ErrorCode::BadPayload, encoder.in.error());
}

Result<std::string> json_to_avro(std::string_view schema, std::string_view json) {
  const auto parsed = AvroSchema::parse(schema);
  if (!parsed) return std::unexpected(parsed.error());
  std::string out;
  if (auto done = json_to_avro(**parsed, json, out); !done) return std::unexpected(std::move(done.error()));
  return out;
}

}  // namespace daybook::codec
