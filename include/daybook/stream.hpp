// What is decided on: the stream of one aggregate, or a boundary, which is whatever matches a query. store.hpp makes them.
//
// Small handles that may be copied, and used from any thread.
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/aggregate.hpp"
#include "daybook/erased.hpp"
#include "daybook/history.hpp"
#include "daybook/options.hpp"
#include "daybook/outcome.hpp"
#include "daybook/port/engine.hpp"
#include "daybook/query.hpp"
#include "daybook/saved_state.hpp"
#include "daybook/types.hpp"

namespace daybook {

// The name of the stream of the aggregate A with this id: "Account-alice".
template <class A>
std::string stream_name(std::string_view id) {
  std::string name(category_name<A>());
  name += '-';
  return name += id;
}

namespace detail {
// Fills in the category where an alternative names none; or, of each that is read, those types that it has.
Query in_category(Query query, std::string_view category);
Query in_categories(const Query& query, std::span<const Entry> read);
// "Seat-flight:LH2,seat:12A"; "Seat-3f2a…", after a hash of the tags, if they have more than 256 bytes
std::string boundary_stream(std::string_view category, const Query& query);
// Every category and type that is read.
Query query_of(std::span<const Entry> entries);

// Folds straight into a fresh A.
template <class A>
Result<A> state_of(erased::Engine& engine, const erased::Target& target, const Moment& moment) {
  Result<A> state{};
  if (auto folded = engine.state(target, moment, &*state); !folded) state = std::unexpected(std::move(folded).error());
  return state;
}
}  // namespace detail

// ---- one aggregate -----------------------------------------------------------------------------------------------

// The stream of one aggregate. Cheap to make and to copy; nothing is read before it is asked.
template <class A>
class Stream {
  static_assert(check_aggregate<A>() && detail::check_saved<A>());
  static_assert(erased::detail::check_payloads(std::type_identity<typename A::Event>{}));

 public:
  using State = A;

  const std::string& name() const { return target_.stream; }

  // Decides `command` on the newest state and appends what was decided, on condition that nobody came between. Blocks
  // until the answer is durable.
  template <class C>
  Outcome execute(C command, const CommandOptions& how = {}) const {
    return engine_->execute(bound(std::move(command)), {target_}, how);
  }

  // The same without waiting: `completion` is called with the Outcome, once, where `how.completions` says; for commands
  // of one stream in the order in which they were submitted (Queue), or as the answers come (Retry, Fail). Thousands
  // may be in flight; submit() itself decides, and waits only when StoreOptions::commands_in_flight is reached.
  template <class C, std::invocable<const Outcome&> F>
  void submit(C command, F completion, const SubmitOptions& how = {}) const {
    engine_->submit(bound(std::move(command)), {target_}, how, std::move(completion));
  }

  // Records an event that happened elsewhere, as it happened: no decide is asked. For imports; see also Batch.
  template <class E>
  Outcome append(const E& event, const AppendOptions& how = {}) const {
    static_assert(detail::is_alternative<E, typename A::Event>,
                  "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
    erased::PlainAppend what{{target_.stream}, {}, {how}, engine_.get()};
    if (auto encoded = what.events.add(0, event, engine_->payload()); !encoded) return encoded.error();
    return engine_->append(std::move(what));
  }

  // The state at a moment; by default the newest durable one, which includes everything that was acknowledged to
  // anybody. A stream without events gives A{}. Errors: NotFound for a revision or position that is not there yet;
  // HistoryCut if what it needs was deleted and no snapshot stands in; UnknownEvent, BadPayload, SchemaMismatch; the
  // log's own.
  Result<A> state(const Moment& moment = Latest{}) const { return detail::state_of<A>(*engine_, target_, moment); }

  // How it came about: the events themselves, with all that is known of each.
  Result<History<A>> history(const ReadStream& how = {}) const {
    auto cursor = engine_->read_stream(target_.stream, how);
    if (!cursor) return std::unexpected(std::move(cursor).error());
    return History<A>(std::move(*cursor), engine_);
  }

 private:
  friend class Batch;
  friend class Store;
  Stream(std::shared_ptr<erased::Engine> engine, std::string name)
      : engine_(std::move(engine)), target_{&erased::state_type<A>, std::move(name), engine_.get()} {}

  template <class C>
  static std::unique_ptr<erased::Decider> bound(C command) {
    static_assert(detail::check_command<C, A>());
    return std::make_unique<erased::Command<C, A>>(std::move(command));
  }

  std::shared_ptr<erased::Engine> engine_;
  erased::Target target_;
};

// ---- a boundary --------------------------------------------------------------------------------------------------

// A decision over a query instead of a stream (a dynamic consistency boundary): the state is folded from every event
// that matches, and the append takes place only if no more that matches has come. The events go to a stream that is
// named after the query's tags, "Seat-flight:LH2,seat:12A" (after a hash of them, if they are long). Commands on one boundary wait for each other (or, with
// Retry and Fail, race); for a hot one, make it narrower.
//
// A boundary may cross aggregates. Its state then names those it reads, as a view does; what it decides goes to a stream
// of the one whose event it is, named as above:
//
//     struct Enrolment {                                     // of one student in one course
//       using Reads = daybook::from<Course, Student>;
//       using Event = std::variant<CourseDefined, Subscribed>;
//       …
//     };
//     auto of_course = events<CourseDefined, Subscribed>().tagged("course", c);
//     auto of_student = events<Subscribed>().tagged("student", s);
//     auto answer = store->boundary<Enrolment>(of_course | of_student).execute(Subscribe{c, s});
template <class S>
class Boundary {
  static_assert(detail::check_state<S>());
  static_assert(erased::detail::check_payloads(std::type_identity<typename S::Event>{}));

 public:
  using State = S;

  template <class C>
  Outcome execute(C command, const CommandOptions& how = {}) const {
    return engine_->execute(bound(std::move(command)), {target_}, how);
  }
  template <class C, std::invocable<const Outcome&> F>
  void submit(C command, F completion, const SubmitOptions& how = {}) const {
    engine_->submit(bound(std::move(command)), {target_}, how, std::move(completion));
  }
  // As of a Revision there is none: InvalidArgument.
  Result<S> state(const Moment& moment = Latest{}) const { return detail::state_of<S>(*engine_, target_, moment); }

  const Query& query() const { return *target_.boundary; }

 private:
  friend class Store;
  Boundary(std::shared_ptr<erased::Engine> engine, Query query);

  template <class C>
  static std::unique_ptr<erased::Decider> bound(C command) {
    static_assert(detail::check_command<C, S>());
    return std::make_unique<erased::Command<C, S>>(std::move(command));
  }

  std::shared_ptr<erased::Engine> engine_;
  erased::Target target_;
};

template <class S>
Boundary<S>::Boundary(std::shared_ptr<erased::Engine> engine, Query query)
    : engine_(std::move(engine)),
      target_{&erased::state_type<S>, detail::boundary_stream(category_name<S>(), query), engine_.get()} {
  if constexpr (detail::HasReads<S>)
    target_.boundary = detail::in_categories(query, detail::entries_of<S>);
  else
    target_.boundary = detail::in_category(std::move(query), category_name<S>());
}

}  // namespace daybook
