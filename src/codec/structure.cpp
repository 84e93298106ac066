// make_structure: from what a template knows of a struct to what the codecs want to know of it.
#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/type.hpp"

namespace daybook::codec {
namespace {

// In the order of declaration, structs opened up: the order of Avro's bytes.
void add_leaves(std::vector<Leaf>& leaves, const std::vector<Field>& fields, std::size_t offset,
                const std::string& path, int levels) {
  for (const auto& field : fields) {
    const auto here = path.empty() ? field.name : path + "." + field.name;
    if (field.type->kind == Kind::Struct)
      add_leaves(leaves, field.type->structure().fields, offset + field.offset, here, levels + 1);
    else
      leaves.push_back({offset + field.offset, field.type, here, levels});
  }
}

}  // namespace

Structure make_structure(std::string_view name, const void* prototype, std::span<const FieldSeed> seeds) {
  Structure structure{.name = std::string(name), .fields = {}, .leaves = {}, .levels = 1};
  for (const auto& seed : seeds) {
    Field field{.name = std::string(seed.name),
                .json_key = fmt::format("\"{}\":", seed.name),
                .offset = seed.offset,
                .type = seed.type,
                .has_default = false,
                .default_bytes = {}};
    std::string zero;
    seed.type->with_zero([&](const void* value) {
      if (!encode_avro_as(*seed.type, value, zero)) zero.clear();
    });
    // A value that can not be stored (an enum's zero that has no name) is no default either.
    const bool is_storable =
        encode_avro_as(*seed.type, static_cast<const char*>(prototype) + seed.offset, field.default_bytes).has_value();
    field.has_default = is_storable && (seed.said_to_have_default || seed.type->kind == Kind::Optional ||
                                        (field.default_bytes != zero));
    if (!field.has_default) field.default_bytes.clear();
    if (field.type->kind == Kind::Struct)
      structure.levels = std::max(structure.levels, 1 + field.type->structure().levels);
    structure.fields.push_back(std::move(field));
  }
  add_leaves(structure.leaves, structure.fields, 0, "", 1);
  return structure;
}

}  // namespace daybook::codec
