// Any bytes as one of the files that stand around a log: STORE, ARCHIVE, HEADS and BACKUP, by the first byte. Refused
// with the file's name, or read, and written again as the very same bytes.
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
#include "log/cut_heads.hpp"
#include "maintenance/backup.hpp"
#include "sim/faulty_disk.hpp"

using namespace daybook;

namespace {

enum class Which : std::uint8_t { Store, Archive, Heads, Backup };

template <class T>
bool refused(const Result<T>& read, std::string_view file) {
  ENSURE(read || read.error().message.contains(file));
  return !read.has_value();
}

// Whose file it says it is, so that it is not refused for being another's.
LogId log_of(Which which, std::string_view bytes) {
  LogId log;
  if (which == Which::Heads && bytes.size() >= 32) std::memcpy(log.uuid.bytes.data(), bytes.data() + 16, 16);
  if (const auto at = bytes.find("\nlog "); which == Which::Archive && at != bytes.npos)
    if (const auto uuid = parse_uuid(bytes.substr(at + 5, 36))) log.uuid = *uuid;
  return log;
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
  } else {
    disk.put("d/BACKUP", bytes);
    (void)refused(maintenance::read_backup(disk, "d"), "BACKUP");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto which = static_cast<Which>(data[0] % 4);
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try_one(which, bytes);
  // Nearly every input stops at the checksum: once more with one that fits.
  if (which == Which::Heads) {
    if (bytes.size() < 8) return 0;
    const auto body = bytes.size() - 8;
    base::store(bytes.data() + body, base::checksum(std::string_view(bytes).substr(0, body)));
  } else {
    const auto last = bytes.rfind("checksum ");
    if (last == bytes.npos) return 0;
    bytes.resize(last);
    bytes += fmt::format("checksum {:016x}\n", base::checksum(bytes));
  }
  try_one(which, bytes);
  return 0;
}
