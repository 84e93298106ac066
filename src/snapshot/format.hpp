// The bytes of a snapshot file and of a checkpoint file. docs/format/snapshot.md and docs/format/checkpoint.md are the
// descriptions; this is the code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/port/checkpoints.hpp"
#include "daybook/port/snapshots.hpp"
#include "daybook/result.hpp"

namespace daybook::snapshot {

inline constexpr std::uint32_t kSnapshotVersion = 1;
inline constexpr std::uint32_t kCheckpointVersion = 1;
inline constexpr std::size_t kSnapshotHeaderBytes = 96;
inline constexpr std::size_t kCheckpointHeaderBytes = 56;
inline constexpr std::size_t kChecksumBytes = 8;
inline constexpr std::size_t kMaxKeyBytes = 4096;
inline constexpr std::size_t kMaxStateBytes = 1u << 30;
inline constexpr std::size_t kMaxParked = 1u << 20;
inline constexpr std::size_t kMaxSnapshotBytes = kSnapshotHeaderBytes + kMaxKeyBytes + kMaxStateBytes + kChecksumBytes;
inline constexpr std::size_t kMaxCheckpointBytes =
    kCheckpointHeaderBytes + kMaxKeyBytes + 8 * kMaxParked + kChecksumBytes;

// `state` points into the decoded bytes.
struct SnapshotView {
  SnapshotInfo info;
  std::string_view state;
};

struct NamedCheckpoint {
  std::string name;
  Checkpoint checkpoint;
  friend bool operator==(const NamedCheckpoint&, const NamedCheckpoint&) = default;
};

// InvalidArgument when key, name, state or list is over its limit.
Result<std::string> encode_snapshot(const SnapshotInfo& info, std::string_view state);
Result<std::string> encode_checkpoint(std::string_view name, const Checkpoint& checkpoint);

// Any bytes: whole, or Damage, or UnsupportedVersion. `where` names the file in the message.
Result<SnapshotView> decode_snapshot(std::string_view bytes, std::string_view where);
Result<NamedCheckpoint> decode_checkpoint(std::string_view bytes, std::string_view where);

// A name for files about `key`, whatever bytes it has: 32 hexadecimal digits of its SHA-256, and as much of it as
// people can read. Safe in every file system, no longer than 80 bytes, different for keys that differ only in case.
std::string file_name_of(std::string_view key);

}  // namespace daybook::snapshot
