// What verify looks at in the guides of a store (src/log/guide.hpp).
#pragma once

#include <string>

#include "io/file.hpp"
#include "maintenance/finding.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::maintenance {

// Each guide in the store's log/ against its checksums, its place, and the indexes or guides that it is over. `running`:
// a writer is at work, which may have begun segments since `store` was looked at.
Status check_guides(io::Files& files, const std::string& directory, const StoreFiles& store, bool running,
                    const OnFinding& found);

}  // namespace daybook::maintenance
