#include "maintenance/archive_owner.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "journal/archive.hpp"

namespace daybook::maintenance {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kBegin = "daybook archive owner, format ";
constexpr std::uint64_t kLongest = 64u << 10;

// Lines of text, as STORE:
//   daybook archive owner, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   owner 5b0e7d7e-1c7d-4c5b-9a53-0d4d5f6f8a11   (as in the store's ARCHIVE)
//   store /srv/shop                              (where it was then)
//   checksum 0123456789abcdef                    (XXH3-64 of the lines above it)
std::string text_of(const ArchiveOwner& owner) {
  auto text = fmt::format("{}{}\nlog {}\nowner {}\nstore {}\n", kBegin, kVersion, to_string(owner.log.uuid),
                          to_string(owner.id), owner.store);
  return text + fmt::format("checksum {:016x}\n", base::checksum(text));
}

// A line without its word; nothing if it is not there.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view word) {
  const auto end = text.find('\n');
  if (!text.starts_with(word) || end == text.npos) return {};
  const auto line = text.substr(word.size(), end - word.size());
  text.remove_prefix(end + 1);
  return line;
}

// What stands behind the first line; it may say other things than text_of would write.
std::optional<ArchiveOwner> parse(std::string_view text) {
  const auto log = take_line(text, "log "), id = take_line(text, "owner "), store = take_line(text, "store ");
  if (!log || !id || !store || store->empty()) return {};
  const auto log_uuid = parse_uuid(*log), id_uuid = parse_uuid(*id);
  if (!log_uuid || !id_uuid) return {};
  return ArchiveOwner{{*log_uuid}, *id_uuid, std::string(*store)};
}

// Whether the store is still where it was as it last owned the directory.
Result<bool> is_still_there(io::Files& files, const ArchiveOwner& owner) {
  const auto archive = journal::read_archive(files, owner.store, owner.log);
  if (archive) return archive->owner == owner.id;
  return archive.error().code == ErrorCode::ForeignHistory ? Result<bool>(false) : std::unexpected(archive.error());
}

Status refused(const std::string& directory, const std::string& why) {
  return fail(ErrorCode::ForeignHistory,
              fmt::format("{} is the archive of another store: {}. Each store needs a directory of its own; if that "
                          "store is gone for good, remove {}",
                          directory, why, owner_file_of(directory)));
}

}  // namespace

Result<ArchiveOwner> read_archive_owner(io::Files& files, const std::string& directory) {
  const auto path = owner_file_of(directory);
  const auto whole = io::read_whole(files, path, kLongest);
  if (!whole) return std::unexpected(whole.error());
  std::string_view text = *whole;
  const auto damage = [&] {
    return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there: it begins {}", path,
                                               base::quoted(std::string_view(*whole).substr(0, 40))));
  };
  const auto number = take_line(text, kBegin);
  if (!number) return damage();
  std::uint32_t version = 0;
  const auto* const end = number->data() + number->size();
  if (const auto read = std::from_chars(number->data(), end, version); read.ec != std::errc{} || read.ptr != end)
    return damage();
  if (version > kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has format {}; this program reads format {}", path, version, kVersion));
  auto owner = parse(text);
  if (!owner || *whole != text_of(*owner)) return damage();
  return std::move(*owner);
}

Status check_archive_owner(io::Files& files, const std::string& directory, const ArchiveOwner& mine) {
  const auto there = read_archive_owner(files, directory);
  if (!there) return there.error().code == ErrorCode::NotFound ? Status{} : std::unexpected(there.error());
  if (there->log != mine.log || there->id != mine.id)
    return refused(directory, fmt::format("it was last used by {}, of log {}", base::quoted(there->store),
                                          to_string(there->log.uuid)));
  if (there->store == mine.store) return {};
  const auto copied = is_still_there(files, *there);
  if (!copied)
    return fail(copied.error().code,
                fmt::format("{} names {}, which can not be looked at: {}; if that store is gone "
                            "for good, remove the file",
                            owner_file_of(directory), base::quoted(there->store), copied.error().message));
  if (*copied)
    return refused(directory, fmt::format("{} is a copy of {}, which is still there, or is that one by another path",
                                          base::quoted(mine.store), base::quoted(there->store)));
  return {};
}

Status own_archive(io::Files& files, const std::string& directory, const ArchiveOwner& mine) {
  if (mine.store.empty() || mine.store.find('\n') != mine.store.npos)
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} can not be the name of a store that is archived", base::quoted(mine.store)));
  if (auto good = check_archive_owner(files, directory, mine); !good) return good;
  if (const auto there = read_archive_owner(files, directory); there && *there == mine) return {};
  return io::replace_whole(files, owner_file_of(directory), text_of(mine));
}

}  // namespace daybook::maintenance
