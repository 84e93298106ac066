#include "daybook/store.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "daybook/limits.hpp"

namespace daybook {

// ---- Store -------------------------------------------------------------------------------------------------------

Store::Store(std::shared_ptr<erased::Engine> engine, std::shared_ptr<void> lifetime) : engine_(std::move(engine)) {
  struct Open {
    std::shared_ptr<erased::Engine> engine;
    std::shared_ptr<void> lifetime;
    Open(std::shared_ptr<erased::Engine> e, std::shared_ptr<void> l) : engine(std::move(e)), lifetime(std::move(l)) {}
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() { engine->last_store_gone(std::move(lifetime)); }
  };
  open_ = std::make_shared<Open>(engine_, std::move(lifetime));
}

void Store::submit(Batch batch, std::move_only_function<void(const Outcome&)> completion, Executor* completions) const {
  engine_->append(std::move(batch.what_), completions, std::move(completion));
}

Batch::Batch(const Store& store, std::optional<Uuid> id) : payload_(store.engine_->payload()) {
  what_.engine = store.engine_.get();
  what_.batch_id = id;
}

Error Batch::of_another_store(std::string_view stream) {
  return {ErrorCode::InvalidArgument, "the stream " + base::quoted(stream) + " is of another Store than the batch", {}};
}

// ---- queries -----------------------------------------------------------------------------------------------------

namespace detail {

Query in_category(Query query, std::string_view category) {
  if (query.any_of.empty()) query.any_of.emplace_back();
  for (auto& one : query.any_of)
    if (one.categories.empty()) one.categories.emplace_back(category);
  return query;
}

Query in_categories(const Query& query, std::span<const Entry> read) {
  const auto all = query_of(read).any_of;  // one category each
  Query placed;
  for (const auto& one : query.everything() ? std::vector<Query::Alternative>(1) : query.any_of) {
    if (!one.categories.empty()) {
      placed.any_of.push_back(one);
      continue;
    }
    auto unread = one.types;
    for (const auto& theirs : all) {
      Query::Alternative in{theirs.categories, {}, one.tags};
      for (const auto& type : theirs.types)
        if (one.types.empty() || std::ranges::find(one.types, type) != one.types.end()) in.types.push_back(type);
      for (const auto& type : in.types) std::erase(unread, type);
      if (!in.types.empty()) placed.any_of.push_back(std::move(in));
    }
    // A query by hand may ask for what the state does not fold: then for no more than that such an event has not come.
    if (unread.empty()) continue;
    auto& rest = placed.any_of.emplace_back(Query::Alternative{{}, unread, one.tags});
    for (const auto& theirs : all) rest.categories.push_back(theirs.categories.front());
  }
  return placed;
}

std::string boundary_stream(std::string_view category, const Query& query) {
  // Tags that stand in every alternative say what the boundary is about; sorted, so that their order is all one.
  std::vector<std::string> tags;
  if (!query.any_of.empty()) tags = query.any_of.front().tags;
  for (const auto& one : query.any_of)
    std::erase_if(tags, [&](const std::string& tag) { return std::ranges::find(one.tags, tag) == one.tags.end(); });
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  std::string name;
  for (const auto& tag : tags) {
    if (!name.empty()) name += ',';
    name += tag;
  }
  // Whatever the tags, the name fits, also behind the category of another aggregate that is read.
  if (name.size() > kHardLimits.stream_name_bytes / 2) name = to_string(derived_uuid({}, name));
  return name.empty() ? std::string(category) : std::string(category) + "-" + name;
}

Query query_of(std::span<const Entry> entries) {
  Query query;
  for (const auto& entry : entries) {
    auto one =
        std::ranges::find_if(query.any_of, [&](const auto& a) { return a.categories.front() == entry.category; });
    if (one == query.any_of.end()) one = query.any_of.insert(one, {.categories = {std::string(entry.category)}});
    one->types.emplace_back(entry.type);
  }
  return query;
}

}  // namespace detail
}  // namespace daybook
