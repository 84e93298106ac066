#include "maintenance/backup_files.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "log/cut_heads.hpp"

namespace daybook::maintenance {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kBegin = "daybook backup, format ";
constexpr std::string_view kConsumersBegin = "daybook consumers, format ";
constexpr std::string_view kConsumers = "consumers-";

class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}
  bool word(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool number(std::uint64_t& value, char behind, int base = 10) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value, base);
    if (error != std::errc{} || end == text_.data() + text_.size() || *end != behind) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()) + 1);
    return true;
  }
  std::string_view until(std::size_t size) {
    const auto part = text_.substr(0, size);
    text_.remove_prefix(part.size());
    return part;
  }
  std::string_view line() {
    const auto end = text_.find('\n');
    if (end == text_.npos) return {};
    const auto line = until(end);
    text_.remove_prefix(1);
    return line;
  }
  std::size_t size() const { return text_.size(); }
  bool uuid(Uuid& value) {
    constexpr std::size_t kSize = 36;
    const auto parsed = parse_uuid(text_.substr(0, kSize));
    if (!parsed) return false;
    value = *parsed;
    text_.remove_prefix(kSize);
    return true;
  }

 private:
  std::string_view text_;
};

std::string path_of(const std::string& backup, const BackupEnd& end) {
  return fmt::format("{}/{}{}", backup, kConsumers, end.end.value);
}

// Also of a file that somebody else made: it becomes the name of a file again.
bool is_checkpoint(std::string_view name) {
  return name.ends_with(".checkpoint") && name.find('/') == name.npos && base::is_printable_utf8(name);
}

// Lines of text, then the files' bytes, in the same order, and a last line:
//   daybook consumers, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   end 4711                             (of the backup that it belongs to)
//   files 2
//   112 5f3a…-mailer.checkpoint          (bytes, name)
//   112 9b01…-audit.checkpoint
//   …
//   checksum 0123456789abcdef            (XXH3-64 of everything above it)
std::string packed(const BackupEnd& end, const CheckpointFiles& all) {
  auto text = fmt::format("{}{}\nlog {}\nend {}\nfiles {}\n", kConsumersBegin, kVersion, to_string(end.log.uuid),
                          end.end.value, all.size());
  for (const auto& [name, bytes] : all) text += fmt::format("{} {}\n", bytes.size(), name);
  for (const auto& [name, bytes] : all) text += bytes;
  return text + fmt::format("checksum {:016x}\n", base::checksum(text));
}

std::optional<CheckpointFiles> unpacked(Fields fields, BackupEnd& of) {
  std::uint64_t count = 0;
  if (!fields.word("log ") || !fields.uuid(of.log.uuid) || !fields.word("\nend ") ||
      !fields.number(of.end.value, '\n') || !fields.word("files ") || !fields.number(count, '\n') ||
      count > fields.size())
    return {};
  std::vector<std::pair<std::string, std::uint64_t>> names;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t size = 0;
    if (!fields.number(size, ' ')) return {};
    names.emplace_back(fields.line(), size);
    if (!is_checkpoint(names.back().first)) return {};
  }
  CheckpointFiles all;
  for (const auto& [name, size] : names) {
    if (size > fields.size()) return {};
    all[name] = fields.until(size);
  }
  return all;
}

}  // namespace

std::unexpected<Error> damage_if_missing(const Error& error, const std::string& path) {
  if (error.code != ErrorCode::NotFound) return std::unexpected(error);
  return fail(ErrorCode::Damage, path + " is missing");
}

// Lines of text, as STORE:
//   daybook backup, format 1
//   log 0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e
//   first 1 0                            (segment, position)
//   end 4711 0123456789abcdef 3 81920    (position, chain, segment, bytes of it)
//   checksum 0123456789abcdef            (XXH3-64 of the lines above it)
std::string text_of(const BackupEnd& b) {
  auto text = fmt::format("{}{}\nlog {}\nfirst {} {}\nend {} {:016x} {} {}\n", kBegin, kVersion, to_string(b.log.uuid),
                          b.first_segment, b.first.value, b.end.value, b.chain.value, b.segment, b.bytes);
  return text + fmt::format("checksum {:016x}\n", base::checksum(text));
}

Result<BackupEnd> read_backup(io::Files& files, const std::string& directory) {
  const auto path = directory + "/BACKUP";
  const auto text = io::read_whole(files, path, 4096);
  if (!text && text.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::NotFound, fmt::format("there is no backup in {}: it has no file BACKUP", directory));
  if (!text) return std::unexpected(text.error());
  const auto damage = [&] {
    return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there: it begins {}", path,
                                               base::quoted(std::string_view(*text).substr(0, 40))));
  };
  Fields fields(*text);
  std::uint64_t version = 0;
  if (!fields.word(kBegin) || !fields.number(version, '\n')) return damage();
  if (version > kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has format {}; this program reads format {}", path, version, kVersion));
  BackupEnd b;
  const bool read = fields.word("log ") && fields.uuid(b.log.uuid) && fields.word("\nfirst ") &&
                    fields.number(b.first_segment, ' ') && fields.number(b.first.value, '\n') && fields.word("end ") &&
                    fields.number(b.end.value, ' ') && fields.number(b.chain.value, ' ', 16) &&
                    fields.number(b.segment, ' ') && fields.number(b.bytes, '\n');
  if (!read || *text != text_of(b)) return damage();
  return b;
}

Result<CheckpointFiles> read_checkpoints(io::Files& files, const std::string& consumers) {
  CheckpointFiles all;
  const auto entries = files.list(consumers);
  if (!entries && entries.error().code == ErrorCode::NotFound) return all;
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    if (entry.directory || !is_checkpoint(entry.name)) continue;
    auto bytes = io::read_whole(files, consumers + "/" + entry.name);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) continue;  // removed since
    if (!bytes) return std::unexpected(bytes.error());
    all[entry.name] = std::move(*bytes);
  }
  return all;
}

Status write_consumers(io::Files& files, const std::string& backup, const BackupEnd& end, const CheckpointFiles& all) {
  return io::replace_whole(files, path_of(backup, end), packed(end, all));
}

Result<CheckpointFiles> read_consumers(io::Files& files, const std::string& backup, const BackupEnd& end) {
  const auto path = path_of(backup, end);
  const auto text = io::read_whole(files, path);
  if (!text && text.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::Damage, fmt::format("{} is missing: the backup has the consumers' checkpoints there", path));
  if (!text) return std::unexpected(text.error());
  const auto damage = [&] { return fail(ErrorCode::Damage, fmt::format("{} is not what Daybook wrote there", path)); };
  Fields fields(*text);
  std::uint64_t version = 0;
  if (!fields.word(kConsumersBegin) || !fields.number(version, '\n')) return damage();
  if (version > kVersion)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has format {}; this program reads format {}", path, version, kVersion));
  BackupEnd of;
  auto all = unpacked(fields, of);
  if (!all || *text != packed(of, *all) || of.log != end.log || of.end != end.end) return damage();
  return std::move(*all);
}

Status remove_other_consumers(io::Files& files, const std::string& backup, const BackupEnd& end) {
  const auto entries = files.list(backup);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries)
    if (const auto path = backup + "/" + entry.name;
        !entry.directory && entry.name.starts_with(kConsumers) && path != path_of(backup, end))
      if (auto done = files.remove(path); !done) return done;
  return {};
}

Status copy_heads(io::Files& files, const std::string& from, const std::string& to, const LogId& log) {
  if (const auto sound = log::CutHeads::open(files, from + "/HEADS", log); !sound)
    return damage_if_missing(sound.error(), from + "/HEADS");
  const auto bytes = io::read_whole(files, from + "/HEADS", UINT32_MAX);
  if (!bytes) return std::unexpected(bytes.error());
  return io::replace_whole(files, to + "/HEADS", *bytes);
}

}  // namespace daybook::maintenance
