#include "schema/compatibility.hpp"

namespace daybook::schema {

Result<std::vector<codec::Mismatch>> incompatibilities(std::string_view old_schema, std::string_view new_schema,
                                                       Compatibility rule) {
  std::vector<codec::Mismatch> all;
  if (rule != Compatibility::Forward) {
    auto backward = codec::mismatches(old_schema, new_schema);
    if (!backward) return backward;
    all = std::move(*backward);
  }
  if (rule != Compatibility::Backward) {
    auto forward = codec::mismatches(new_schema, old_schema);
    if (!forward) return forward;
    for (auto& one : *forward) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace daybook::schema
