// Whether bytes are a name that can be shown and typed: valid UTF-8 (RFC 3629) without control characters.
#pragma once

#include <string>
#include <string_view>

namespace daybook::base {

// No overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
// is_utf8, and none of U+0000..U+001F, U+007F..U+009F.
bool is_printable_utf8(std::string_view text) noexcept;
// The text in quotes with what is not printable escaped and long ones cut: for error messages.
std::string quoted(std::string_view text);

}  // namespace daybook::base
