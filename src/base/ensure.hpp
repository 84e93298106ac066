// A bug stops the program: ENSURE checks what the code itself must uphold, in release builds too.
//
// Never for input: what a user, a file or the network got wrong is an Error.
#pragma once

namespace daybook::base {
[[noreturn]] void stop_on_bug(const char* condition, const char* file, int line) noexcept;
}

#define ENSURE(condition)                                      \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) \
                                                     : ::daybook::base::stop_on_bug(#condition, __FILE__, __LINE__))
