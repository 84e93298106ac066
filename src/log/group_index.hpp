// From the bytes of a segment to its index: what opening and following a log have in common.
#pragma once

#include "daybook/result.hpp"
#include "journal/scan.hpp"
#include "log/active_index.hpp"

namespace daybook::log {

// Goes over groups from where `scan` stands and takes their events into `index`, checked, up to `until` or the end of
// what is there; `end` and `chain` go along. A group that does not continue them is Damage. True when it met the
// segment's seal.
Result<bool> index_groups(journal::GroupScan& scan, std::uint64_t segment, Position until, ActiveIndex& index,
                          Position& end, Chain& chain);

}  // namespace daybook::log
