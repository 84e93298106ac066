// What becomes of a saved state when it is held against the log: see Store::verify_snapshots.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/types.hpp"

namespace daybook {

enum class SnapshotVerdict : std::uint8_t {
  Sound,    // it is, byte for byte, what its events fold to
  Differs,  // it is not: made by an evolve that meant something else under the same `rules`, or by one that is not pure
  Foreign,  // of another log, or of another history of this one; never used
  Outdated,  // made by other rules or another struct than this program's; never used
  Damaged,   // its file, or the state in it, cannot be read; never used
  Unproven,  // what it was folded from cannot be read, so nobody can say: deleted, damaged, or unknown to this program
};
constexpr std::string_view name_of(SnapshotVerdict verdict) {
  constexpr std::string_view kNames[] = {"Sound", "Differs", "Foreign", "Outdated", "Damaged", "Unproven"};
  return kNames[static_cast<std::size_t>(verdict)];
}

struct CheckedSnapshot {
  std::string key;                     // whose state: the stream's name; of a file that cannot be read, where it is
  Position position{};                 // the state is that before this position
  std::optional<Revision> revision{};  // of the last event in it
  SnapshotVerdict verdict = SnapshotVerdict::Sound;
  std::string why{};  // a sentence, unless it is sound
};

}  // namespace daybook
