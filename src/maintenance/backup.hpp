// Backups of a store that may be running: all of it the first time, then only what is new (docs/cli.md, "backup").
//
// A backup is a directory (docs/format/backup.md): BACKUP says whose it is and up to where it goes, log/ holds the
// segments byte for byte, a file the consumers' checkpoints. BACKUP is replaced last, and what the one before it needs
// stays until then, so that an interrupted backup is the one before it. It is no store, so that nobody writes to it by
// accident; restore makes one of it. Snapshots are not in it: they are made anew.
#pragma once

#include <string>

#include "daybook/types.hpp"
#include "io/file.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

// The file BACKUP.
struct BackupEnd {
  LogId log{};
  std::uint64_t first_segment = 1;  // above 1 where older history had been deleted
  Position first{};
  Position end{};
  Chain chain{};              // at `end`
  std::uint64_t segment = 1;  // that `end` stands in
  std::uint64_t bytes = 0;    // how much of its file counts
  friend bool operator==(const BackupEnd&, const BackupEnd&) = default;
};

// NotFound where there is none; Damage, UnsupportedVersion.
Result<BackupEnd> read_backup(io::Files& files, const std::string& directory);

struct BackedUp {
  BackupEnd now{};
  Position was{};           // the end of the backup before; now.first if there was none
  std::uint64_t bytes = 0;  // copied
};

struct CopyOptions {
  std::string holder = "a backup";
  OnProgress progress = [](std::uint64_t, std::uint64_t, std::uint64_t) {};
};

// Brings the backup in `to` up to what is durable in the store `from` now. Every byte is checked before it is copied.
// Errors: ForeignHistory: the backup is of another log, or of a past that this store does not have; HistoryCut: the
// store no longer has what would come next; Damage: of the store, or a file of the backup is not what was written;
// InvalidArgument: `to` holds something else; Locked: another backup is at it.
Result<BackedUp> back_up(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options);

// Makes a store in `to`, a new or empty directory, of the backup `from`; checks every byte. Damage: the backup is not
// what was written. `to` is a store only when it returns well.
Result<BackupEnd> restore(io::Files& files, const std::string& from, const std::string& to, const CopyOptions& options);

}  // namespace daybook::maintenance
