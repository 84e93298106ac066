#include "base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace daybook::base {

void stop_on_bug(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "daybook: a bug: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace daybook::base
