// Any bytes as one of the files that stand around a log, by the first byte: STORE, ARCHIVE, HEADS, BACKUP, a backup's
// consumers, the mark, and an archive's OWNER. Refused with the file's name, or read, and written again as the very same bytes; a mark, which
// is moved in place, says what it was told to.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/archive.hpp"
#include "journal/identity.hpp"
#include "journal/mark.hpp"
#include "log/cut_heads.hpp"
#include "maintenance/archive_owner.hpp"
#include "maintenance/backup.hpp"
#include "maintenance/backup_files.hpp"
#include "sim/faulty_disk.hpp"

using namespace daybook;

namespace {

enum class Which : std::uint8_t { Store, Archive, Heads, Backup, Consumers, Mark, Owner };
constexpr std::size_t kWhich = 7;

template <class T>
bool refused(const Result<T>& read, std::string_view file) {
  ENSURE(read || read.error().message.contains(file));
  return !read.has_value();
}

// Whose file it says it is, so that it is not refused for being another's.
LogId log_of(Which which, std::string_view bytes) {
  LogId log;
  if (which == Which::Heads && bytes.size() >= 32) std::memcpy(log.uuid.bytes.data(), bytes.data() + 16, 16);
  if (which == Which::Mark && bytes.size() >= 24) std::memcpy(log.uuid.bytes.data(), bytes.data() + 8, 16);
  if (const auto at = bytes.find("\nlog "); (which == Which::Archive || which == Which::Consumers) && at != bytes.npos)
    if (const auto uuid = parse_uuid(bytes.substr(at + 5, 36))) log.uuid = *uuid;
  return log;
}

Position end_of(std::string_view consumers) {
  std::uint64_t end = 0;
  if (const auto at = consumers.find("\nend "); at != consumers.npos)
    (void)std::from_chars(consumers.data() + at + 5, consumers.data() + consumers.size(), end);
  return {end};
}

void try_mark(sim::FaultyDisk& disk, const LogId& log) {
  auto opened = journal::Mark::open(disk, "d/mark", log, false);
  if (refused(opened, "mark")) return;
  const auto found = opened->durable();
  ENSURE(opened->live() <= found.value_or(Position{}));
  const Position next{found.value_or(Position{}).value / 2 + 7};
  auto writer = journal::Mark::open(disk, "d/mark", log, true);
  ENSURE(writer);
  writer->begin(5, next);
  for (const auto& mark : {&*opened, &*writer})
    ENSURE(mark->durable() == next && mark->live() == next && mark->epoch() == 5);
  writer->advance(next.next());
  ENSURE(opened->durable() == next.next() && opened->live() == next.next());
}

// Its two slots as if they had been written whole.
void check_slots(std::string& mark) {
  constexpr std::size_t kLog = 8, kSlots = 64, kSlotBytes = 16;
  if (mark.size() < kSlots + 2 * kSlotBytes) return;
  const auto log =
      base::chained(base::load<std::uint64_t>(mark.data() + kLog), base::load<std::uint64_t>(mark.data() + kLog + 8));
  for (const auto slot : {kSlots, kSlots + kSlotBytes})
    base::store(mark.data() + slot + 8, base::chained(log, base::load<std::uint64_t>(mark.data() + slot)));
}

void try_one(Which which, const std::string& bytes) {
  sim::FaultyDisk disk;
  const auto log = log_of(which, bytes);
  if (which == Which::Store) {
    disk.put("d/STORE", bytes);
    const auto id = journal::read_identity(disk, "d");
    if (refused(id, "STORE")) return;
    ENSURE(journal::write_identity(disk, "d", *id) && *io::read_whole(disk, "d/STORE", bytes.size()) == bytes);
  } else if (which == Which::Archive) {
    disk.put("d/ARCHIVE", bytes);
    const auto archive = journal::read_archive(disk, "d", log);
    if (refused(archive, "ARCHIVE")) return;
    ENSURE(journal::write_archive(disk, "d", log, *archive));
    ENSURE(*io::read_whole(disk, "d/ARCHIVE", bytes.size()) == bytes);
  } else if (which == Which::Owner) {
    disk.put("d/OWNER", bytes);
    const auto owner = maintenance::read_archive_owner(disk, "d");
    if (refused(owner, "OWNER")) return;
    disk.erase("d/OWNER");
    ENSURE(maintenance::own_archive(disk, "d", *owner));
    ENSURE(*io::read_whole(disk, "d/OWNER", bytes.size()) == bytes);
  } else if (which == Which::Heads) {
    disk.put("d/HEADS", bytes);
    const auto heads = log::CutHeads::open(disk, "d/HEADS", log);
    if (refused(heads, "HEADS")) return;
    for (std::size_t i = 0; i < (*heads)->size(); ++i) {
      const auto head = (*heads)->at(i);
      const auto found = (*heads)->find(head.stream);
      ENSURE(found && found->revision == head.last.revision && found->position == head.last.position);
    }
    (void)(*heads)->find("Account-alice");
  } else if (which == Which::Mark) {
    disk.put("d/mark", bytes);
    try_mark(disk, log);
  } else if (which == Which::Consumers) {
    maintenance::BackupEnd end;
    end.log = log;
    end.end = end_of(bytes);
    const auto path = fmt::format("d/consumers-{}", end.end.value);
    disk.put(path, bytes);
    const auto files = maintenance::read_consumers(disk, "d", end);
    if (refused(files, path)) return;
    ENSURE(maintenance::write_consumers(disk, "d", end, *files));
    ENSURE(*io::read_whole(disk, path, bytes.size()) == bytes);
  } else {
    disk.put("d/BACKUP", bytes);
    (void)refused(maintenance::read_backup(disk, "d"), "BACKUP");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto which = static_cast<Which>(data[0] % kWhich);
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try_one(which, bytes);
  // Nearly every input stops at the checksum: once more with one that fits.
  if (which == Which::Heads) {
    if (bytes.size() < 8) return 0;
    const auto body = bytes.size() - 8;
    base::store(bytes.data() + body, base::checksum(std::string_view(bytes).substr(0, body)));
  } else if (which == Which::Mark) {
    check_slots(bytes);
  } else {
    const auto last = bytes.rfind("checksum ");
    if (last == bytes.npos) return 0;
    bytes.resize(last);
    bytes += fmt::format("checksum {:016x}\n", base::checksum(bytes));
  }
  try_one(which, bytes);
  return 0;
}
