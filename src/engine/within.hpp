// What this thread is in the middle of, for calls by which users' code comes back to the store that runs it.
//
// Users' code runs inside of the engine as decide and evolve, as completions and as handlers. From there less may be
// asked of the same store than from elsewhere: what would wait for itself is an Error at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daybook/result.hpp"

namespace daybook::engine {

class Within {
 public:
  enum class What : std::uint8_t {
    Engine,      // a call or a job of the store, outside of users' code
    Turn,        // decide and evolve may run: the turn of a state is held, or one is folded for whoever asked
    Inline,      // a completion, on the thread that learnt the answer
    Completion,  // a completion, on the executor that was given
    Handler,     // a consumer's job
  };

  // As long as it lives, and on this thread. `store` is any address that stands for the store.
  Within(What what, const void* store);
  ~Within();
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

  static bool in(What what, const void* store);
  static bool in_completion(const void* store);
  // In any code of users that the store runs.
  static bool in_users_code(const void* store);
  // Of any store.
  static bool in_anything();

  // Why `call` is not answered here: of any call; of one that waits for its answer; of one that waits for all
  // commands; of one that waits for the handlers as well.
  static std::optional<Error> forbids(const void* store, std::string_view call);
  static std::optional<Error> forbids_waiting(const void* store, std::string_view call);
  static std::optional<Error> forbids_draining(const void* store, std::string_view call);
  static std::optional<Error> forbids_closing(const void* store, std::string_view call);

 private:
  const What what_;
  const void* const store_;
  const Within* const outer_;
};

}  // namespace daybook::engine
