// Little-endian integers in byte buffers, as every stored format of Daybook has them.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace daybook::base {

static_assert(std::endian::native == std::endian::little,
              "x86-64 and arm64 are supported; both are little-endian here");

template <std::integral T>
T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <std::integral T>
void store(void* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Makes `text` longer by bytes that are not made zero first, since they are all about to be written; where they begin.
inline char* extend_for_overwrite(std::string& text, std::size_t bytes) {
  const auto old = text.size(), whole = old + bytes;
  // Not what the function is handed as its size: g++ 12 hands it the capacity instead.
  text.resize_and_overwrite(whole, [whole](char*, std::size_t) { return whole; });
  return text.data() + old;
}

}  // namespace daybook::base
