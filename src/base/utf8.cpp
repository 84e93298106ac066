#include "base/utf8.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace daybook::base {
namespace {

// The code point that `text` begins with, and its length; nothing if it is not one.
struct Decoded {
  std::uint32_t point;
  std::size_t size;
};
std::optional<Decoded> decode(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (at(i) & 0xc0) == 0x80; };
  const std::uint32_t lead = at(0);
  if (lead < 0x80) return Decoded{lead, 1};
  if (lead >= 0xc2 && lead < 0xe0 && follows(1)) return Decoded{(lead & 0x1f) << 6 | (at(1) & 0x3fu), 2};
  if (lead >= 0xe0 && lead < 0xf0 && follows(1) && follows(2)) {
    const std::uint32_t point = (lead & 0x0f) << 12 | (at(1) & 0x3fu) << 6 | (at(2) & 0x3fu);
    if (point < 0x800 || (point >= 0xd800 && point < 0xe000)) return {};
    return Decoded{point, 3};
  }
  if (lead >= 0xf0 && lead < 0xf5 && follows(1) && follows(2) && follows(3)) {
    const std::uint32_t point = (lead & 0x07) << 18 | (at(1) & 0x3fu) << 12 | (at(2) & 0x3fu) << 6 | (at(3) & 0x3fu);
    if (point < 0x10000 || point > 0x10ffff) return {};
    return Decoded{point, 4};
  }
  return {};
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }

bool all_points(std::string_view text, bool (*good)(std::uint32_t)) {
  while (!text.empty()) {
    const auto next = decode(text);
    if (!next || !good(next->point)) return false;
    text.remove_prefix(next->size);
  }
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  // Most text is ASCII, every byte of which is a character: eight at a time.
  while (text.size() >= 8 && (load<std::uint64_t>(text.data()) & 0x8080808080808080u) == 0) text.remove_prefix(8);
  return all_points(text, [](std::uint32_t) { return true; });
}

bool is_printable_utf8(std::string_view text) noexcept {
  bool plain = true;  // most names are printable ASCII: one pass without branches decides those
  for (const unsigned char c : text) plain &= c >= 0x20 && c < 0x7f;
  return plain || all_points(text, [](std::uint32_t point) { return !is_control(point); });
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 96;
  std::string out = "\"";
  const std::size_t whole = text.size();
  while (!text.empty() && out.size() < kShown) {
    const auto next = decode(text);
    if (next && !is_control(next->point) && next->point != '"' && next->point != '\\') {
      out.append(text.substr(0, next->size));
    } else if (next && next->size == 1 && !is_control(next->point)) {
      out.append({'\\', text[0]});
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(next->size);
  }
  out += '"';
  if (!text.empty()) out += fmt::format("… ({} bytes)", whole);
  return out;
}

}  // namespace daybook::base
