// What maintenance found wrong, where.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daybook/result.hpp"

namespace daybook::maintenance {

struct Finding {
  ErrorCode code = ErrorCode::Damage;
  std::string file{};  // "log/000000000003.seg", "STORE", …
  std::optional<std::uint64_t> segment{};
  std::optional<std::uint64_t> byte{};  // in the file
  // The positions that cannot be read because of it: [from, until). Only `from`: the place it is about; nothing is lost
  // there.
  std::optional<Position> from{};
  std::optional<Position> until{};
  std::string what{};

  friend bool operator==(const Finding&, const Finding&) = default;
};

// "log/000000000003.seg: byte 5678: positions 1234 to 1236: the record does not match its checksum"
std::string to_string(const Finding& finding);

using OnFinding = std::function<void(const Finding&)>;
using OnNote = std::function<void(const std::string&)>;
// Bytes gone over, of all, and events in them.
using OnProgress = std::function<void(std::uint64_t bytes, std::uint64_t of_bytes, std::uint64_t events)>;

}  // namespace daybook::maintenance
