#include "base/uuid.hpp"

#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/bytes.hpp"
#include "base/ensure.hpp"

namespace daybook {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::array<int, 4> kDashes{8, 13, 18, 23};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void set_version(Uuid& id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | version << 4);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : id.bytes) {
    if (std::ranges::find(kDashes, static_cast<int>(text.size())) != kDashes.end()) text += '-';
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return {};
  Uuid id;
  std::size_t at = 0;
  for (auto& byte : id.bytes) {
    if (std::ranges::find(kDashes, static_cast<int>(at)) != kDashes.end() && text[at++] != '-') return {};
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return {};
    byte = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

Uuid derived_uuid(const Uuid& space, std::string_view name) {
  std::string input(reinterpret_cast<const char*>(space.bytes.data()), space.bytes.size());
  input += name;
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  ENSURE(EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1 &&
         size == digest.size());
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  set_version(id, 8);
  return id;
}

Uuid event_id_of(const Uuid& command_id, std::uint32_t index) {
  std::array<char, 4> name{};
  base::store(name.data(), index);
  return derived_uuid(command_id, {name.data(), name.size()});
}

}  // namespace daybook

namespace daybook::base {

Uuid random_uuid() {
  Uuid id;
  ENSURE(getrandom(id.bytes.data(), id.bytes.size(), 0) == static_cast<ssize_t>(id.bytes.size()));
  set_version(id, 4);
  return id;
}

UuidSource::UuidSource(std::uint64_t seed) : state_(seed) {}

// splitmix64 (Steele, Lea, Flood 2014): ids must be unlikely to meet, not hard to guess.
std::uint64_t UuidSource::random() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Uuid UuidSource::next(Time now) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto millisecond = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  if (millisecond > millisecond_) {
    millisecond_ = millisecond;
    counter_ = random() >> 23;  // 41 bits: room to count on
  } else if (++counter_ >> 42) {
    ++millisecond_;
    counter_ = random() >> 23;
  }
  const std::uint64_t high = millisecond_ << 16 | counter_ >> 30;
  const std::uint64_t low = (counter_ & 0x3fffffff) << 32 | (random() >> 32);
  Uuid id;
  store(id.bytes.data(), __builtin_bswap64(high));
  store(id.bytes.data() + 8, __builtin_bswap64(low));
  set_version(id, 7);
  return id;
}

}  // namespace daybook::base
