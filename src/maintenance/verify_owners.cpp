#include "maintenance/verify_owners.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "base/utf8.hpp"
#include "maintenance/archive_owner.hpp"

namespace daybook::maintenance {

void check_owners(io::Files& files, const StoreFiles& store, const OnFinding& found, const OnNote& note) {
  std::set<std::string_view> seen;
  for (const auto& moved : store.archive.moved) {
    if (moved.last < store.archive.first_segment || !seen.insert(moved.directory).second) continue;
    const auto file = owner_file_of(moved.directory);
    const auto wrong = [&](ErrorCode code, std::string what) { found({code, file, {}, {}, {}, {}, std::move(what)}); };
    const auto owner = read_archive_owner(files, moved.directory);
    if (!owner && owner.error().code == ErrorCode::NotFound)
      note(fmt::format("{} is not there; the next `archive` into that directory makes it", file));
    else if (!owner)
      wrong(owner.error().code, owner.error().message);
    else if (owner->log != store.log || owner->id != store.archive.owner)
      wrong(ErrorCode::ForeignHistory,
            fmt::format("says that the archive is another store's, that of {}", base::quoted(owner->store)));
  }
}

}  // namespace daybook::maintenance
