// The files of a backup besides its segments: BACKUP, consumers-END and HEADS.
//
// BACKUP names the other one by its own end, so that whatever is written for the next backup, the one before keeps its
// consumers until BACKUP is replaced.
#pragma once

#include <map>
#include <string>

#include "maintenance/backup.hpp"

namespace daybook::maintenance {

// Of a file that has to be there: Damage that names it if it is not.
std::unexpected<Error> damage_if_missing(const Error& error, const std::string& path);

std::string text_of(const BackupEnd& backup);

// Checkpoints, as the files they are: name and bytes. What is in them is their owner's affair.
using CheckpointFiles = std::map<std::string, std::string>;

// Those in a store's directory of consumers; none where there is no such directory.
Result<CheckpointFiles> read_checkpoints(io::Files& files, const std::string& consumers);

// "consumers-4711": all of them in one file, under a checksum. Durable when it returns.
Status write_consumers(io::Files& files, const std::string& backup, const BackupEnd& end, const CheckpointFiles& all);
// Damage, UnsupportedVersion; Damage too where it is missing.
Result<CheckpointFiles> read_consumers(io::Files& files, const std::string& backup, const BackupEnd& end);
// Those of other ends: earlier backups, and interrupted ones.
Status remove_other_consumers(io::Files& files, const std::string& backup, const BackupEnd& end);

// HEADS, of a log that lost its beginning; checked.
Status copy_heads(io::Files& files, const std::string& from, const std::string& to, const LogId& log);

}  // namespace daybook::maintenance
