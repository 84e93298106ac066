// What a command comes to: events, nothing, or a refusal.
//
//     using Decision = daybook::Decision<Account>;
//     Decision decide(const Account& a, const Withdraw& c) {
//       if (!a.open) return daybook::refuse(NotOpen{});
//       if (a.balance < c.amount) return daybook::refuse(InsufficientFunds{a.balance});
//       return Withdrawn{c.amount};                                 // or {Withdrawn{…}, Closed{}}, or {}: nothing
//     }
//
// `decide` is a free function beside its state or command. It reads, it may be run again on a newer state, and it must
// come to the same on every machine: no clock, no randomness, no I/O. What it needs to know is in the state or the
// command.
//
// A command over several aggregates takes their states in the order in which the streams are given to execute(), and
// says whose each event is:
//
//     daybook::Decision<Account, Account> decide(const Account& from, const Account& to, const Transfer& c) {
//       if (!from.open || !to.open) return daybook::refuse(NotOpen{});
//       return {daybook::first(TransferredOut{c.amount}), daybook::second(TransferredIn{c.amount})};
//     }
//
// An event that only one of the states can have needs no first() or second(). A decision over a boundary
// (Store::boundary) is a decision over one state, that which the query folds; if that reads the events of several
// aggregates (`using Reads = daybook::from<Course, Student>;`), each event goes to a stream of the one it belongs to.
//
// A hot aggregate may write its events into a sink instead, whose memory is reused from command to command, also by a
// store, so that deciding allocates nothing but what the events themselves hold (a store allocates a little for each
// command on its way):
//
//     daybook::Verdict decide(const Book& book, const Place& c, daybook::Sink<Book>& out) {
//       if (c.price <= 0) return daybook::refuse(BadPrice{c.price});       // whatever was emitted is dropped
//       for (…) out.emit(Traded{…});
//       return daybook::accepted;
//     }
//
// It may return void if it never refuses. A command has one decide or the other, never both.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/name.hpp"
#include "daybook/refusal.hpp"

namespace daybook {

// ---- whose event -------------------------------------------------------------------------------------------------

// An event that belongs to the state number `Which` of a decision over several, counted from 0.
template <std::size_t Which, class E>
struct Of {
  E event;
};

template <std::size_t Which, class E>
constexpr Of<Which, E> of(E event) {
  return {std::move(event)};
}
template <class E>
constexpr Of<0, E> first(E event) {
  return {std::move(event)};
}
template <class E>
constexpr Of<1, E> second(E event) {
  return {std::move(event)};
}
template <class E>
constexpr Of<2, E> third(E event) {
  return {std::move(event)};
}

namespace detail {

template <class E, class Variant>
inline constexpr bool is_alternative = false;
template <class E, class... Es>
inline constexpr bool is_alternative<E, std::variant<Es...>> = (std::same_as<E, Es> || ...);

template <class E>
inline constexpr bool is_of = false;
template <std::size_t Which, class E>
inline constexpr bool is_of<Of<Which, E>> = true;

// How many of the states can have E, and the first that can.
template <class E, class... S>
inline constexpr std::size_t owners = (std::size_t{0} + ... + is_alternative<E, typename S::Event>);
template <class E, class... S>
consteval std::size_t owner() {
  constexpr std::array<bool, sizeof...(S)> has{is_alternative<E, typename S::Event>...};
  std::size_t i = 0;
  while (i < has.size() && !has[i]) ++i;
  return i;
}

}  // namespace detail

// ---- what was decided --------------------------------------------------------------------------------------------

// The events of one decision over the states S, in order, each with whose it is. A buffer made to be reused: clear()
// keeps its memory. Belongs to one thread at a time.
template <class... S>
class DecidedEvents {
  static_assert(sizeof...(S) > 0, "daybook: a decision is over at least one state");

 public:
  template <std::size_t Which>
  using State = std::tuple_element_t<Which, std::tuple<S...>>;
  static constexpr std::size_t kStates = sizeof...(S);

  void clear() { entries_.clear(); }
  // Of the buffer itself, in bytes.
  std::size_t memory_used() const { return entries_.capacity() * sizeof(Entry); }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  // Takes an alternative of some state's Event, Of<…> one, or a whole Event.
  template <class E>
  void add(E event) {
    if constexpr (detail::is_of<E>)
      add_of(std::move(event));
    else if constexpr (kStates == 1 && std::same_as<E, typename State<0>::Event>)
      entries_.push_back(std::move(event));
    else {
      static_assert(detail::owners<E, S...> > 0,
                    "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
      static_assert(detail::owners<E, S...> < 2,
                    "daybook: more than one of these states can have this event: say whose it is with first(event) or "
                    "second(event)");
      if constexpr (detail::owners<E, S...> == 1) put<detail::owner<E, S...>()>(std::move(event));
    }
  }

  // Calls f(which, event) for each event in order: `which` is a std::integral_constant, `event` the typed struct.
  template <class F>
  void for_each(F f) const {
    for (const auto& entry : entries_) visit(entry, f);
  }
  // The same for event number `i` alone; f's results must be of one type.
  template <class F>
  decltype(auto) visit(std::size_t i, F f) const {
    return visit(entries_[i], f);
  }

 private:
  // With one state a std::variant of events; with several a std::variant of those, whose index says whose it is.
  using Entry = std::conditional_t<kStates == 1, typename State<0>::Event, std::variant<typename S::Event...>>;

  template <std::size_t Which, class E>
  void add_of(Of<Which, E> event) {
    static_assert(Which < kStates,
                  "daybook: there is no such state in this decision: first() is the first, second() the second");
    if constexpr (Which < kStates) {
      static_assert(detail::is_alternative<E, typename State<Which>::Event>,
                    "daybook: this event is not listed in the `using Event = std::variant<…>` of the state it is said "
                    "to belong to");
      if constexpr (detail::is_alternative<E, typename State<Which>::Event>) put<Which>(std::move(event.event));
    }
  }
  template <std::size_t Which, class E>
  void put(E event) {
    if constexpr (kStates == 1)
      entries_.emplace_back(std::in_place_type<E>, std::move(event));
    else
      entries_.emplace_back(std::in_place_index<Which>, std::in_place_type<E>, std::move(event));
  }

  template <class F>
  static decltype(auto) visit(const Entry& entry, F& f) {
    if constexpr (kStates == 1)
      return std::visit(
          [&](const auto& event) -> decltype(auto) { return f(std::integral_constant<std::size_t, 0>{}, event); },
          entry);
    else
      return visit_from<0>(entry, f);
  }
  template <std::size_t Which, class F>
  static decltype(auto) visit_from(const Entry& entry, F& f) {
    if constexpr (Which + 1 < kStates)
      if (entry.index() != Which) return visit_from<Which + 1>(entry, f);
    return std::visit(
        [&](const auto& event) -> decltype(auto) { return f(std::integral_constant<std::size_t, Which>{}, event); },
        *std::get_if<Which>(&entry));
  }

  std::vector<Entry> entries_;
};

// What `decide` returns: events in order, nothing at all ({}), or a refusal.
template <class... S>
class [[nodiscard]] Decision {
 public:
  Decision() = default;
  Decision(Refusal refusal) : refusal_(std::move(refusal)) {}  // NOLINT: `return refuse(…)` is how it reads

  // One or several events: `return Opened{c.owner};`, `return {Withdrawn{…}, Closed{}};`
  template <class... Es>
    requires(sizeof...(Es) > 0)
  Decision(Es... events) {  // NOLINT: as above
    (events_.add(std::move(events)), ...);
  }

  // One more event, for decisions whose number of events is not known in advance. A refusal stays one, and drops it.
  template <class E>
  Decision& add(E event) {
    if (!refusal_) events_.add(std::move(event));
    return *this;
  }

  const std::optional<Refusal>& refusal() const { return refusal_; }
  const DecidedEvents<S...>& events() const { return events_; }  // none if refused

  // Gives its events up to `out`.
  std::optional<Refusal> move_to(DecidedEvents<S...>& out) && {
    if (refusal_)
      out.clear();
    else
      out = std::move(events_);
    return std::move(refusal_);
  }

 private:
  DecidedEvents<S...> events_;
  std::optional<Refusal> refusal_;
};

// ---- the sink form -----------------------------------------------------------------------------------------------

// Takes events one by one. It is handed to decide(), valid during that call.
template <class... S>
class Sink {
 public:
  explicit Sink(DecidedEvents<S...>& out) : out_(out) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // Takes what a Decision takes: an event, first(event), second(event).
  template <class E>
  void emit(E event) {
    out_.add(std::move(event));
  }
  std::size_t emitted() const { return out_.size(); }

 private:
  DecidedEvents<S...>& out_;
};

// What a decide() that writes into a sink returns.
class [[nodiscard]] Verdict {
 public:
  Verdict() = default;
  Verdict(Refusal refusal) : refusal_(std::move(refusal)) {}  // NOLINT: `return refuse(…)` is how it reads
  const std::optional<Refusal>& refusal() const& { return refusal_; }
  std::optional<Refusal> refusal() && { return std::move(refusal_); }

 private:
  std::optional<Refusal> refusal_;
};

struct Accepted {
  operator Verdict() const { return {}; }  // NOLINT: `return accepted` is how it reads
};
inline constexpr Accepted accepted{};

// ---- who decides what --------------------------------------------------------------------------------------------

// decide(const S&..., const C&) is there and returns Decision<S...>.
template <class C, class... S>
concept DecidesByValue = requires(const S&... states, const C& command) {
  { decide(states..., command) } -> std::same_as<Decision<S...>>;
};
// decide(const S&..., const C&, Sink<S...>&) is there and returns Verdict, or void if it never refuses.
template <class C, class... S>
concept DecidesIntoSink = requires(const S&... states, const C& command, Sink<S...>& out) {
  { decide(states..., command, out) } -> std::same_as<Verdict>;
} || requires(const S&... states, const C& command, Sink<S...>& out) {
  { decide(states..., command, out) } -> std::same_as<void>;
};
// C is a command over the states S..., in this order.
template <class C, class... S>
concept CommandOver = DecidesByValue<C, S...> || DecidesIntoSink<C, S...>;
// C is a command of S.
template <class S, class C>
concept Decides = CommandOver<C, S>;

namespace detail {

// A decide takes these, whatever it returns.
template <class C, class... S>
concept HasDecide = requires(const S&... states, const C& command) {
  decide(states..., command);
} || requires(const S&... states, const C& command, Sink<S...>& out) { decide(states..., command, out); };
template <class C, class... S>
inline constexpr bool has_decide_the_other_way_round = false;
template <class C, class A, class B>
inline constexpr bool has_decide_the_other_way_round<C, A, B> = HasDecide<C, B, A>;

// The same as CommandOver, said in words: the compiler names C and S... beside them.
template <class C, class... S>
consteval bool check_command() {
  constexpr bool is_event = (is_alternative<C, typename S::Event> || ...);
  static_assert(!is_event || CommandOver<C, S...>,
                "daybook: this is an event, not a command: events are decided, commands are executed");
  if constexpr (!is_event && !CommandOver<C, S...>) {
    constexpr bool wrong_type = HasDecide<C, S...>;
    constexpr bool swapped = !wrong_type && has_decide_the_other_way_round<C, S...>;
    static_assert(!wrong_type,
                  "daybook: the decide for this command must return daybook::Decision<S...>, or, if it takes a "
                  "daybook::Sink<S...>&, daybook::Verdict or void; it returns something else");
    static_assert(!swapped,
                  "daybook: the decide for this command takes these two states in the other order: the streams are "
                  "named in the order of its parameters");
    static_assert(wrong_type || swapped,
                  "daybook: no decide for this command; write: daybook::Decision<S...> decide(const S&..., const C&), "
                  "beside the state or the command");
  }
  static_assert(
      !(DecidesByValue<C, S...> && DecidesIntoSink<C, S...>),
      "daybook: this command has two decides, one that returns its events and one that writes them into a sink");
  return CommandOver<C, S...>;
}

}  // namespace detail

// Runs the decide of `command` over `states`. `out` is cleared first, holds the events afterwards, and none if the
// answer is a refusal, which is returned. Throws only what decide throws.
template <class... S, class C>
std::optional<Refusal> run_decide(DecidedEvents<S...>& out, const C& command,
                                  const std::type_identity_t<S>&... states) {
  static_assert(detail::check_command<C, S...>());
  if constexpr (!CommandOver<C, S...>) {
    return {};
  } else if constexpr (DecidesIntoSink<C, S...>) {
    out.clear();
    Sink<S...> sink(out);
    if constexpr (std::is_void_v<decltype(decide(states..., command, sink))>) {
      decide(states..., command, sink);
      return {};
    } else {
      std::optional<Refusal> refusal = decide(states..., command, sink).refusal();
      if (refusal) out.clear();
      return refusal;
    }
  } else {
    return decide(states..., command).move_to(out);
  }
}

}  // namespace daybook
