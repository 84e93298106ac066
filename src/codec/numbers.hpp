// Integers and enums behind a pointer: one place that knows how wide each kind is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "daybook/codec/type.hpp"

namespace daybook::codec {

constexpr bool is_integer(Kind kind) { return kind >= Kind::Int8 && kind <= Kind::UInt64; }

// Calls f with a value of the C++ type of an integer kind.
template <class F>
constexpr auto with_integer(Kind kind, F&& f) {
  switch (kind) {
    case Kind::Int8: return f(std::int8_t{});
    case Kind::Int16: return f(std::int16_t{});
    case Kind::Int32: return f(std::int32_t{});
    case Kind::UInt8: return f(std::uint8_t{});
    case Kind::UInt16: return f(std::uint16_t{});
    case Kind::UInt32: return f(std::uint32_t{});
    case Kind::UInt64: return f(std::uint64_t{});
    default: return f(std::int64_t{});
  }
}

// A 64-bit unsigned one comes as the same bits.
inline std::int64_t load_integer(Kind kind, const void* from) {
  return with_integer(kind, [&](auto value) {
    std::memcpy(&value, from, sizeof value);
    return static_cast<std::int64_t>(value);
  });
}

// False, and nothing stored, if the kind does not hold it. For UInt64 every bit pattern is a value.
inline bool store_integer(Kind kind, std::int64_t from, void* to) {
  return with_integer(kind, [&](auto value) {
    using T = decltype(value);
    value = static_cast<T>(from);
    if constexpr (sizeof(T) < 8)
      if (static_cast<std::int64_t>(value) != from) return false;
    std::memcpy(to, &value, sizeof value);
    return true;
  });
}

struct IntegerRange {
  std::int64_t first;
  std::uint64_t last;
};
constexpr IntegerRange range_of(Kind kind) {
  return with_integer(kind, [](auto value) {
    using Limits = std::numeric_limits<decltype(value)>;
    return IntegerRange{static_cast<std::int64_t>(Limits::min()), static_cast<std::uint64_t>(Limits::max())};
  });
}

// The place of a value among an enum's symbols, or SIZE_MAX.
inline std::size_t symbol_of(const EnumOps& ops, std::int64_t value) {
  const auto at = std::ranges::lower_bound(ops.symbols, value, {}, &EnumSymbol::value);
  return at != ops.symbols.end() && at->value == value ? static_cast<std::size_t>(at - ops.symbols.begin()) : SIZE_MAX;
}
inline std::size_t symbol_of(const EnumOps& ops, std::string_view name) {
  const auto at = std::ranges::find(ops.symbols, name, &EnumSymbol::name);
  return at != ops.symbols.end() ? static_cast<std::size_t>(at - ops.symbols.begin()) : SIZE_MAX;
}

}  // namespace daybook::codec
