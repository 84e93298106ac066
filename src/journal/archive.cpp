#include "journal/archive.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>

#include "base/checksum.hpp"
#include "base/utf8.hpp"

namespace daybook::journal {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kBegin = "daybook archive, format ";

// Lines of text, as STORE:
//   daybook archive, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   owner 5b0e7d7e-1c7d-4c5b-9a53-0d4d5f6f8a11   (missing before anything was moved)
//   first 5 40960                        (the first segment that is left, and its first position)
//   moved 5 12 /mnt/archive/shop         (segments 5 to 12 stand in that directory; any number of such lines)
//   checksum 0123456789abcdef            (XXH3-64 of the lines above it)
std::string text_of(const LogId& log, const Archive& archive) {
  auto text = fmt::format("{}{}\nlog {}\n", kBegin, kVersion, to_string(log.uuid));
  if (!archive.owner.is_nil()) text += fmt::format("owner {}\n", to_string(archive.owner));
  text += fmt::format("first {} {}\n", archive.first_segment, archive.first_position.value);
  for (const auto& moved : archive.moved)
    fmt::format_to(std::back_inserter(text), "moved {} {} {}\n", moved.first, moved.last, moved.directory);
  return text + fmt::format("checksum {:016x}\n", base::checksum(text));
}

std::optional<std::uint64_t> take_number(std::string_view& text, char behind) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data() + text.size() || *end != behind) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// A uuid and its end of line.
std::optional<Uuid> take_uuid(std::string_view& text) {
  constexpr std::size_t kUuid = 36;
  const auto uuid = parse_uuid(text.substr(0, kUuid));
  if (!uuid) return {};
  text.remove_prefix(kUuid);
  return take(text, "\n") ? uuid : std::nullopt;
}

// What stands behind the first line; nothing if it is not what text_of writes.
std::optional<std::pair<LogId, Archive>> parse(std::string_view text) {
  Archive archive;
  const auto uuid = take(text, "log ") ? take_uuid(text) : std::nullopt;
  if (!uuid) return {};
  if (take(text, "owner ")) {
    const auto owner = take_uuid(text);
    if (!owner || owner->is_nil()) return {};
    archive.owner = *owner;
  }
  if (!take(text, "first ")) return {};
  const auto segment = take_number(text, ' ');
  const auto position = take_number(text, '\n');
  if (!segment || !position) return {};
  archive.first_segment = *segment;
  archive.first_position = {*position};
  while (take(text, "moved ")) {
    const auto first = take_number(text, ' '), last = take_number(text, ' ');
    const auto end = text.find('\n');
    if (!first || !last || end == text.npos || end == 0 || *first > *last ||
        (!archive.moved.empty() && *first <= archive.moved.back().last))
      return {};
    archive.moved.push_back({*first, *last, std::string(text.substr(0, end))});
    text.remove_prefix(end + 1);
  }
  return std::pair{LogId{*uuid}, archive};
}

}  // namespace

const std::string* Archive::directory_of(std::uint64_t segment) const {
  for (const auto& m : moved)
    if (m.first <= segment && segment <= m.last) return &m.directory;
  return nullptr;
}

Result<Archive> read_archive(io::Files& files, const std::string& directory, const LogId& log) {
  const auto path = directory + "/ARCHIVE";
  const auto whole = io::read_whole(files, path, 1u << 24);
  if (!whole && whole.error().code == ErrorCode::NotFound) return Archive{};
  if (!whole) return std::unexpected(whole.error());
  std::string_view text = *whole;
  const auto damage = [&] {
    return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there: it begins {}", path,
                                               base::quoted(std::string_view(*whole).substr(0, 40))));
  };
  if (!take(text, kBegin)) return damage();
  const auto version = take_number(text, '\n');
  if (!version) return damage();
  if (*version > kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has format {}; this program reads format {}", path, *version, kVersion));
  auto parsed = parse(text);
  if (!parsed || *whole != text_of(parsed->first, parsed->second)) return damage();
  if (parsed->first != log)
    return fail(ErrorCode::ForeignHistory, fmt::format("{} belongs to log {}; this store is log {}", path,
                                                       to_string(parsed->first.uuid), to_string(log.uuid)));
  return std::move(parsed->second);
}

Status write_archive(io::Files& files, const std::string& directory, const LogId& log, const Archive& archive) {
  for (const auto& moved : archive.moved)
    if (moved.directory.empty() || moved.directory.find('\n') != moved.directory.npos)
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{} can not be the name of an archive directory", base::quoted(moved.directory)));
  return io::replace_whole(files, directory + "/ARCHIVE", text_of(log, archive));
}

}  // namespace daybook::journal
