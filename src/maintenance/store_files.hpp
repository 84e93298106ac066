// The files of a store as they lie there, sound or not: what verify and repair go over. Nothing is changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.hpp"
#include "journal/archive.hpp"
#include "journal/format.hpp"
#include "maintenance/finding.hpp"

namespace daybook::maintenance {

struct SegmentFile {
  std::uint64_t number = 0;  // as its header says, or its name where that can not be read
  std::string path{};        // to open it by
  std::string name{};        // "log/000000000003.seg": to name it by
  std::uint64_t bytes = 0;
  std::optional<journal::SegmentHeader> header{};  // if it is sound and of this log
};

struct StoreFiles {
  LogId log{};
  Journal::Secret secret{};
  journal::Archive archive{};
  std::vector<SegmentFile> segments{};  // by number
  std::uint64_t bytes = 0;              // of all segments
};

// Stands in a directory while a store is made there of another.
inline constexpr std::string_view kUnfinished = "UNFINISHED";

// Keeps writers out while the files are looked at, so it comes before that. Null where there is no log: nothing is made
// there. Locked, and the world's errors.
Result<std::unique_ptr<io::Lock>> lock_store(io::Files& files, const std::string& directory, std::string_view holder);

// Tells `found` what is wrong with STORE, the archive's manifest and the segments' headers and numbers. Errors: there
// is nothing that could be a store (InvalidArgument: it is what an interrupted repair has left); the world's.
Result<StoreFiles> look_at_store(io::Files& files, const std::string& directory, const OnFinding& found);

// Opens a segment to read; where it was moved to the archive since it was looked at, it says its new place afterwards.
// HistoryCut: it was deleted since.
Result<std::unique_ptr<io::File>> open_segment(io::Files& files, const std::string& directory, const LogId& log,
                                               SegmentFile& segment);

// What it means that a segment can not be opened: events from `from` on are not read, up to those of the next segment if
// it is known where these begin.
Finding unopened(const SegmentFile& segment, const Error& why, Position from, std::optional<Position> next_first);

}  // namespace daybook::maintenance
