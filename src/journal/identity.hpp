// The file STORE: which log this directory holds, and in which format.
#pragma once

#include "daybook/types.hpp"
#include "io/file.hpp"

namespace daybook::journal {

// NotFound where there is none; Damage, UnsupportedVersion.
Result<LogId> read_identity(io::Files& files, const std::string& directory);

// Whether the directory may become a store: empty, or with nothing but what making one leaves when it is interrupted,
// which is removed. The caller holds the lock. InvalidArgument: it holds something else; Damage: a store without its
// STORE.
Status clear_for_new_store(io::Files& files, const std::string& directory);

// The last step of making a store: from here on there is one.
Status write_identity(io::Files& files, const std::string& directory, const LogId& id);

}  // namespace daybook::journal
