#include "engine/within.hpp"

#include <string>

namespace daybook::engine {
namespace {

thread_local const Within* innermost = nullptr;

Error misplaced(std::string_view call, std::string_view why) {
  return {ErrorCode::InvalidArgument, std::string(call) + " was called from within " + std::string(why), {}};
}

}  // namespace

Within::Within(What what, const void* store) : what_(what), store_(store), outer_(innermost) { innermost = this; }
Within::~Within() { innermost = outer_; }

bool Within::in(What what, const void* store) {
  for (const auto* one = innermost; one; one = one->outer_)
    if (one->what_ == what && one->store_ == store) return true;
  return false;
}

bool Within::in_completion(const void* store) { return in(What::Inline, store) || in(What::Completion, store); }

bool Within::in_users_code(const void* store) {
  return in_completion(store) || in(What::Handler, store) || in(What::Turn, store);
}

bool Within::in_anything() { return innermost != nullptr; }

std::optional<Error> Within::forbids(const void* store, std::string_view call) {
  if (in(What::Turn, store))
    return misplaced(call, "a decide, an evolve, a key or an on_warning, which must not call the store");
  return std::nullopt;
}

std::optional<Error> Within::forbids_waiting(const void* store, std::string_view call) {
  if (in(What::Inline, store))
    return misplaced(call,
                     "an inline completion, which its answer may wait for: submit, or let the completion run on "
                     "an executor (SubmitOptions::completions)");
  return forbids(store, call);
}

std::optional<Error> Within::forbids_draining(const void* store, std::string_view call) {
  if (in_completion(store)) return misplaced(call, "a completion, whose end it waits for");
  return forbids(store, call);
}

std::optional<Error> Within::forbids_closing(const void* store, std::string_view call) {
  if (in(What::Handler, store)) return misplaced(call, "a consumer's handler, whose end it waits for");
  return forbids_draining(store, call);
}

}  // namespace daybook::engine
