// Where named consumers keep how far they have come.
//
// Implemented by a directory in src/snapshot, and in memory. Every function may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// Everything before mark.position, in that very history, has been handled, but for what was parked.
struct Checkpoint {
  HistoryMark mark;
  std::vector<Position> parked{};  // set aside by the handler, in order
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

class Checkpoints {
 public:
  virtual ~Checkpoints() = default;

  // Nothing if there is none of this name. Damage if it is there and cannot be read: a consumer then stops rather than
  // begin again from somewhere. It may be one whose save() failed or did not return: then it is seen, and may yet be lost
  // for the one before it.
  virtual Result<std::optional<Checkpoint>> load(std::string_view name) const = 0;
  // Durable when it returns, whole or not at all.
  virtual Status save(std::string_view name, const Checkpoint& checkpoint) = 0;
  virtual Status remove(std::string_view name) = 0;
  virtual Result<std::vector<std::string>> names() const = 0;
};

}  // namespace daybook
