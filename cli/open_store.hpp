// Opening the store that --store names.
#pragma once

#include <memory>

#include "cli/event_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/line_reader.hpp"
#include "cli/verbs.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::cli {

// To read, beside whoever writes.
Result<std::unique_ptr<runtime::DiskLog>> follow_store(const Common& common);
// The exit of a verb that goes over everything that can be read: Damage if there is more that can not.
ExitCode exit_having_read(const runtime::DiskLog& disk, ExitCode told);
// To write what `lines` has; makes the store where there is none, and says so. A store with damage is Damage: it takes no
// appends. Where there is nothing yet, the first event of the input is read before anything is made: if it is malformed,
// that is the error, and if there is none, no store is made and the answer is null.
Result<std::unique_ptr<runtime::DiskLog>> write_store(const Common& common, LineReader& lines, Line kind);

// InvalidArgument if a path, by whatever links, is the store's directory or lies in it: what is made there could take the
// place of what the store has.
Status check_outside(const Common& common, const std::string& path);

// The query that a filter stands for. InvalidArgument.
Result<Query> query_of(const Filter& filter);

}  // namespace daybook::cli
