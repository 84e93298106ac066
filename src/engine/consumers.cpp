// All the consumers of a store: which names are taken, and who is woken.
#include "base/utf8.hpp"
#include "engine/consumer.hpp"

namespace daybook::engine {

Result<Subscription> Consumers::start(const std::string& name, Query filter, const Start& start,
                                      erased::Handle handler) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return fail(ErrorCode::Closed, "the store is closed");
    auto [place, is_new] = by_name_.try_emplace(name);
    if (!is_new && (!place->second || !place->second->ended()))
      return fail(ErrorCode::Conflict, "a consumer named " + base::quoted(name) + " is running already");
    place->second = nullptr;  // the name is taken while its checkpoint is read, which is nothing to hold a lock over
  }
  auto made = Subscription::Consumer::make(ground_, name, std::move(filter), start, std::move(handler));
  std::lock_guard lock(mutex_);
  if (!made) {
    by_name_.erase(name);
    return std::unexpected(std::move(made).error());
  }
  if (closed_) return fail(ErrorCode::Closed, "the store is closed");
  by_name_[name] = *made;
  any_ = true;
  // From here on it hears of what is appended; this is for what came before.
  (*made)->wake();
  return Subscription(*made);
}

Status Consumers::forget(const std::string& name) {
  if (ground_->read_only)
    return fail(ErrorCode::ReadOnly, "the store is opened for reading only, so consumer " + base::quoted(name) +
                                         " can not be forgotten in it");
  {
    std::lock_guard lock(mutex_);
    if (closed_) return fail(ErrorCode::Closed, "the store is closed");
    auto [place, is_new] = by_name_.try_emplace(name);
    if (!is_new && (!place->second || !place->second->ended()))
      return fail(ErrorCode::Conflict, "consumer " + base::quoted(name) + " is running, and is not forgotten");
    place->second = nullptr;  // nobody begins under this name meanwhile
  }
  Status forgotten = fail(ErrorCode::NotFound, "there is no checkpoint of a consumer " + base::quoted(name));
  if (ground_->checkpoints) {
    const auto found = ground_->checkpoints->load(name);
    if (!found || *found) forgotten = ground_->checkpoints->remove(name);  // also one that cannot be read
  }
  std::lock_guard lock(mutex_);
  by_name_.erase(name);
  return forgotten;
}

void Consumers::log_moved() {
  if (!any_) return;
  std::lock_guard lock(mutex_);
  for (auto& [name, consumer] : by_name_)
    if (consumer) consumer->wake();
}

void Consumers::stop_all() {
  decltype(by_name_) all;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    any_ = false;
    all.swap(by_name_);
  }
  for (auto& [name, consumer] : all)
    if (consumer) (void)consumer->stop(true);  // an error is a warning already
}

}  // namespace daybook::engine
