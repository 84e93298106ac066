// The events of one aggregate, typed, with all that the log knows of each: how a state came about.
//
//     auto history = alice.history();
//     while (auto entry = history->next(); entry && *entry)
//       std::visit(…, (*entry)->event);      // and (*entry)->at: who, when, why
#pragma once

#include <memory>
#include <utility>

#include "daybook/erased.hpp"
#include "daybook/event_table.hpp"
#include "daybook/port/engine.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/result.hpp"

namespace daybook {

// Goes over a stream. Used by one thread at a time.
template <class A>
class History {
 public:
  struct Entry {
    typename A::Event event;
    Envelope at;  // views into memory of the history
  };

  // The next event, or null at the end; valid until the next call. Errors: those of reading, and UnknownEvent,
  // BadPayload or SchemaMismatch for one that this program cannot read; a further call goes on after it.
  Result<const Entry*> next() noexcept {
    auto read = cursor_->next();
    if (!read) return std::unexpected(std::move(read).error());
    if (!*read) return nullptr;
    entry_.at = **read;
    using Table = EventTable<A>;
    const auto index = Table::find_own(entry_.at.type);
    if (index == Table::kUnknown)
      return fail(ErrorCode::UnknownEvent,
                  "event '" + std::string(entry_.at.type) + "' is not an event of " + std::string(category_name<A>()),
                  entry_.at.position);
    auto decoded = Table::with(index, [&]<class E>(std::type_identity<E>) -> Status {
      return codec::decode_event(entry_.at, engine_->resolvers(), entry_.event.template emplace<E>());
    });
    if (!decoded) return std::unexpected(std::move(decoded).error());
    return &entry_;
  }

  History(std::unique_ptr<Cursor> cursor, std::shared_ptr<erased::Engine> engine)
      : engine_(std::move(engine)), cursor_(std::move(cursor)) {}

 private:
  std::shared_ptr<erased::Engine> engine_;
  std::unique_ptr<Cursor> cursor_;
  Entry entry_{};
};

}  // namespace daybook
