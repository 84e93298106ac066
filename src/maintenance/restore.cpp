// What a backup is for (backup.hpp).
#include <fmt/format.h>

#include <optional>

#include "base/utf8.hpp"
#include "journal/archive.hpp"
#include "journal/identity.hpp"
#include "maintenance/backup_files.hpp"
#include "maintenance/group_copy.hpp"

namespace daybook::maintenance {

Result<BackupEnd> restore(io::Files& files, const std::string& from, const std::string& to,
                          const CopyOptions& options) {
  const auto backup = read_backup(files, from);
  if (!backup) return std::unexpected(backup.error());
  const auto lock = files.lock(from + "/lock", options.holder);  // a backup that goes on meanwhile would be half a one
  if (!lock && lock.error().code == ErrorCode::Locked) return std::unexpected(lock.error());
  const auto consumers = read_consumers(files, from, *backup);
  if (!consumers) return std::unexpected(consumers.error());
  if (auto made = files.make_directory(to); !made) return std::unexpected(made.error());
  const auto entries = files.list(to);
  if (!entries) return std::unexpected(entries.error());
  if (!entries->empty())
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} is not empty: it has {}; a restored store needs a directory of its own", to,
                            base::quoted(entries->front().name)));
  for (const auto* part : {"/log", "/cut"})
    if (auto made = files.make_directory(to + part); !made) return std::unexpected(made.error());
  std::optional<GroupEnd> at;
  std::unique_ptr<io::File> file;
  std::optional<Journal::Secret> secret;
  for (auto number = backup->first_segment;
       number <= backup->segment || (at && at->sealed && at->position < backup->end); ++number) {
    const auto name = journal::segment_name(number);
    auto source = files.open(from + "/log/" + name, io::Open::Read);
    if (!source) return damage_if_missing(source.error(), from + "/log/" + name);
    std::vector<std::byte> header_bytes(journal::kSegmentHeaderBytes);
    const auto got = (*source)->read_at(0, header_bytes);
    if (!got) return std::unexpected(got.error());
    const auto header = journal::decode_segment_header(std::span(header_bytes).first(*got), "log/" + name);
    if (!header) return std::unexpected(header.error());
    if (!secret) secret = header->secret;
    if (header->log != backup->log || header->secret != *secret || header->number != number ||
        header->first != (at ? at->position : backup->first) || (at && header->chain_before != at->chain))
      return fail(ErrorCode::ForeignHistory, fmt::format("{}/log/{} does not belong to this backup", from, name));
    auto target = files.open(to + "/log/" + name, io::Open::Create);
    if (!target) return std::unexpected(target.error());
    file = std::move(*target);
    if (auto done = file->write_at(0, header_bytes); !done) return std::unexpected(done.error());
    const GroupCopy copy{
        [&source](std::uint64_t offset, std::span<std::byte> into) { return (*source)->read_at(offset, into); },
        journal::group_seed(*secret), from + "/log/" + name, backup->end};
    const auto end = copy_groups(
        copy, {header->first, header->chain_before, header->recorded_floor, journal::kSegmentHeaderBytes, false, false},
        file.get());
    if (!end) return std::unexpected(end.error());
    if (!end->sealed && (number < backup->segment || end->position < backup->end))
      return fail(
          ErrorCode::Damage,
          fmt::format("{}/log/{}: position {} (byte {}): there is no sound group; the backup goes up to position {}",
                      from, name, end->position.value, end->offset, backup->end.value),
          end->position);
    at = *end;
    if (auto done = file->sync(); !done) return std::unexpected(done.error());
    options.progress(at->position.value, backup->end.value, at->position.value);
  }
  if (!at || at->position != backup->end || at->chain != backup->chain)
    return fail(
        ErrorCode::Damage,
        fmt::format("{}: the backup goes up to position {}; only {} can be read, or it is another history there", from,
                    backup->end.value, at ? at->position.value : backup->first.value));
  if (!at->sealed && !at->closed) {
    // So that opening finds a log that ended cleanly.
    journal::GroupHeader close;
    close.kind = journal::GroupKind::Close;
    close.first = close.durable = at->position;
    close.chain_before = close.chain_after = at->chain;
    close.recorded = at->recorded;
    close.epoch = 1;
    auto done = file->write_at(at->offset, journal::encode(close, {}, journal::group_seed(*secret)));
    if (done) done = file->sync();
    if (!done) return std::unexpected(done.error());
  }
  if (auto made = files.make_directory(to + "/consumers"); !made) return std::unexpected(made.error());
  for (const auto& [name, bytes] : *consumers)
    if (auto done = io::replace_whole(files, to + "/consumers/" + name, bytes); !done)
      return std::unexpected(done.error());
  if (auto page = files.shared_page(to + "/mark", true); !page) return std::unexpected(page.error());
  if (backup->first_segment > 1)
    if (auto done = copy_heads(files, from, to, backup->log); !done) return std::unexpected(done.error());
  if (backup->first_segment > 1)
    if (auto done = journal::write_archive(files, to, backup->log,
                                           {.first_segment = backup->first_segment, .first_position = backup->first});
        !done)
      return std::unexpected(done.error());
  if (auto done = files.sync_directory(to + "/log"); !done) return std::unexpected(done.error());
  if (auto done = journal::write_identity(files, to, {backup->log, *secret}); !done)
    return std::unexpected(done.error());
  return *backup;
}

}  // namespace daybook::maintenance
