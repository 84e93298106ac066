#include "daybook/codec/resolver.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "codec/avro_binary.hpp"
#include "codec/json_reader.hpp"
#include "codec/resolution.hpp"
#include "codec/steps.hpp"
#include "codec/transcode.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"

namespace daybook::codec {
namespace {

using Op = Step::Op;
using Do = RecordAction::Do;

// Runs the steps over one payload.
class Runner {
 public:
  Runner(std::string_view bytes, std::string& out) : in(bytes), out_(out), steps_(bytes.size()) {}

  bool run(const Step& step) {
    if (!steps_.one(in.failure)) return false;
    switch (step.op) {
      case Op::Nothing: return true;
      case Op::Byte: {
        bool flag = false;
        if (!in.take_bool(flag)) return false;
        out_ += flag ? '\1' : '\0';
        return true;
      }
      case Op::Integer: return integer(step);
      case Op::Real: return real(step);
      case Op::Raw: {
        std::string_view bytes;
        if (!in.take_bytes(step.size, bytes)) return false;
        out_ += bytes;
        return true;
      }
      case Op::Sized: {
        std::string_view bytes;
        if (!in.take_sized(bytes)) return false;
        append_sized(out_, bytes);
        return true;
      }
      case Op::Enum: {
        std::size_t index = 0;
        if (!in.take_index(step.indexes.size(), "a symbol", index)) return false;
        if (step.indexes[index] < 0)
          return in.failure.set(fmt::format("{} is no enumerator any more", step.writer->symbols[index]));
        append_long(out_, step.indexes[index]);
        return true;
      }
      case Op::Union: {
        std::size_t index = 0;
        return in.take_index(step.branches.size(), "a branch", index) && run(*step.branches[index]);
      }
      case Op::Branch: append_long(out_, step.branch); return run(*step.item);
      case Op::Refuse: return in.failure.set(step.reason);
      case Op::Array:
      case Op::Map: return nested([&] { return items(step); });
      case Op::Record: return nested([&] { return record(step); });
      case Op::Reordered: return nested([&] { return reordered(step); });
    }
    return false;
  }

  AvroReader in;

 private:
  template <class F>
  bool nested(F&& inner) {
    if (++depth_ > kMaxDepth) return in.failure.set(fmt::format("nested deeper than {} levels", kMaxDepth));
    const bool good = inner();
    --depth_;
    return good;
  }

  bool integer(const Step& step) {
    std::int64_t value = 0;
    if (!in.take_long(value)) return false;
    if (step.is_checked) {
      const auto range = range_of(step.range);
      // The same bits are another number on the other side of the sign.
      const bool fits = step.is_unsigned
                            ? static_cast<std::uint64_t>(value) <= range.last
                            : value >= range.first && (value < 0 || static_cast<std::uint64_t>(value) <= range.last);
      if (!fits)
        return in.failure.set(
            fmt::format("expected a whole number from {} to {}, found {}", range.first, range.last,
                        step.is_unsigned ? fmt::to_string(static_cast<std::uint64_t>(value)) : fmt::to_string(value)));
    }
    append_long(out_, value);
    return true;
  }

  template <class F>
  bool append_real_of(const Step& step) {
    if (step.from == AvroType::Float) {
      float value{};
      if (!in.take_raw(value, "a float")) return false;
      append_raw(out_, static_cast<F>(value));
    } else if (step.from == AvroType::Double) {
      double value{};
      if (!in.take_raw(value, "a double")) return false;
      append_raw(out_, static_cast<F>(value));
    } else {
      std::int64_t value = 0;
      if (!in.take_long(value)) return false;
      append_raw(out_, step.is_unsigned ? static_cast<F>(static_cast<std::uint64_t>(value)) : static_cast<F>(value));
    }
    return true;
  }
  bool real(const Step& step) {
    return step.to == AvroType::Float ? append_real_of<float>(step) : append_real_of<double>(step);
  }

  bool items(const Step& step) {
    const bool is_map = step.op == Op::Map;
    std::size_t index = 0;
    std::string_view key;
    for (;;) {
      std::int64_t count = 0;
      if (!in.take_block(step.writer->item->least_bytes + (is_map ? 1 : 0), count)) return false;
      append_long(out_, count);
      if (count == 0) return true;
      for (; count > 0; --count, ++index) {
        if (is_map) {
          if (!in.take_sized(key)) return false;
          append_sized(out_, key);
        }
        if (!run(*step.item)) return is_map ? in.failure.within(key) : in.failure.within_item(index);
      }
    }
  }

  bool record(const Step& step) {
    for (const auto& action : step.actions) {
      if (action.what == Do::Default)
        out_ += *action.bytes;
      else if (!(action.what == Do::Skip ? skip(*action.skipped) : run(*action.step)))
        return in.failure.within(*action.name);
    }
    return true;
  }

  bool reordered(const Step& step) {
    std::vector<const char*> places;
    for (const auto& field : step.writer->fields) {
      places.push_back(in.at());
      if (!skip(*field.type)) return in.failure.within(field.name);
    }
    const auto end = in.at();
    for (const auto& action : step.actions) {
      if (action.what == Do::Default) {
        out_ += *action.bytes;
        continue;
      }
      in.seek(places[action.writer_field]);
      if (!run(*action.step)) return in.failure.within(*action.name);
    }
    in.seek(end);
    return true;
  }

  bool skip(const AvroNode& node) {
    std::int64_t number = 0;
    std::string_view bytes;
    std::size_t index = 0;
    bool flag = false;
    if (!steps_.one(in.failure)) return false;
    switch (node.type) {
      case AvroType::Null: return true;
      case AvroType::Boolean: return in.take_bool(flag);
      case AvroType::Int:
      case AvroType::Long: return in.take_long(number);
      case AvroType::Float: return in.take_bytes(4, bytes);
      case AvroType::Double: return in.take_bytes(8, bytes);
      case AvroType::Bytes:
      case AvroType::String: return in.take_sized(bytes);
      case AvroType::Fixed: return in.take_bytes(node.size, bytes);
      case AvroType::Enum: return in.take_index(node.symbols.size(), "a symbol", index);
      case AvroType::Union:
        return in.take_index(node.branches.size(), "a branch", index) && skip(*node.branches[index]);
      case AvroType::Record:
        return nested([&] {
          for (const auto& field : node.fields)
            if (!skip(*field.type)) return in.failure.within(field.name);
          return true;
        });
      case AvroType::Array:
      case AvroType::Map:
        return nested([&] {
          const bool is_map = node.type == AvroType::Map;
          for (;;) {
            if (!in.take_block(node.item->least_bytes + (is_map ? 1 : 0), number)) return false;
            if (number == 0) return true;
            for (; number > 0; --number)
              if ((is_map && !in.take_sized(bytes)) || !skip(*node.item)) return false;
          }
        });
    }
    return false;
  }

  std::string& out_;
  Steps steps_;
  int depth_ = 0;
};

Result<Resolution> resolution_of(std::string_view writer, std::string_view reader) {
  auto from = AvroSchema::parse(writer);
  if (!from) return std::unexpected(std::move(from.error()));
  auto to = AvroSchema::parse(reader);
  if (!to) return std::unexpected(std::move(to.error()));
  return resolve_schemas(std::move(*from), std::move(*to));
}

}  // namespace

struct Resolver::Plan {
  Resolution resolution;
};

Resolver::Resolver(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
Resolver::~Resolver() = default;

Result<std::shared_ptr<const Resolver>> Resolver::make(std::string_view writer, std::string_view reader) {
  auto resolution = resolution_of(writer, reader);
  if (!resolution) return std::unexpected(std::move(resolution.error()));
  if (resolution->root->op == Op::Refuse)
    return fail(
        ErrorCode::SchemaMismatch,
        fmt::format("what was written can not be read: {}",
                    resolution->mismatches.empty() ? resolution->root->reason : resolution->mismatches.front().text()));
  auto plan = std::make_unique<Plan>();
  plan->resolution = std::move(*resolution);
  return std::shared_ptr<const Resolver>(new Resolver(std::move(plan)));
}

Status Resolver::resolve(std::string_view bytes, std::string& out) const {
  const auto before = out.size();
  Runner runner(bytes, out);
  if (runner.run(*plan_->resolution.root) && runner.in.end()) return {};
  out.resize(before);
  const auto& root = plan_->resolution.writer->root();
  if (root.is_named()) runner.in.failure.within(root.short_name());
  return fail(ErrorCode::BadPayload, runner.in.failure.text());
}

Status Resolver::resolve_json(std::string_view json, std::string& out) const {
  std::string written;
  if (auto done = json_to_avro(*plan_->resolution.writer, json, written); !done) return done;
  return resolve(written, out);
}

bool Resolver::reads_json_by_name() const { return plan_->resolution.by_name; }

Result<std::vector<Mismatch>> mismatches(std::string_view writer, std::string_view reader) {
  auto resolution = resolution_of(writer, reader);
  if (!resolution) return std::unexpected(std::move(resolution.error()));
  return std::move(resolution->mismatches);
}

Status decode_avro_as(const Type& type, std::string_view bytes, const Resolver& resolver, void* value) {
  // Kept between calls: replaying old events would else allocate for each.
  thread_local std::string resolved;
  resolved.clear();
  if (auto done = resolver.resolve(bytes, resolved); !done) return done;
  return decode_avro_as(type, resolved, value);
}

Status decode_json_as(const Type& type, std::string_view text, const Resolver& resolver, void* value) {
  if (resolver.reads_json_by_name()) return decode_json_as(type, text, value);
  thread_local std::string resolved;
  resolved.clear();
  if (auto done = resolver.resolve_json(text, resolved); !done) return done;
  return decode_avro_as(type, resolved, value);
}

// ---- Resolvers ---------------------------------------------------------------------------------------------------

struct Resolvers::Node {
  std::uint64_t writer, reader;
  std::shared_ptr<const Resolver> resolver;
  Node* next;
};

Resolvers::~Resolvers() {
  for (auto& slot : slots_)
    for (Node* node = slot.load(std::memory_order_relaxed); node != nullptr;) delete std::exchange(node, node->next);
}

Result<const Resolver*> Resolvers::find(std::uint64_t writer, const Schema& reader) const {
  auto& slot = slots_[(writer ^ reader.fingerprint * 31) % kSlots];
  const auto known = [&]() -> const Resolver* {
    // Nodes are never changed or freed once they are seen here, so reading needs no lock.
    for (const Node* node = slot.load(std::memory_order_acquire); node != nullptr; node = node->next)
      if (node->writer == writer && node->reader == reader.fingerprint) return node->resolver.get();
    return nullptr;
  };
  if (const auto* found = known()) return found;
  const std::lock_guard lock(making_);
  if (const auto* found = known()) return found;
  const auto text = schemas_.find(writer);
  if (!text) return std::unexpected(text.error());
  auto made = Resolver::make(**text, reader.text);
  if (!made) return std::unexpected(std::move(made.error()));
  auto* node = new Node{writer, reader.fingerprint, std::move(*made), slot.load(std::memory_order_relaxed)};
  slot.store(node, std::memory_order_release);
  return node->resolver.get();
}

}  // namespace daybook::codec
