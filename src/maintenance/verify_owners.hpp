// What verify looks at in the archive directories of a store (archive_owner.hpp).
#pragma once

#include "io/file.hpp"
#include "maintenance/finding.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::maintenance {

// Whether each archive directory says that it is this store's. One that says nothing is a note: the next move says it.
void check_owners(io::Files& files, const StoreFiles& store, const OnFinding& found, const OnNote& note);

}  // namespace daybook::maintenance
