// Whether containers still read what was written when they were others (codec/containers.hpp).
#pragma once

#include <string_view>
#include <vector>

#include "daybook/codec/resolver.hpp"

namespace daybook::schema {

// What a struct with the containers `now` can not read of what one with `was` may have written. Of places that only one
// of the two has, nothing: that is the schemas' business. None if either says nothing.
std::vector<codec::Mismatch> container_mismatches(std::string_view was, std::string_view now);

}  // namespace daybook::schema
