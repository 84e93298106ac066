// Opening a store in a directory.
//
//     auto store = daybook::open("bank.daybook");
//     auto store = daybook::open("bank.daybook", {.payload = daybook::Payload::Avro,
//                                                 .snapshot_every = {.events = 1000, .time = 60s}});
//     if (!store) return report(store.error());
//
// Everything has a default that is safe. The directory is made if it is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daybook/limits.hpp"
#include "daybook/options.hpp"
#include "daybook/store.hpp"

namespace daybook {

// What opening found.
struct OpeningReport {
  LogId log;
  Position end;                        // of the log
  bool clean = true;                   // the last writer closed it, or this one made it
  std::uint64_t rewritten_events = 0;  // found whole behind the last known sync: written again and synced
  std::uint64_t cut_bytes = 0;         // of a batch that was never acknowledged, kept in cut_file
  std::string cut_file{};
  // The store takes no appends; everything before damage->position can be read, and nothing behind it.
  std::optional<Error> damage{};
};

struct StoreOptions {
  Payload payload = Payload::Json;          // how new events are stored
  SnapshotEvery snapshot_every{};           // how often a state is saved; daybook::never: not by itself
  std::size_t snapshots_kept = 2;           // of a stream, 1 or more; older ones are removed
  std::size_t cache_bytes = 256u << 20;     // of states kept in memory; the one used last stays in any case, also at 0
  std::size_t commands_in_flight = 65'536;  // submit() waits when there are so many; in a completion: Overload
  std::size_t bytes_in_flight = 32u << 20;  // or so much for the log to write: less than Limits::queue_bytes
  OnWarning on_warning{};                   // called from any thread, must not throw; none: warnings are dropped
  Limits limits{};                          // may only be set downwards
  bool create = true;                       // false: NotFound where there is no store
  // A store that another process writes: reads go along with it, everything else, consumers too, is ReadOnly. Takes no
  // lock, changes nothing: no snapshot is saved either.
  bool read_only = false;
  // The log's files. A new segment begins at this size; smaller ones mean more files. At least 64 KiB, at most 1 GiB.
  std::uint64_t segment_bytes = 256u << 20;
  // Writes zeros for this segment and the next before open() returns, which takes a fraction of a second and twice the
  // room: appends are then synced about twice as fast from the first on. Without it that is done in quiet moments.
  bool prepare = false;
  // Among so many of the newest events an id, or a command's, is known again. Each costs 40 bytes of memory while its
  // segment is being written, and 8 bytes of a mapped file after. 0: only with an exact expected revision.
  std::uint64_t remembered_ids = 1'000'000;
  // Called once by open(), on its caller's thread, when the log is open and there is no Store yet: it can call none, and
  // to open the directory from within is Locked. Must not throw. Should open() fail after it, the log is closed again.
  std::function<void(const OpeningReport&)> on_opened{};
};

// Errors: Locked (another writer, which is named), PermissionDenied, DiskFull, IoError, UnsupportedSystem,
// UnsupportedVersion, InvalidArgument (an option, or a directory of something else), NotFound, Damage (not even the log's
// beginning can be read).
Result<Store> open(const std::string& directory, StoreOptions options = {});

}  // namespace daybook
