#include "engine/state_cache.hpp"

#include <functional>

namespace daybook::engine {
namespace {

// Two queries that ask the same in another order are two boundaries to the cache, which costs memory and nothing else.
std::string text_of(const Query& query) {
  std::string text = "?";
  for (const auto& one : query.any_of) {
    text += '|';
    for (const auto* list : {&one.categories, &one.types, &one.tags}) {
      for (const auto& item : *list) text += std::to_string(item.size()) + ':' + item;
      text += ';';
    }
  }
  return text;
}

}  // namespace

std::size_t StateCache::Hash::operator()(const Key& key) const {
  return std::hash<std::string_view>{}(key.stream) * 31 + std::hash<std::string>{}(key.boundary) +
         std::hash<const void*>{}(key.type);
}

StateCache::Key StateCache::key_of(const erased::Target& target) {
  return {target.type, target.stream, target.boundary ? text_of(*target.boundary) : std::string()};
}

std::shared_ptr<Resident> StateCache::of(const erased::Target& target) {
  if (auto found = residents_.find(key_of(target)); found != residents_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second->in_order_of_use);
    return found->second;
  }
  auto made = std::make_shared<Resident>(target);
  by_use_.push_front(made.get());
  made->in_order_of_use = by_use_.begin();
  residents_.emplace(key_of(made->target), made);
  set_bytes(*made, made->memory());
  return made;
}

void StateCache::set_bytes(Resident& resident, std::size_t bytes) {
  bytes_ += bytes - resident.bytes;
  resident.bytes = bytes;
}

std::vector<std::shared_ptr<Resident>> StateCache::evict() {
  std::vector<std::shared_ptr<Resident>> evicted;
  // Those in use are used now, whatever the list says. A few looks at such are enough, since the next call looks again.
  for (int looks = 64; bytes_ > limit_ && by_use_.size() > 1 && looks > 0;) {
    auto found = residents_.find(key_of(by_use_.back()->target));
    if (found->second.use_count() > 1) {
      --looks;
      by_use_.splice(by_use_.begin(), by_use_, std::prev(by_use_.end()));
      continue;
    }
    bytes_ -= found->second->bytes;
    by_use_.pop_back();
    evicted.push_back(std::move(found->second));
    residents_.erase(found);
  }
  return evicted;
}

}  // namespace daybook::engine
