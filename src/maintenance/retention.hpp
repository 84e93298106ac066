// Retention: old segments go to an archive directory, from which readers go on unasked; deleting them there is a second
// step, which first says who still needs them.
//
// Only when told, only sealed segments, and never the newest two. A writer or reader that has the store open is not
// disturbed: it finds what was moved by ARCHIVE, and what is known of deleted streams in HEADS, when it comes to them.
// At every moment of a crash each segment is where ARCHIVE says, or in log/ too:
//
//   moving     copy and check, sync, ARCHIVE, remove from log/
//   deleting   HEADS (the last revisions of the streams), ARCHIVE, remove from the archive
//
// What a crash leaves behind takes room and is removed by the next move or deletion; a copy in log/ only once the
// archive's was read and is sound. Where it is not, it is made anew from the one in log/.
#pragma once

#include <string>
#include <vector>

#include "daybook/port/checkpoints.hpp"
#include "daybook/port/snapshots.hpp"
#include "io/file.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

struct ArchiveOptions {
  std::string holder = "an archiving";
  std::string store{};  // its absolute path, for the archive's OWNER; as it was given, if empty
  OnNote note = [](const std::string&) {};
  OnProgress progress = [](std::uint64_t, std::uint64_t, std::uint64_t) {};
};

struct Archived {
  std::uint64_t segments = 0;  // moved now
  std::uint64_t bytes = 0;
  Position until{};  // everything before it is in the archive
};

// Moves the segments that hold nothing at or after `before` to `to`, an absolute path, which becomes this store's
// (archive_owner.hpp). Errors: Damage: a segment is not sound, and is left where it is; ForeignHistory: `to` is another
// store's, or holds another log's segments; Locked: another move or deletion is at it.
Result<Archived> archive(io::Files& files, const std::string& store, const std::string& to, Position before,
                         const ArchiveOptions& options);

// What a deletion would take away.
struct Deletion {
  std::uint64_t first_segment = 0;  // [first_segment, last_segment], if segments > 0
  std::uint64_t last_segment = 0;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  Position from{};
  Position until{};  // history begins there afterwards

  struct Stream {
    std::string name;
    std::uint64_t events = 0;  // that go
    Revision last{};           // of them
    Position position{};       // of that one
    bool goes_on = false;      // has events that stay
    // From the newest snapshot at or past `until`, and of this history, its state can still be had; without one it can
    // not. An older one could not be told from another history's any more.
    std::optional<Position> snapshot{};
  };
  std::vector<Stream> streams{};  // by name
  struct Consumer {
    std::string name;
    Position at{};  // has not handled what comes here, and is to be deleted
  };
  std::vector<Consumer> consumers{};
  // Schemas (their texts) that the log has nowhere else. What stays may have been written with them, so they have to be
  // appended to the stream of schemas again before anything is deleted.
  std::vector<std::string> schemas{};
};

// Looks: archived segments that hold nothing at or after `before`. `snapshots`, `checkpoints`: null if not to be looked
// at. All that would go is read: Damage if it can not be, and then nothing can be deleted, since which streams were
// there would be forgotten.
Result<Deletion> plan_deletion(io::Files& files, const std::string& store, Position before, const Snapshots* snapshots,
                               const Checkpoints* checkpoints);

// Deletes what the plan says, and what an earlier deletion could not remove, also if the plan says nothing. Afterwards
// a read below `until` is HistoryCut. Conflict: the archive is not as it was when the plan was made, or schemas would
// go that the log has nowhere else; ForeignHistory: the archive is another store's.
Status delete_archived(io::Files& files, const std::string& store, const Deletion& plan, const ArchiveOptions& options);

}  // namespace daybook::maintenance
