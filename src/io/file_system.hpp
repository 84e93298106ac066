// Which file systems a store may be on.
#pragma once

#include <cstdint>
#include <string>

#include "daybook/result.hpp"

namespace daybook::io {

// What Files::check_file_system says of a directory on a file system of this type, which is the number that statfs(2)
// gives: UnsupportedSystem, a warning, or nothing.
Status check_file_system_type(std::uint32_t type, const std::string& directory, std::string& warning);

}  // namespace daybook::io
