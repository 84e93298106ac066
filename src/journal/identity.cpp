#include "journal/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "journal/format.hpp"

namespace daybook::journal {
namespace {

// Four lines of text, so that a person who finds the directory in twenty years can read what it is:
//   daybook store, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   secret 7d1f0a52-93c4-4be8-8a61-5e02c7d94b3f
//   checksum 0123456789abcdef       (XXH3-64 of the lines above it)
std::string text_of(const Identity& identity) {
  auto text = fmt::format("daybook store, format {}\nlog {}\nsecret {}\n", kFormatVersion, to_string(identity.log.uuid),
                          to_string(identity.secret.uuid));
  text += fmt::format("checksum {:016x}\n", base::checksum(text));
  return text;
}

Result<Identity> parse(std::string_view text, const std::string& path) {
  constexpr std::string_view kBegin = "daybook store, format ";
  const auto damage = [&] {
    return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there: it begins {}", path,
                                               base::quoted(text.substr(0, 40))));
  };
  if (!text.starts_with(kBegin)) return damage();
  std::uint32_t version = 0;
  const auto rest = text.substr(kBegin.size());
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), version);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != '\n') return damage();
  if (version > kFormatVersion)
    return fail(ErrorCode::UnsupportedVersion, fmt::format("{}: the store has format {}; this program reads format {}",
                                                           path, version, kFormatVersion));
  constexpr std::size_t kUuidAt = 4, kUuidSize = 36, kSecretAt = kUuidAt + kUuidSize + 8;
  const auto line = rest.substr(static_cast<std::size_t>(end - rest.data()) + 1);
  if (line.size() < kSecretAt + kUuidSize) return damage();
  const auto uuid = parse_uuid(line.substr(kUuidAt, kUuidSize)), secret = parse_uuid(line.substr(kSecretAt, kUuidSize));
  if (!uuid || !secret || text != text_of({{*uuid}, {*secret}})) return damage();
  return Identity{{*uuid}, {*secret}};
}

}  // namespace

Result<Identity> read_identity(io::Files& files, const std::string& directory) {
  const auto path = directory + "/STORE";
  auto text = io::read_whole(files, path, 4096);
  if (text) return parse(*text, path);
  if (text.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::NotFound, fmt::format("there is no store in {}: it has no file STORE", directory));
  return std::unexpected(text.error());
}

Status check_free_for_store(io::Files& files, const std::string& directory) {
  const auto entries = files.list(directory);
  if (!entries) return std::unexpected(entries.error());
  bool log = false;
  for (const auto& entry : *entries) {
    constexpr std::array<std::string_view, 5> kOurs{"STORE.new", "log", "cut", "lock", "mark"};
    if (std::ranges::find(kOurs, entry.name) == kOurs.end())
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{} holds no store and is not empty: it has {}", directory, base::quoted(entry.name)));
    log |= entry.name == "log";
  }
  if (!log) return {};
  const auto segments = files.list(directory + "/log");
  if (!segments) return std::unexpected(segments.error());
  const auto first = segment_name(1);
  for (const auto& entry : *segments)
    if ((entry.name != first && entry.name != first + ".new") || entry.size > kSegmentHeaderBytes)
      return fail(ErrorCode::Damage, fmt::format("{}/STORE is missing, though log/{} is there", directory, entry.name));
  return {};
}

Status clear_for_new_store(io::Files& files, const std::string& directory) {
  if (auto free = check_free_for_store(files, directory); !free) return free;
  const auto there = files.exists(directory + "/log");
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  const auto segments = files.list(directory + "/log");
  if (!segments) return std::unexpected(segments.error());
  for (const auto& entry : *segments)
    if (auto done = files.remove(directory + "/log/" + entry.name); !done) return done;
  return {};
}

Status write_identity(io::Files& files, const std::string& directory, const Identity& identity) {
  return io::replace_whole(files, directory + "/STORE", text_of(identity));
}

}  // namespace daybook::journal
