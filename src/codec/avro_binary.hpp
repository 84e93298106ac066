// The primitives of Avro's binary encoding: variable-length zig-zag integers, lengths, raw bytes.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "codec/failure.hpp"

namespace daybook::codec {

inline void append_long(std::string& out, std::int64_t value) {
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  char room[10];
  std::size_t size = 0;
  while (rest >= 0x80) {
    room[size++] = static_cast<char>(rest | 0x80);
    rest >>= 7;
  }
  room[size++] = static_cast<char>(rest);
  out.append(room, size);
}

inline void append_sized(std::string& out, std::string_view bytes) {
  append_long(out, static_cast<std::int64_t>(bytes.size()));
  out.append(bytes);
}

template <class T>
void append_raw(std::string& out, T value) {
  char room[sizeof(T)];
  std::memcpy(room, &value, sizeof value);
  out.append(room, sizeof room);
}

// Items of arrays and maps that take no bytes (nulls, empty records) could be claimed by the billion in a few bytes;
// more than this in one array is neither written nor read.
inline constexpr std::int64_t kMaxEmptyItems = 65'536;

// Reads from untrusted bytes. False when they are not what was asked for; failure.text() then says why.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  bool take_long(std::int64_t& value) {
    if (at_ < end_ && static_cast<unsigned char>(*at_) < 0x80) [[likely]] {
      const auto one = static_cast<unsigned char>(*at_++);
      value = static_cast<std::int64_t>(one >> 1) ^ -static_cast<std::int64_t>(one & 1);
      return true;
    }
    return take_longer(value);
  }
  bool take_int(std::int32_t& value) {
    std::int64_t wide = 0;
    if (!take_long(wide)) return false;
    value = static_cast<std::int32_t>(wide);
    return value == wide || failure.set(fmt::format("expected an int of 32 bits, found {} {}", wide, place()));
  }
  bool take_bool(bool& value) {
    if (at_ == end_) return short_of("a boolean", 1);
    const auto byte = static_cast<unsigned char>(*at_++);
    value = byte == 1;
    return byte <= 1 || failure.set(fmt::format("expected a boolean, 0 or 1, found byte {} {}", byte, place()));
  }
  template <class T>
  bool take_raw(T& value, const char* what) {
    if (left() < sizeof value) return short_of(what, sizeof value);
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return true;
  }
  bool take_bytes(std::size_t size, std::string_view& bytes) {
    if (left() < size) return short_of("bytes", size);
    bytes = {at_, size};
    at_ += size;
    return true;
  }
  // A length, then as many bytes.
  bool take_sized(std::string_view& bytes) {
    std::int64_t size = 0;
    if (!take_long(size)) return false;
    if (size < 0 || static_cast<std::uint64_t>(size) > left())
      return failure.set(
          fmt::format("expected a length of at most the {} bytes left, found {} {}", left(), size, place()));
    bytes = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  // The next block of an array or map: how many items follow; 0 is the end. `least_item_bytes` is what an item takes at
  // least, so that a count which the rest can not hold is found before anything is made of it.
  bool take_block(std::size_t least_item_bytes, std::int64_t& count) {
    std::int64_t size = 0;
    if (!take_long(count)) return false;
    if (count < 0) {
      if (!take_long(size)) return false;
      if (count == INT64_MIN || size < 0 || static_cast<std::uint64_t>(size) > left())
        return failure.set(
            fmt::format("expected a block within the {} bytes left, found {} {}", left(), size, place()));
      count = -count;
    }
    const auto most = least_item_bytes == 0 ? static_cast<std::uint64_t>(kMaxEmptyItems) : left() / least_item_bytes;
    return static_cast<std::uint64_t>(count) <= most ||
           failure.set(fmt::format("expected a block of at most {} items, found {} {}", most, count, place()));
  }
  bool take_index(std::size_t count, const char* what, std::size_t& index) {
    std::int64_t value = 0;
    if (!take_long(value)) return false;
    index = static_cast<std::size_t>(value);
    return (value >= 0 && index < count) ||
           failure.set(fmt::format("expected {} from 0 to {}, found {} {}", what, count - 1, value, place()));
  }
  bool end() {
    return at_ == end_ || failure.set(fmt::format("expected nothing more, found {} bytes {}", left(), place()));
  }

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const char* at() const { return at_; }
  void seek(const char* at) { at_ = at; }
  std::string place() const { return fmt::format("before byte {} of {}", at_ - begin_, end_ - begin_); }

  Failure failure;

 private:
  bool take_longer(std::int64_t& value) {
    std::uint64_t bits = 0;
    for (int shift = 0; at_ < end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      // The tenth byte has room for one bit.
      if (shift == 63 && byte > 1) return failure.set("expected an integer of 64 bits, found a longer one " + place());
      bits |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        value = static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
        return true;
      }
    }
    return short_of("an integer", 1);
  }
  bool short_of(const char* what, std::size_t size) {
    return failure.set(fmt::format("expected {} ({} bytes or more), found {} {}", what, size, left(), place()));
  }

  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace daybook::codec
