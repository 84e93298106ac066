// Time as data: whoever needs the time is given a clock.
#pragma once

#include "daybook/types.hpp"

namespace daybook {

class Clock {
 public:
  virtual ~Clock() = default;
  // UTC; may step back: who needs it not to must clamp it.
  virtual Time now() const = 0;
};

}  // namespace daybook
