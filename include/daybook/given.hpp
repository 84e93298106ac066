// Tests of a domain without a store: given what happened, when this is asked, then that is decided.
//
//     using daybook::given;
//     given<Account>(Opened{"alice"}, Deposited{50_eur}).when(Withdraw{20_eur}).then(Withdrawn{20_eur});
//     given<Account>(Opened{"alice"}, Deposited{50_eur}).when(Withdraw{80_eur}).refused(InsufficientFunds{50_eur});
//     given<Account>(Opened{"alice"}, Closed{}).when(Close{}).then();            // nothing needed to happen
//
// Over several aggregates, in the order in which decide takes them:
//
//     given<Account>(Opened{"alice"}, Deposited{50_eur}).and_given<Account>(Opened{"bob"})
//         .when(Transfer{20_eur, "rent"})
//         .then(first(TransferredOut{20_eur}), second(TransferredIn{20_eur}));
//
// Over a boundary, with all the events there are, of which the query picks its own by type and tags as a store would:
//
//     given_events(SeatBooked{"LH2", "12A", "bob"}, SeatBooked{"LH4", "12A", "eve"})
//         .boundary<Seat>(events<SeatBooked, SeatReleased>().tagged("flight", "LH2", "seat", "12A"))
//         .when(BookSeat{"LH2", "12A", "alice"}).refused(SeatTaken{"bob"});
//
// Events are compared field by field (equal.hpp). What is not as expected is thrown as a GivenFailed whose what() shows
// the difference line by line. Every test framework reports an exception that leaves a test as that test's failure, and
// a plain main() ends with the text on stderr; so this needs none of them. Not for use outside tests.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/aggregate.hpp"
#include "daybook/codec/json.hpp"
#include "daybook/equal.hpp"
#include "daybook/tags.hpp"

namespace daybook {

// A given/when/then that did not come out as expected. Its text is for people.
class GivenFailed : public std::exception {
 public:
  explicit GivenFailed(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// An event of a `given` that happened (and was recorded) at a time of its own, for states that look at the envelope:
// given<Account>(occurred(monday, Opened{"alice"})). All others happen in 1970.
template <class E>
struct Occurred {
  Time time;
  E event;
};
template <class E>
constexpr Occurred<E> occurred(Time time, E event) {
  return {time, std::move(event)};
}

namespace detail {

// ---- what a failure shows ----------------------------------------------------------------------------------------

// A struct as text: its name, and each field that is not itself a struct, with its path ("amount.cents") and its JSON.
struct Shown {
  struct Line {
    std::string path;
    std::string json;
  };
  std::string name;
  std::vector<Line> lines;
};

inline Shown show(const codec::Type& type, const void* value, std::string_view whose = {}) {
  Shown shown;
  if (!whose.empty()) shown.name.append(whose).append(": ");
  shown.name += type.name;
  for (const auto& leaf : type.structure().leaves) {
    auto& line = shown.lines.emplace_back(leaf.path, std::string{});
    codec::print_json_as(*leaf.type, static_cast<const char*>(value) + leaf.offset, line.json);
  }
  return shown;
}
template <class T>
Shown show(const T& value, std::string_view whose = {}) {
  return show(codec::type_of<T>(), &value, whose);
}

// "first", "second", "third", "4th": as users say whose an event is; nothing if there is but one state.
template <std::size_t Which, std::size_t States>
std::string whose() {
  if constexpr (States == 1)
    return {};
  else if constexpr (Which < 3)
    return std::array<const char*, 3>{"first", "second", "third"}[Which];
  else
    return std::to_string(Which + 1) + "th";
}

// What was told before the failure, and what came out instead of what.
struct Story {
  std::vector<Shown> given;
  Shown when;
  std::source_location where;
};
struct Ending {
  bool refused = false;
  std::vector<Shown> shown;  // the events, or the one refusal
};

inline void write_whole(std::string& out, std::string_view mark, const Shown& shown) {
  out.append(mark).append(shown.name).append("\n");
  for (const auto& line : shown.lines)
    out.append(mark).append("  ").append(line.path).append(": ").append(line.json).append("\n");
}

inline std::string in_one_line(const Shown& shown) {
  std::string out = shown.name + " {";
  for (const auto& line : shown.lines)
    out.append(&line == shown.lines.data() ? "" : ", ").append(line.path).append(": ").append(line.json);
  return out + '}';
}

// Lines that begin with '-' were expected, those with '+' are what came; the others are common to both.
inline void write_difference(std::string& out, const Shown* expected, const Shown* actual) {
  if (!expected || !actual || expected->name != actual->name) {
    if (expected) write_whole(out, "  - ", *expected);
    if (actual) write_whole(out, "  + ", *actual);
    return;
  }
  out.append("    ").append(expected->name).append("\n");
  const auto has = [](const Shown& shown, const Shown::Line& wanted) {
    for (const auto& line : shown.lines)
      if (line.path == wanted.path && line.json == wanted.json) return true;
    return false;
  };
  const auto write = [&](const char* mark, const Shown::Line& line) {
    out.append(mark).append(line.path).append(": ").append(line.json).append("\n");
  };
  for (const auto& line : expected->lines) {
    write(has(*actual, line) ? "      " : "  -   ", line);
    if (has(*actual, line)) continue;
    for (const auto& other : actual->lines)
      if (other.path == line.path) write("  +   ", other);
  }
}

[[noreturn]] inline void fail_given(const Story& story, const Ending& expected, const Ending& actual) {
  const auto summary = [](const Ending& ending) {
    if (ending.refused) return std::string("a refusal");
    if (ending.shown.empty()) return std::string("no events");
    return std::to_string(ending.shown.size()) + (ending.shown.size() == 1 ? " event" : " events");
  };
  std::string out = std::string(story.where.file_name()) + ':' + std::to_string(story.where.line()) +
                    ": the decision is not the expected one\n";
  for (const auto& one : story.given)
    out.append(&one == story.given.data() ? "  given " : "        ").append(in_one_line(one)).append("\n");
  out.append("  when  ").append(in_one_line(story.when)).append("\n");
  out.append("  then  expected (-) ")
      .append(summary(expected))
      .append(", came (+) ")
      .append(summary(actual))
      .append(":\n");
  if (expected.refused != actual.refused) {
    for (const auto& one : expected.shown) write_whole(out, "  - ", one);
    for (const auto& one : actual.shown) write_whole(out, "  + ", one);
  } else {
    for (std::size_t i = 0; i < std::max(expected.shown.size(), actual.shown.size()); ++i)
      write_difference(out, i < expected.shown.size() ? &expected.shown[i] : nullptr,
                       i < actual.shown.size() ? &actual.shown[i] : nullptr);
  }
  throw GivenFailed(std::move(out));
}

// ---- given -------------------------------------------------------------------------------------------------------

template <class E>
inline constexpr bool is_occurred = false;
template <class E>
inline constexpr bool is_occurred<Occurred<E>> = true;

// An event with the envelope that a store would give it. `number` counts from 0.
template <class E, class F>
void with_envelope(const E& event, std::string_view category, std::uint64_t number, F f) {
  const std::string stream = std::string(category) + "-given";
  std::string tag_bytes;
  std::uint16_t tag_count = 0;
  for (const std::string& tag : tags_of(event)) {
    tag_bytes += static_cast<char>(tag.size() & 0xff);
    tag_bytes += static_cast<char>(tag.size() >> 8);
    tag_bytes += tag;
    ++tag_count;
  }
  Envelope at;
  at.position = Position{number};
  at.revision = Revision{number};
  at.stream = stream;
  at.type = event_name<E>();
  at.schema_version = schema_version<E>();
  at.tags = TagsView(tag_bytes, tag_count);
  f(at);
}

template <class S, class E>
void fold_given(S& state, const E& event, std::uint64_t number, std::vector<Shown>& shown,
                std::string_view whose = {}) {
  if constexpr (is_occurred<E>) {
    static_assert(is_alternative<decltype(event.event), typename S::Event>,
                  "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
    with_envelope(event.event, category_of_event<S, decltype(event.event)>(), number, [&](Envelope& at) {
      at.recorded = at.occurred = event.time;
      evolve_with(state, event.event, at);
    });
    shown.push_back(show(event.event, whose));
  } else {
    static_assert(is_alternative<E, typename S::Event>,
                  "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
    with_envelope(event, category_of_event<S, E>(), number, [&](const Envelope& at) { evolve_with(state, event, at); });
    shown.push_back(show(event, whose));
  }
}

}  // namespace detail

// What was decided. Ask one thing of it.
template <class... S>
class [[nodiscard("say what is expected: .then(…) or .refused(…)")]] Then {
 public:
  Then(detail::Story story, DecidedEvents<S...> events, std::optional<Refusal> refusal)
      : story_(std::move(story)), events_(std::move(events)), refusal_(std::move(refusal)) {}

  // Exactly these events, in this order; none: nothing at all. Over several states an event is said as in decide:
  // first(…).
  template <class... E>
  void then(E... events) const {
    DecidedEvents<S...> expected;
    (expected.add(std::move(events)), ...);
    if (!refusal_ && same(expected)) return;
    detail::fail_given(story_, ending_of(expected), actual());
  }

  // This refusal, with these fields.
  template <class R>
  void refused(const R& reason) const {
    if (refusal_)
      if (const R* given = refusal_->as<R>(); given && reflect::equal(*given, reason)) return;
    detail::fail_given(story_, {true, {detail::show(reason)}}, actual());
  }
  // A refusal of this type, whatever its fields.
  template <class R>
  void refused() const {
    if (refusal_ && refusal_->is<R>()) return;
    detail::fail_given(story_, {true, {detail::Shown{std::string(type_name<R>()), {}}}}, actual());
  }

 private:
  bool same(const DecidedEvents<S...>& expected) const {
    if (expected.size() != events_.size()) return false;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const bool equal = expected.visit(i, [&]<class W, class E>(W, const E& wanted) {
        return events_.visit(i, [&]<class V, class F>(V, const F& came) {
          if constexpr (std::same_as<W, V> && std::same_as<E, F>)
            return reflect::equal(wanted, came);
          else
            return false;
        });
      });
      if (!equal) return false;
    }
    return true;
  }
  static detail::Ending ending_of(const DecidedEvents<S...>& events) {
    detail::Ending ending;
    events.for_each([&](auto which, const auto& event) {
      ending.shown.push_back(detail::show(event, detail::whose<which(), sizeof...(S)>()));
    });
    return ending;
  }
  detail::Ending actual() const {
    if (!refusal_) return ending_of(events_);
    return {true, {detail::show(refusal_->fields(), refusal_->reason())}};
  }

  detail::Story story_;
  DecidedEvents<S...> events_;
  std::optional<Refusal> refusal_;
};

// The states of a command to be, each folded from what was given for it. Made by given() and given_events().
template <class... S>
class [[nodiscard("ask something: .when(command)")]] Given {
 public:
  Given(std::tuple<S...> states, std::vector<detail::Shown> shown)
      : states_(std::move(states)), shown_(std::move(shown)) {}

  // The next state, for a command over several.
  template <class Next, class... E>
  Given<S..., Next> and_given(const E&... events) && {
    static_assert(check_aggregate<Next>());
    Next next{};
    std::uint64_t number = 0;
    (detail::fold_given(next, events, number++, shown_, detail::whose<sizeof...(S), sizeof...(S) + 1>()), ...);
    return {std::tuple_cat(std::move(states_), std::tuple<Next>(std::move(next))), std::move(shown_)};
  }

  // Runs decide(states…, command), in either of its forms.
  template <class C>
  Then<S...> when(const C& command, std::source_location where = std::source_location::current()) && {
    DecidedEvents<S...> events;
    auto refusal =
        std::apply([&](const S&... states) { return run_decide<S...>(events, command, states...); }, states_);
    return {{std::move(shown_), detail::show(command), where}, std::move(events), std::move(refusal)};
  }

  // A state itself, to look at what evolve made of the events.
  template <std::size_t Which = 0>
  const auto& state() const& {
    return std::get<Which>(states_);
  }
  template <std::size_t Which = 0>
  auto state() && {
    return std::get<Which>(std::move(states_));
  }

 private:
  std::tuple<S...> states_;
  std::vector<detail::Shown> shown_;
};

// What happened to one aggregate (or view), from its first event on.
template <class S, class... E>
Given<S> given(const E&... events) {
  static_assert(detail::check_state<S>());
  S state{};
  std::vector<detail::Shown> shown;
  std::uint64_t number = 0;
  (detail::fold_given(state, events, number++, shown), ...);
  return {std::tuple<S>(std::move(state)), std::move(shown)};
}

// What happened at all, for a boundary to pick from.
template <class... E>
class [[nodiscard("ask something: .boundary<S>(query).when(command)")]] GivenEvents {
 public:
  explicit GivenEvents(E... events) : events_(std::move(events)...) {}

  // S, folded from those events that match the query and that it lists. Each is taken to stand in a stream of the
  // aggregate that S reads it from.
  template <class S>
  Given<S> boundary(const Query& query) && {
    static_assert(detail::check_state<S>());
    S state{};
    std::vector<detail::Shown> shown;
    std::uint64_t number = 0;
    auto take = [&]<class One>(const One& event) {
      if constexpr (detail::is_alternative<One, typename S::Event>)
        detail::with_envelope(event, category_of_event<S, One>(), number, [&](const Envelope& at) {
          if (query.matches(at)) evolve_with(state, event, at);
        });
      shown.push_back(detail::show(event));
      ++number;
    };
    std::apply([&](const E&... events) { (take(events), ...); }, events_);
    return {std::tuple<S>(std::move(state)), std::move(shown)};
  }

 private:
  std::tuple<E...> events_;
};

template <class... E>
GivenEvents<E...> given_events(E... events) {
  return GivenEvents<E...>(std::move(events)...);
}

}  // namespace daybook
