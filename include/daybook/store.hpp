// The event store as a program uses it.
//
//     auto store = daybook::open("bank.daybook");                              // Result<Store>, <daybook/open.hpp>
//     auto alice = store->stream<Account>("alice");
//     auto answer = alice.execute(Withdraw{20_eur});                           // a receipt, a refusal or an error
//     auto now = alice.state();                                                // Result<Account>
//     auto then = alice.state(daybook::AsOf{yesterday});                       // as it was
//     auto paid = store->execute(Transfer{20_eur, "rent"}, alice, bob);        // two aggregates, one atomic batch
//     auto seat = store->boundary<Seat>(events<SeatBooked>().tagged("seat", "12A"));
//     auto booked = seat.execute(BookSeat{…});                                 // decided on whatever matches
//
// Store, Stream and Boundary are small handles that may be copied and used from any thread, also at the same time. What
// they share is closed by close(), or when the last Store that came from opening is gone; Streams do not keep it open.
//
// What code that the store runs may ask of that same store. What is not allowed would wait for itself, and is
// InvalidArgument at once:
//
//                                        submit, state, …   execute, append   drain   close
//     decide, evolve, a key, on_warning  no                 no                no      no
//     an inline completion               yes                no                no      no
//     a completion on an executor        yes                yes               no      no
//     a consumer's handler               yes                yes               yes     no
//
// A completion never waits for room: where submit, execute or append would, because too much is in flight, the answer
// is Overload. The last Store may go anywhere: from within a completion or a handler, or as what one of them holds, it
// does not wait, and the store is closed by a thread of its own, at the latest when the program ends. (Until then,
// opening the directory again is Locked.)
//
// Code that the store runs throws nothing. What is thrown from decide, evolve, tags, an upcaster, a key, a state's own
// functions, a completion, a handler, on_warning or on_opened is a bug: it stops the program, by std::terminate.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/aggregate.hpp"
#include "daybook/checked_snapshot.hpp"
#include "daybook/erased.hpp"
#include "daybook/history.hpp"
#include "daybook/options.hpp"
#include "daybook/outcome.hpp"
#include "daybook/port/engine.hpp"
#include "daybook/stream.hpp"
#include "daybook/subscription.hpp"
#include "daybook/tags.hpp"
#include "daybook/view.hpp"

namespace daybook {

// ---- a batch of imported events ----------------------------------------------------------------------------------

// Events of any streams, recorded as they happened, as one atomic batch. One that holds what cannot be stored (text
// that is not UTF-8, …) makes the whole batch fail with BadPayload; a stream of another Store, with InvalidArgument.
class Batch {
 public:
  // With a batch id, appending the same batch again gives the first receipt.
  explicit Batch(const class Store& store, std::optional<Uuid> id = {});

  template <class A, class E>
  Batch& add(const Stream<A>& stream, const E& event, AppendOptions how = {}) {
    static_assert(detail::is_alternative<E, typename A::Event>,
                  "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
    if (auto encoded = what_.events.add(what_.streams.size(), event, payload_); !encoded) {
      if (!what_.broken) what_.broken = encoded.error();
      return *this;
    }
    if (stream.engine_.get() != what_.engine && !what_.broken) what_.broken = of_another_store(stream.name());
    what_.streams.push_back(stream.name());
    what_.options.push_back(std::move(how));
    return *this;
  }
  std::size_t size() const { return what_.events.size(); }
  bool empty() const { return what_.events.empty(); }

 private:
  friend class Store;
  static Error of_another_store(std::string_view stream);

  erased::PlainAppend what_;
  Payload payload_;
};

// ---- the store ---------------------------------------------------------------------------------------------------

class Store {
 public:
  // Made by daybook::open, or by whoever joins ports to the engine. `lifetime` is let go when the last copy of this
  // Store is, after the engine was closed.
  Store(std::shared_ptr<erased::Engine> engine, std::shared_ptr<void> lifetime = {});

  template <class A>
  Stream<A> stream(std::string_view id) const {
    return Stream<A>(engine_, stream_name<A>(id));
  }

  // A query is made by events<E…>().tagged(…), or by hand. Where it names no category, S's own is meant, or those that S
  // reads.
  template <class S>
  Boundary<S> boundary(Query query) const {
    return Boundary<S>(engine_, std::move(query));
  }
  template <class S, bool Placed, class... E>
  Boundary<S> boundary(const Events<Placed, E...>& events) const {
    static_assert(detail::check_asked<S, E...>());
    return boundary<S>(events.query());
  }

  // One command over several aggregates: decide takes their states in this order. All it decided is one atomic batch,
  // on condition of the revision of each stream, written to or not. They must be different ones: naming a stream twice
  // is InvalidArgument, and decide does not run, since each of its states would miss what is decided for the other. (So
  // a domain that may be asked for it, as a transfer to oneself is, refuses it where the names are still known.)
  // Streams of another Store are InvalidArgument as well, here and in submit, even if it has the same log open.
  template <class C, class... A>
    requires(sizeof...(A) > 0)
  Outcome execute(C command, const Stream<A>&... streams) const {
    return execute(std::move(command), CommandOptions{}, streams...);
  }
  template <class C, class... A>
    requires(sizeof...(A) > 0)
  Outcome execute(C command, const CommandOptions& how, const Stream<A>&... streams) const {
    static_assert(detail::check_command<C, A...>());
    return engine_->execute(std::make_unique<erased::Command<C, A...>>(std::move(command)), {streams.target_...}, how);
  }
  // Without waiting, as Stream::submit. The completion comes after those of everything submitted before on any of the
  // streams.
  template <class C, std::invocable<const Outcome&> F, class... A>
    requires(sizeof...(A) > 0)
  void submit(C command, F completion, const Stream<A>&... streams) const {
    submit(std::move(command), std::move(completion), SubmitOptions{}, streams...);
  }
  template <class C, std::invocable<const Outcome&> F, class... A>
    requires(sizeof...(A) > 0)
  void submit(C command, F completion, const SubmitOptions& how, const Stream<A>&... streams) const {
    static_assert(detail::check_command<C, A...>());
    engine_->submit(std::make_unique<erased::Command<C, A...>>(std::move(command)), {streams.target_...}, how,
                    std::move(completion));
  }
  template <class A, class C, std::invocable<const Outcome&> F>
  void submit(Stream<A> stream, C command, F completion, const SubmitOptions& how = {}) const {
    submit(std::move(command), std::move(completion), how, stream);
  }

  // Appends a batch, all or nothing; an empty one is InvalidArgument.
  Outcome append(Batch batch) const { return engine_->append(std::move(batch.what_)); }
  void submit(Batch batch, std::move_only_function<void(const Outcome&)> completion,
              Executor* completions = nullptr) const;

  // The rows of a view at a moment, folded now from the log, from its first event on. (A projection keeps them up to
  // date instead.) As of a Revision there is none: InvalidArgument. HistoryCut if the log does not begin at its
  // beginning.
  template <class V>
  Result<std::map<KeyOf<V>, V>> view(const Moment& moment = Latest{}) const;

  // A named consumer; see subscription.hpp. The handler takes an event that the query names, with or without its
  // envelope (one overload for each of several types), or with a plain Query, or events<>(), the envelope alone. Errors:
  // ForeignHistory if the consumer's checkpoint is of another history, HistoryCut if what comes next for it was deleted, Conflict if a
  // consumer of this name is running, InvalidArgument for a name that is not one, ReadOnly for a store that was opened
  // for reading only.
  template <bool Placed, class... E, class F>
  Result<Subscription> subscribe(std::string name, const Events<Placed, E...>& filter, Start start, F handler) const;
  template <class F>
  Result<Subscription> subscribe(std::string name, Query filter, Start start, F handler) const;

  // The names of the consumers that have a checkpoint, running or not.
  Result<std::vector<std::string>> consumers() const { return engine_->consumers(); }
  // Removes the checkpoint of a consumer that is not needed any more, or is to begin anew: the archive does not name it
  // any more as one that needs old events, and a subscribe under its name begins at its Start. What it had parked is
  // forgotten too. Conflict while it runs, NotFound if there is none, ReadOnly.
  Status forget_consumer(const std::string& name) const { return engine_->forget_consumer(name); }

  // Folds the events of every saved state of A again, from the first on and without any snapshot, and compares what
  // comes of it, encoded, byte for byte. For a test of the program, or at night: it reads each stream once. Changes
  // nothing; may run beside commands. Takes memory for one state, one snapshot, and a line for each that there is. A
  // state with a save of its own must write equal states as equal bytes. In order of key and position; first those
  // whose files cannot be read, whosever they are.
  template <class A>
  Result<std::vector<CheckedSnapshot>> verify_snapshots() const {
    static_assert(check_aggregate<A>());
    static_assert(
        Saveable<A>,
        "daybook: no snapshots are kept of this state: its fields cannot be stored, and it has no save and load");
    return engine_->verify_snapshots(erased::state_type<A>);
  }

  // Waits until everything submitted before is answered, and every completion of it has returned and is destroyed. What
  // others submit meanwhile is not waited for.
  Status drain() const { return engine_->drain(); }
  // Stops the consumers, each after the event that its handler is at (whose commands are still executed), and then
  // ends the commands. After it, everything is answered with ErrorCode::Closed. The last Store does it with
  // Closing::Drain.
  Status close(Closing how = Closing::Drain) const { return engine_->close(how); }

  // The log below: to read it as it is.
  EventLog& log() const { return engine_->log(); }

 private:
  friend class Batch;
  std::shared_ptr<erased::Engine> engine_;
  std::shared_ptr<void> open_;  // closes the engine when the last Store goes
};

// ---- what follows is how -----------------------------------------------------------------------------------------

namespace detail {
template <class F, class... Event>
consteval void check_answer() {
  static_assert(
      std::is_invocable_r_v<Handled, F&, const Event&...>,
      "daybook: a handler says what became of the event: it returns a daybook::Handled, such as daybook::done");
}
// Calls the handler with the event, as it wants it.
template <class E, class F>
Handled hand_to(F& handler, const E& event, const Envelope& at) {
  if constexpr (std::invocable<F&, const E&, const Envelope&>) {
    check_answer<F, E, Envelope>();
    return handler(event, at);
  } else {
    static_assert(std::invocable<F&, const E&>,
                  "daybook: the handler takes (const E&, const Envelope&) or (const E&), for each E the query names");
    if constexpr (std::invocable<F&, const E&>) check_answer<F, E>();
    return handler(event);
  }
}
}  // namespace detail

template <class V>
Result<std::map<KeyOf<V>, V>> Store::view(const Moment& moment) const {
  static_assert(check_view<V>());
  using Table = EventTable<V>;
  Rows<V> rows;
  auto folded =
      engine_->fold(detail::query_of(detail::entries_of<V>), moment, [&](const EventView& event) noexcept -> Status {
        const auto index = Table::find(category_of(event.stream), event.type);
        if (index == Table::kUnknown) return {};  // not listed: passed over
        return Table::with(index, [&]<class E>(std::type_identity<E>) -> Status {
          E typed{};
          if (auto decoded = codec::decode_event(event, engine_->resolvers(), typed); !decoded) return decoded;
          rows.apply(typed, event);
          return {};
        });
      });
  if (!folded) return std::unexpected(std::move(folded).error());
  return std::move(rows).rows();
}

template <bool Placed, class... E, class F>
Result<Subscription> Store::subscribe(std::string name, const Events<Placed, E...>& filter, Start start,
                                      F handler) const {
  static_assert(Placed || sizeof...(E) == 0,
                "daybook: an event is found by category and type, since another domain may have one of the same name; "
                "say whose it is: events<Opened>().in<Account>(), or .everywhere() if all of that name are meant");
  static_assert(!(detail::has_namesake<E, std::variant<E...>> || ...),
                "daybook: two of these events have one stored name; give each its own consumer, with .in<A>()");
  if constexpr (sizeof...(E) == 0) {
    return subscribe(std::move(name), filter.query(), start, std::move(handler));
  } else {
    return engine_->subscribe(std::move(name), filter.query(), start,
                              [handler = std::move(handler),
                               &resolvers = engine_->resolvers()](const EventView& event) mutable -> Result<Handled> {
                                std::optional<Result<Handled>> said;
                                auto try_one = [&]<class One>(std::type_identity<One>) {
                                  if (event.type != event_name<One>()) return false;
                                  One typed{};
                                  if (auto decoded = codec::decode_event(event, resolvers, typed); !decoded)
                                    said = std::unexpected(std::move(decoded).error());
                                  else
                                    said = detail::hand_to(handler, typed, event);
                                  return true;
                                };
                                (try_one(std::type_identity<E>{}) || ...);
                                return said ? std::move(*said) : done;
                              });
  }
}

template <class F>
Result<Subscription> Store::subscribe(std::string name, Query filter, Start start, F handler) const {
  static_assert(std::invocable<F&, const Envelope&>, "daybook: the handler of a plain query takes (const Envelope&)");
  if constexpr (std::invocable<F&, const Envelope&>) detail::check_answer<F, Envelope>();
  return engine_->subscribe(
      std::move(name), std::move(filter), start,
      [handler = std::move(handler)](const EventView& event) mutable -> Result<Handled> { return handler(event); });
}

}  // namespace daybook
