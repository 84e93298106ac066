#include "daybook/codec/containers.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "base/ensure.hpp"

namespace daybook::codec {
namespace {

class Walk {
 public:
  std::string out;

  void put_fields(const Type& type, const std::string& prefix) {
    if (!seen_.insert(type.name).second) return;
    for (const auto& field : type.structure().fields) put(*field.type, prefix + field.name);
  }

 private:
  // An optional or a variant has no place of its own: a variant has one array and one map at most.
  void put(const Type& type, const std::string& place) {
    switch (type.kind) {
      case Kind::Optional: put(*type.optional->item, place); return;
      case Kind::Variant:
        for (const auto* one : type.variant->alternatives) put(*one, place);
        return;
      case Kind::Array: {
        const auto& ops = *type.array;
        const bool is_fixed = ops.fixed_size != SIZE_MAX;
        add(place + "[]", is_fixed ? fmt::to_string(ops.fixed_size) : ops.is_set ? R"("set")" : R"("list")");
        put(*ops.item, place + "[]");
        return;
      }
      case Kind::Map:
        add(place + "{}", keys(*type.map->key));
        put(*type.map->value, place + "{}");
        return;
      case Kind::Struct: put_fields(type, std::string(type.name) + '.'); return;
      default: return;
    }
  }

  static std::string keys(const Type& type) {
    switch (type.kind) {
      case Kind::String: return R"("string")";
      case Kind::Uuid: return R"("uuid")";
      case Kind::Int8: return R"("int8")";
      case Kind::Int16: return R"("int16")";
      case Kind::Int32: return R"("int32")";
      case Kind::Int64: return R"("int64")";
      case Kind::UInt8: return R"("uint8")";
      case Kind::UInt16: return R"("uint16")";
      case Kind::UInt32: return R"("uint32")";
      case Kind::UInt64: return R"("uint64")";
      default: break;
    }
    ENSURE(type.kind == Kind::Enum);  // detail::is_key lets nothing else be one
    std::string names;
    for (const auto& symbol : type.enumeration->symbols)
      names += fmt::format("{}\"{}\"", names.empty() ? "[" : ",", symbol.name);
    return names + ']';
  }

  void add(const std::string& place, const std::string& what) {
    out += fmt::format("{}\"{}\":{}", out.empty() ? '{' : ',', place, what);
  }

  std::set<std::string_view> seen_;  // structs: one of a name is the same (names_within.hpp)
};

}  // namespace

std::string containers_in(const Type& type) {
  ENSURE(type.kind == Kind::Struct);
  Walk walk;
  walk.put_fields(type, "");
  if (!walk.out.empty()) walk.out += '}';
  return std::move(walk.out);
}

}  // namespace daybook::codec
