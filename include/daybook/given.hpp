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

#include <concepts>
#include <cstddef>
#include <cstdint>
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
#include "daybook/difference.hpp"
#include "daybook/equal.hpp"
#include "daybook/provenance.hpp"
#include "daybook/tags.hpp"

namespace daybook {

// An event of a `given` that happened (and was recorded) at a time of its own, or by somebody, for states that look at
// the envelope: given<Account>(occurred(monday, Opened{"alice"}, {.actor = "teller-7"})). All others happen in 1970, by
// nobody. Each has an id, the same in every run.
template <class E>
struct Occurred {
  Time time;
  E event;
  Provenance by;
};
template <class E>
Occurred<E> occurred(Time time, E event, Provenance by = {}) {
  return {time, std::move(event), std::move(by)};
}

namespace detail {

// ---- given -------------------------------------------------------------------------------------------------------

template <class E>
const E& event_of(const E& event) {
  return event;  // NOLINT(bugprone-return-const-ref-from-parameter): used within the expression that has the event
}
template <class E>
const E& event_of(const Occurred<E>& given) {
  return given.event;
}

// Where an event of a story stands in it, both from 0.
struct Place {
  std::uint64_t position;
  std::uint64_t revision;
};

// Calls f(event, envelope), with the envelope that a store would give it.
template <class G, class F>
void with_envelope(const G& given, std::string_view category, Place place, F f) {
  const auto& event = event_of(given);
  using E = std::remove_cvref_t<decltype(event)>;
  const std::string stream = std::string(category) + "-given";
  std::string tag_bytes;
  std::uint16_t tag_count = 0;
  for (const std::string& tag : tags_of(event)) {
    tag_bytes += static_cast<char>(tag.size() & 0xff);
    tag_bytes += static_cast<char>(tag.size() >> 8);
    tag_bytes += tag;
    ++tag_count;
  }
  std::string metadata;
  Envelope at;
  at.position = Position{place.position};
  at.revision = Revision{place.revision};
  at.id = event_id_of(Uuid{}, static_cast<std::uint32_t>(place.position));
  if constexpr (!std::same_as<G, E>) {
    at.recorded = at.occurred = given.time;
    auto written = metadata_of(given.by);
    if (!written) throw GivenFailed(written.error().message);
    metadata = std::move(*written);
  }
  at.stream = stream;
  at.type = event_name<E>();
  at.schema_version = schema_version<E>();
  at.metadata = metadata;
  at.tags = TagsView(tag_bytes, tag_count);
  f(event, at);
}

template <class S, class G>
void fold_given(S& state, const G& given, std::uint64_t revision, std::vector<Shown>& shown,
                std::string_view whose = {}) {
  using E = std::remove_cvref_t<decltype(event_of(given))>;
  static_assert(is_alternative<E, typename S::Event>,
                "daybook: this event is not listed in the state's `using Event = std::variant<…>`");
  with_envelope(given, category_of_event<S, E>(), {shown.size(), revision},
                [&](const E& event, const Envelope& at) { evolve_with(state, event, at); });
  shown.push_back(show(event_of(given), whose));
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
  template <class S, bool Placed, class... Asked>
  Given<S> boundary(const Events<Placed, Asked...>& events) && {
    static_assert(detail::check_asked<S, Asked...>());
    return std::move(*this).template boundary<S>(events.query());
  }
  template <class S>
  Given<S> boundary(const Query& query) && {
    static_assert(detail::check_state<S>());
    S state{};
    std::vector<detail::Shown> shown;
    auto take = [&]<class G>(const G& given) {
      using One = std::remove_cvref_t<decltype(detail::event_of(given))>;
      if constexpr (detail::is_alternative<One, typename S::Event>)
        detail::with_envelope(given, category_of_event<S, One>(), {shown.size(), shown.size()},
                              [&](const One& event, const Envelope& at) {
                                if (query.matches(at)) evolve_with(state, event, at);
                              });
      shown.push_back(detail::show(detail::event_of(given)));
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
