// The real file system: Linux on x86-64 and arm64.
#pragma once

#include "io/file.hpp"

namespace daybook::io {

// One for the whole process; never destroyed.
Files& posix_files();

}  // namespace daybook::io
