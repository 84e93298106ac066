// The file STORE: which log this directory holds, and in which format.
#pragma once

#include "daybook/port/journal.hpp"
#include "io/file.hpp"

namespace daybook::journal {

struct Identity {
  LogId log{};
  Journal::Secret secret{};
};

// NotFound where there is none; Damage, UnsupportedVersion.
Result<Identity> read_identity(io::Files& files, const std::string& directory);

// Whether the directory may become a store: empty, or with nothing but what making one leaves when it is interrupted.
// Changes nothing, so it may be asked before the lock is held. InvalidArgument: it holds something else; Damage: a
// store without its STORE.
Status check_free_for_store(io::Files& files, const std::string& directory);

// Removes what an interrupted making has left. The caller holds the lock: without it this could be what another writer
// is making just now.
Status clear_for_new_store(io::Files& files, const std::string& directory);

// The last step of making a store: from here on there is one.
Status write_identity(io::Files& files, const std::string& directory, const Identity& identity);

}  // namespace daybook::journal
