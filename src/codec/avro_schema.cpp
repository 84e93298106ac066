#include "codec/avro_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/utf8.hpp"
#include "codec/avro_default.hpp"
#include "codec/failure.hpp"
#include "codec/json_value.hpp"

namespace daybook::codec {
namespace {

using What = JsonReader::What;

constexpr std::array<std::string_view, 14> kNames{"null",   "boolean", "int", "long",  "float",  "double", "bytes",
                                                  "string", "array",   "map", "union", "record", "enum",   "fixed"};

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_full_name(std::string_view name) {
  for (;;) {
    const auto dot = name.find('.');
    if (!is_identifier(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string in_namespace(std::string_view name, std::string_view space) {
  return space.empty() || name.find('.') != name.npos ? std::string(name) : fmt::format("{}.{}", space, name);
}

}  // namespace

std::string_view name_of(AvroType type) { return kNames[static_cast<std::size_t>(type)]; }

class AvroSchemaParser {
 public:
  explicit AvroSchemaParser(AvroSchema& schema) : schema_(schema) {}

  const AvroNode* parse(const JsonValue& json, const std::string& space) {
    switch (json.what) {
      case What::String: return by_name(json.text, space);
      case What::Array: return parse_union(json, space);
      case What::Object: return parse_object(json, space);
      default: return bad("expected a schema: a name, an object or an array");
    }
  }

  // Defaults need whole types, so they come when all are there.
  bool finish() {
    // A record's least size rests on its parts'. Each round settles at least one more level; what recurs without end
    // through records alone has no value at all, and any bound will do for it.
    constexpr std::size_t kEnough = 1u << 20;
    for (int round = 0; round < 130; ++round) {
      bool is_changed = false;
      for (auto& node : schema_.nodes_) {
        const auto least = std::min(kEnough, least_bytes(node));
        is_changed |= least != node.least_bytes;
        node.least_bytes = least;
      }
      if (!is_changed) break;
    }
    for (auto& [field, record, json] : defaults_) {
      std::string bytes;
      if (!encode_avro_default(*field->type, *json, bytes)) {
        std::string shown;
        json->print(shown);
        bad(fmt::format("expected a default of the field's type, found {}", base::quoted(shown)));
        within(field->name);
        within(record->name);
        return false;
      }
      field->default_bytes = std::move(bytes);
    }
    return true;
  }

  std::string error() const { return failure_.text(); }

 private:
  struct Default {
    AvroField* field;
    const AvroNode* record;
    const JsonValue* json;
  };

  static std::size_t least_bytes(const AvroNode& node) {
    switch (node.type) {
      case AvroType::Null: return 0;
      case AvroType::Float: return 4;
      case AvroType::Double: return 8;
      case AvroType::Fixed: return node.size;
      case AvroType::Record: {
        std::size_t sum = 0;
        for (const auto& field : node.fields) sum = std::min<std::size_t>(1u << 20, sum + field.type->least_bytes);
        return sum;
      }
      default: return 1;
    }
  }

  std::nullptr_t bad(std::string what) {
    failure_.set(std::move(what));
    return nullptr;
  }
  std::nullptr_t within(std::string_view name) {
    failure_.within(name);
    return nullptr;
  }

  AvroNode& add(AvroType type) {
    auto& node = schema_.nodes_.emplace_back();
    node.type = type;
    return node;
  }

  const AvroNode* by_name(std::string_view name, const std::string& space) {
    const auto primitive = std::find(kNames.begin(), kNames.begin() + 8, name);
    if (primitive != kNames.begin() + 8) {
      auto& node = primitives_[static_cast<std::size_t>(primitive - kNames.begin())];
      if (node == nullptr) node = &add(static_cast<AvroType>(primitive - kNames.begin()));
      return node;
    }
    const auto found = named_.find(in_namespace(name, space));
    if (found != named_.end()) return found->second;
    return bad(fmt::format("expected a type of Avro or one named before, found {}", base::quoted(name)));
  }

  const AvroNode* parse_union(const JsonValue& json, const std::string& space) {
    auto& node = add(AvroType::Union);
    std::set<std::string_view> seen;
    for (const auto& one : json.items) {
      const auto* branch = parse(one, space);
      if (branch == nullptr) return within(fmt::format("[{}]", &one - json.items.data()));
      if (branch->type == AvroType::Union) return bad("expected no union within a union");
      if (!seen.insert(branch->branch_name()).second)
        return bad(fmt::format("expected the branches of a union to differ, found {} twice", branch->branch_name()));
      node.branches.push_back(branch);
    }
    return &node;
  }

  const AvroNode* parse_object(const JsonValue& json, const std::string& space) {
    const auto* type = json.find("type");
    if (type == nullptr) return bad("expected an attribute \"type\"");
    if (!type->is_string()) return parse(*type, space);  // {"type": {"type": …}}
    const auto name = std::find(kNames.begin(), kNames.end(), type->text);
    if (name == kNames.end()) return by_name(type->text, space);
    const auto kind = static_cast<AvroType>(name - kNames.begin());
    switch (kind) {
      case AvroType::Array: return parse_container(json, kind, "items", space);
      case AvroType::Map: return parse_container(json, kind, "values", space);
      case AvroType::Record:
      case AvroType::Enum:
      case AvroType::Fixed: return parse_named(json, kind, space);
      case AvroType::Union: return bad("expected a union as an array of its branches");
      default: break;
    }
    const auto* logical = json.find("logicalType");
    if (logical == nullptr || !logical->is_string()) return by_name(type->text, space);
    auto& node = add(kind);
    node.logical = logical->text;
    return &node;
  }

  const AvroNode* parse_container(const JsonValue& json, AvroType kind, std::string_view attribute,
                                  const std::string& space) {
    const auto* item = json.find(attribute);
    if (item == nullptr) return bad(fmt::format("expected an attribute \"{}\" of {}", attribute, name_of(kind)));
    auto& node = add(kind);
    node.item = parse(*item, space);
    return node.item == nullptr ? within(attribute) : &node;
  }

  const AvroNode* parse_named(const JsonValue& json, AvroType kind, std::string space) {
    const auto* name = json.find("name");
    if (name == nullptr || !name->is_string() || !is_full_name(name->text))
      return bad(fmt::format("expected {} with a name of letters, digits and _{}", name_of(kind),
                             name == nullptr ? "" : ", found " + base::quoted(name->text)));
    if (const auto* own = json.find("namespace"); own != nullptr) {
      if (!own->is_string() || (!own->text.empty() && !is_full_name(own->text)))
        return bad("expected a namespace of names with dots between");
      space = own->text;
    }
    auto& node = add(kind);
    node.name = in_namespace(name->text, space);
    const auto dot = node.name.rfind('.');
    space = dot == std::string::npos ? "" : node.name.substr(0, dot);
    if (std::find(kNames.begin(), kNames.begin() + 8, node.name) != kNames.begin() + 8)
      return bad(fmt::format("expected a name of its own, found {}, which is Avro's", node.name));
    if (!named_.emplace(node.name, &node).second)
      return bad(fmt::format("expected one definition of {}, found two", node.name));
    if (const auto* logical = json.find("logicalType"); logical != nullptr) node.logical = logical->text;
    if (!parse_aliases(json, node.aliases)) return within(node.name);
    for (auto& alias : node.aliases) alias = in_namespace(alias, space);
    const bool good = kind == AvroType::Record ? parse_fields(json, node, space)
                      : kind == AvroType::Enum ? parse_symbols(json, node)
                                               : parse_size(json, node);
    return good ? &node : within(node.name);
  }

  bool parse_aliases(const JsonValue& json, std::vector<std::string>& aliases) {
    const auto* list = json.find("aliases");
    if (list == nullptr) return true;
    if (!list->is(What::Array)) return failure_.set("expected aliases as an array of names");
    for (const auto& one : list->items) {
      if (!one.is_string() || !is_full_name(one.text)) return failure_.set("expected aliases as an array of names");
      aliases.push_back(one.text);
    }
    return true;
  }

  bool parse_fields(const JsonValue& json, AvroNode& node, const std::string& space) {
    const auto* fields = json.find("fields");
    if (fields == nullptr || !fields->is(What::Array)) return failure_.set("expected an array \"fields\"");
    std::set<std::string_view> seen;
    node.fields.reserve(fields->items.size());  // defaults_ points into it
    for (const auto& one : fields->items) {
      const auto* name = one.find("name");
      const auto* type = one.find("type");
      if (name == nullptr || !name->is_string() || !is_identifier(name->text) || type == nullptr)
        return failure_.set("expected each field with a name of letters, digits and _, and a type");
      if (!seen.insert(name->text).second)
        return failure_.set(fmt::format("expected one field {}, found two", name->text));
      auto& field = node.fields.emplace_back();
      field.name = name->text;
      if (!parse_aliases(one, field.aliases)) return failure_.within(field.name);
      field.type = parse(*type, space);
      if (field.type == nullptr) return failure_.within(field.name);
      if (const auto* value = one.find("default"); value != nullptr) defaults_.push_back({&field, &node, value});
    }
    return true;
  }

  bool parse_symbols(const JsonValue& json, AvroNode& node) {
    const auto* symbols = json.find("symbols");
    if (symbols == nullptr || !symbols->is(What::Array)) return failure_.set("expected an array \"symbols\"");
    std::set<std::string_view> seen;
    for (const auto& one : symbols->items) {
      if (!one.is_string() || !is_identifier(one.text) || !seen.insert(one.text).second)
        return failure_.set("expected symbols that are names and differ, found " + base::quoted(one.text));
      node.symbols.push_back(one.text);
    }
    if (const auto* value = json.find("default"); value != nullptr) {
      const auto at = std::ranges::find(node.symbols, value->text);
      if (!value->is_string() || at == node.symbols.end())
        return failure_.set("expected one of its own symbols as default, found " + base::quoted(value->text));
      node.default_symbol = static_cast<std::size_t>(at - node.symbols.begin());
    }
    return true;
  }

  bool parse_size(const JsonValue& json, AvroNode& node) {
    const auto* size = json.find("size");
    if (size == nullptr || !size->is(What::Number)) return failure_.set("expected a number \"size\"");
    const auto* end = size->text.data() + size->text.size();
    const auto [stop, error] = std::from_chars(size->text.data(), end, node.size);
    return (error == std::errc{} && stop == end && node.size <= kMaxSchemaBytes) ||
           failure_.set(fmt::format("expected a size of at most {}, found {}", kMaxSchemaBytes, size->text));
  }

  AvroSchema& schema_;
  Failure failure_;
  std::array<const AvroNode*, 8> primitives_{};
  std::map<std::string, const AvroNode*, std::less<>> named_;
  std::vector<Default> defaults_;
};

Result<std::shared_ptr<const AvroSchema>> AvroSchema::parse(std::string_view text) {
  if (text.size() > kMaxSchemaBytes)
    return fail(ErrorCode::SchemaMismatch,
                fmt::format("not an Avro schema: expected at most {} bytes, found {}", kMaxSchemaBytes, text.size()));
  const auto json = parse_json(text);
  if (!json) return fail(ErrorCode::SchemaMismatch, "not an Avro schema: " + json.error().message);
  auto schema = std::make_shared<AvroSchema>();
  AvroSchemaParser parser(*schema);
  schema->root_ = parser.parse(*json, "");
  if (schema->root_ == nullptr || !parser.finish())
    return fail(ErrorCode::SchemaMismatch, "not an Avro schema: " + parser.error());
  return schema;
}

}  // namespace daybook::codec
