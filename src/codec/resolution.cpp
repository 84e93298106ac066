#include "codec/resolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "codec/logical.hpp"
#include "codec/steps.hpp"

namespace daybook::codec {
namespace {

using Op = Step::Op;

bool is_number(AvroType type) { return type >= AvroType::Int && type <= AvroType::Double; }
bool is_text(AvroType type) { return type == AvroType::Bytes || type == AvroType::String; }

std::string shown(const AvroNode& node) {
  if (node.is_named()) return fmt::format("{} {}", name_of(node.type), node.name);
  return node.logical.empty() ? std::string(name_of(node.type))
                              : fmt::format("{} ({})", name_of(node.type), node.logical);
}

bool is_called(const AvroNode& reader, const AvroNode& writer) {
  return reader.short_name() == writer.short_name() ||
         std::ranges::find(reader.aliases, writer.name) != reader.aliases.end();
}

// Could values of the one be read as the other, by their types alone?
bool is_same_kind(const AvroNode& writer, const AvroNode& reader) {
  return writer.type == reader.type && (!writer.is_named() || is_called(reader, writer));
}
bool is_promotable(const AvroNode& writer, const AvroNode& reader) {
  return (is_number(writer.type) && is_number(reader.type) && writer.type <= reader.type) ||
         (is_text(writer.type) && is_text(reader.type));
}

class Builder {
 public:
  Builder(Resolution& out, const AvroNode& reader) : out_(out) {
    path_.emplace_back(reader.is_named() ? reader.short_name() : name_of(reader.type));
  }

  const Step* build(const AvroNode& writer, const AvroNode& reader, bool is_root = false) {
    const auto [known, is_new] = made_.try_emplace({&writer, &reader}, nullptr);
    if (!is_new) return known->second;
    auto& step = out_.steps.emplace_back();
    step.op = Op::Nothing;  // while it is being made: what recurs to it must not take it for refused
    known->second = &step;
    step.writer = &writer;
    step.from = writer.type;
    step.to = reader.type;
    fill(step, writer, reader, is_root);
    return &step;
  }

 private:
  void refuse(Step& step, std::string reason) {
    step.op = Op::Refuse;
    step.reason = reason;
    mismatch(std::move(reason));
  }
  void mismatch(std::string reason) {
    std::string path;
    for (const auto& part : path_) path += (path.empty() || part.starts_with('[') ? "" : ".") + part;
    out_.mismatches.push_back({std::move(path), std::move(reason)});
  }

  struct Within {
    Within(std::vector<std::string>& path, std::string part) : path_(path) { path_.push_back(std::move(part)); }
    ~Within() { path_.pop_back(); }
    std::vector<std::string>& path_;
  };

  void fill(Step& step, const AvroNode& writer, const AvroNode& reader, bool is_root) {
    const bool of_union = std::exchange(of_union_, false);
    if (writer.type == AvroType::Union) return fill_union(step, writer, reader);
    if (reader.type == AvroType::Union) return fill_branch(step, writer, reader, of_union);
    if (!is_root && writer.is_named() && writer.type == reader.type && !is_called(reader, writer))
      return refuse(step, fmt::format("was {} and is now {}: give the new one `stored_as = \"{}\"`", shown(writer),
                                      shown(reader), writer.short_name()));
    if (writer.type != reader.type && !is_promotable(writer, reader))
      return refuse(step, fmt::format("was {} and can not be read as {}", shown(writer), shown(reader)));
    if (writer.is_named() && reader.short_name() != writer.short_name() && !is_root) out_.by_name = false;
    switch (writer.type) {
      case AvroType::Null: step.op = Op::Nothing; return;
      case AvroType::Boolean: step.op = Op::Byte; return;
      case AvroType::Int:
      case AvroType::Long:
      case AvroType::Float:
      case AvroType::Double: return fill_number(step, writer, reader);
      case AvroType::Bytes:
      case AvroType::String:
        step.op = Op::Sized;
        out_.by_name = out_.by_name && writer.type == reader.type;
        return;
      case AvroType::Fixed:
        if (writer.size != reader.size)
          return refuse(step, fmt::format("had {} bytes and now has {}", writer.size, reader.size));
        out_.by_name = out_.by_name && logical_of(writer).is_uuid == logical_of(reader).is_uuid;
        step.op = Op::Raw;
        step.size = writer.size;
        return;
      case AvroType::Enum: return fill_enum(step, writer, reader);
      case AvroType::Array:
      case AvroType::Map: {
        const Within here(path_, "[]");
        step.item = build(*writer.item, *reader.item);
        if (step.item->op == Op::Refuse) {
          step.op = Op::Refuse;
          step.reason = step.item->reason;
        } else {
          step.op = writer.type == AvroType::Array ? Op::Array : Op::Map;
        }
        return;
      }
      case AvroType::Record: return fill_record(step, writer, reader);
      case AvroType::Union: return;
    }
  }

  void fill_number(Step& step, const AvroNode& writer, const AvroNode& reader) {
    const auto was = logical_of(writer), is = logical_of(reader);
    if (was.unit != Unit::None && is.unit != Unit::None && (was.unit != is.unit || was.instant != is.instant))
      return refuse(step, fmt::format("was {} and can not be read as {}: one would pass for the other", shown(writer),
                                      shown(reader)));
    // Such a time is text in JSON, and a plain number is not.
    if (was.instant && !is.instant) out_.by_name = false;
    step.is_unsigned = was.integer == Kind::UInt64;
    if (reader.type == AvroType::Float || reader.type == AvroType::Double) {
      step.op = Op::Real;
      // The shortest digits of a float are not those of the double that is equal to it.
      if (writer.type == AvroType::Float && reader.type == AvroType::Double) out_.by_name = false;
      return;
    }
    step.op = Op::Integer;
    step.range = is.integer;
    const auto had = range_of(was.integer), has = range_of(is.integer);
    step.is_checked = had.first < has.first || had.last > has.last;
    if (step.is_checked)
      mismatch(
          fmt::format("was {} and is now {}, which does not hold every value of it", shown(writer), shown(reader)));
  }

  void fill_enum(Step& step, const AvroNode& writer, const AvroNode& reader) {
    step.op = Op::Enum;
    for (const auto& symbol : writer.symbols) {
      const auto at = std::ranges::find(reader.symbols, symbol);
      if (at != reader.symbols.end()) {
        step.indexes.push_back(at - reader.symbols.begin());
      } else if (reader.default_symbol) {
        step.indexes.push_back(static_cast<std::int64_t>(*reader.default_symbol));
        out_.by_name = false;
      } else {
        step.indexes.push_back(-1);
        mismatch(fmt::format("had an enumerator {} that {} lacks", symbol, reader.name));
      }
    }
  }

  void fill_record(Step& step, const AvroNode& writer, const AvroNode& reader) {
    std::vector<bool> is_read(writer.fields.size());
    std::vector<RecordAction> actions;
    bool in_order = true;
    std::size_t next = 0;
    for (const auto& field : reader.fields) {
      const Within here(path_, field.name);
      const auto at = find_field(writer, field);
      if (at == writer.fields.size()) {
        if (!field.default_bytes) {
          refuse(step, "is missing from what was written, and has no default");
          continue;
        }
        actions.push_back({.what = RecordAction::Do::Default, .bytes = &*field.default_bytes, .name = &field.name});
        continue;
      }
      if (writer.fields[at].name != field.name) out_.by_name = false;
      const auto* inner = build(*writer.fields[at].type, *field.type);
      if (inner->op == Op::Refuse) {
        step.op = Op::Refuse;
        step.reason = field.name + " " + inner->reason;
      }
      in_order = in_order && at >= next;
      next = at + 1;
      is_read[at] = true;
      actions.push_back({.what = RecordAction::Do::Read, .step = inner, .writer_field = at, .name = &field.name});
    }
    if (step.op == Op::Refuse) return;
    step.op = in_order ? Op::Record : Op::Reordered;
    if (!in_order) {
      step.actions = std::move(actions);
      return;
    }
    next = 0;
    const auto skip_to = [&](std::size_t end) {
      for (; next < end; ++next)
        step.actions.push_back({.what = RecordAction::Do::Skip,
                                .skipped = writer.fields[next].type,
                                .writer_field = next,
                                .name = &writer.fields[next].name});
    };
    for (const auto& action : actions) {
      if (action.what == RecordAction::Do::Read) {
        skip_to(action.writer_field);
        ++next;
      }
      step.actions.push_back(action);
    }
    skip_to(writer.fields.size());
  }

  static std::size_t find_field(const AvroNode& writer, const AvroField& reader) {
    const auto place = [&](std::string_view name) {
      return static_cast<std::size_t>(std::ranges::find(writer.fields, name, &AvroField::name) - writer.fields.begin());
    };
    auto at = place(reader.name);
    for (const auto& alias : reader.aliases)
      if (at == writer.fields.size()) at = place(alias);
    return at;
  }

  void fill_union(Step& step, const AvroNode& writer, const AvroNode& reader) {
    if (reader.type == AvroType::Union ? is_optional(writer) != is_optional(reader) : !is_optional(writer))
      out_.by_name = false;
    bool is_any = false;
    std::string reason;
    for (const auto* branch : writer.branches) {
      of_union_ = true;
      const auto* inner = build(*branch, reader);
      of_union_ = false;
      step.branches.push_back(inner);
      is_any = is_any || inner->op != Op::Refuse;
      if (inner->op == Op::Refuse) reason = inner->reason;
      // In JSON an alternative is found by its name.
      if (inner->op == Op::Branch && !is_optional(reader) &&
          reader.branches[static_cast<std::size_t>(inner->branch)]->branch_name() != branch->branch_name())
        out_.by_name = false;
    }
    step.op = is_any ? Op::Union : Op::Refuse;
    step.reason = reason.empty() ? "can have no value" : reason;
  }

  // An alternative of the very type before one that the value would have to be turned into.
  void fill_branch(Step& step, const AvroNode& writer, const AvroNode& reader, bool of_union) {
    auto at = std::ranges::find_if(reader.branches, [&](const auto* one) { return is_same_kind(writer, *one); });
    if (at == reader.branches.end())
      at = std::ranges::find_if(reader.branches, [&](const auto* one) { return is_promotable(writer, *one); });
    if (at == reader.branches.end())
      return refuse(step, fmt::format("was {}, which none of its alternatives can be read from", shown(writer)));
    // A variant names its alternative in JSON, a plain value names nothing.
    if (!is_optional(reader) && writer.type != AvroType::Null && !of_union) out_.by_name = false;
    const auto* inner = build(writer, **at);
    step.op = inner->op == Op::Refuse ? Op::Refuse : Op::Branch;
    step.reason = inner->reason;
    step.item = inner;
    step.branch = at - reader.branches.begin();
  }

  Resolution& out_;
  std::map<std::pair<const AvroNode*, const AvroNode*>, const Step*> made_;
  std::vector<std::string> path_;
  bool of_union_ = false;  // what is built next is a branch of the writer's union
};

}  // namespace

Resolution resolve_schemas(std::shared_ptr<const AvroSchema> writer, std::shared_ptr<const AvroSchema> reader) {
  Resolution out;
  out.writer = std::move(writer);
  out.reader = std::move(reader);
  Builder builder(out, out.reader->root());
  out.root = builder.build(out.writer->root(), out.reader->root(), true);
  return out;
}

}  // namespace daybook::codec
