// Reads a segment although the disk can not read all of it: one bad sector must not take the rest of the file with it.
#pragma once

#include "journal/scan.hpp"
#include "maintenance/finding.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::maintenance {

// As file.read_at, but where that is an IoError zeros stand for the pages that can not be read, and `found` is told
// once of each. Zeros are no group and no record, so whoever goes over the bytes finds out what is lost. The file must
// outlive it; for one thread.
journal::ReadBytes read_past_bad_pages(const io::File& file, const SegmentFile& segment, OnFinding found);

}  // namespace daybook::maintenance
