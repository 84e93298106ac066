// States, events and commands without their types: tables of functions, so that the engine is compiled once and the
// templates of store.hpp stay thin. Nothing here is for users to write.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "daybook/aggregate.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/event.hpp"
#include "daybook/decision.hpp"
#include "daybook/event_table.hpp"
#include "daybook/memory_used.hpp"
#include "daybook/options.hpp"
#include "daybook/result.hpp"
#include "daybook/saved_state.hpp"
#include "daybook/spare_events.hpp"
#include "daybook/tags.hpp"

namespace daybook::erased {

// ---- a type of state ---------------------------------------------------------------------------------------------

// Its functions are users' code, or run it: what is thrown from one stops the program.
struct StateType {
  std::string_view category;
  std::size_t size;
  std::size_t alignment;
  void (*create)(void* at) noexcept;
  void (*destroy)(void* state) noexcept;
  void (*copy)(void* at, const void* from) noexcept;    // makes one at `at`; null: cannot be copied
  void (*assign)(void* to, const void* from) noexcept;  // null: cannot be copied
  void (*move)(void* to, void* from) noexcept;
  std::size_t (*memory_used)(const void* state) noexcept;
  // Folds a stored event in. UnknownEvent if the state does not list it (a view passes over such an event), or not in
  // this version; BadPayload or SchemaMismatch if it cannot be decoded: the state is then unchanged.
  Status (*evolve)(void* state, const EventView& event, const codec::Resolvers& resolvers) noexcept;
  // Of the state's schema and rules: a snapshot with another is outdated.
  std::uint64_t (*fingerprint)();
  Status (*save)(const void* state, std::string& out) noexcept;     // null: no snapshots
  Status (*load)(void* state, std::string_view snapshot) noexcept;  // into one that was just created
  // Some evolve asks for the envelope, which is not known before the event is durable.
  bool sees_envelopes;
};

// An object of a StateType. Belongs to one thread at a time.
class State {
 public:
  State() = default;
  explicit State(const StateType& type)
      : type_(&type), at_(::operator new(type.size, std::align_val_t{type.alignment})) {
    type.create(at_);
  }
  State(State&& other) noexcept : type_(other.type_), at_(std::exchange(other.at_, nullptr)) {}
  State& operator=(State&& other) noexcept {
    if (this != &other) {
      reset();
      type_ = other.type_;
      at_ = std::exchange(other.at_, nullptr);
    }
    return *this;
  }
  ~State() { reset(); }

  explicit operator bool() const { return at_ != nullptr; }
  void* get() { return at_; }
  const void* get() const { return at_; }
  State copy() const {
    State other;
    other.type_ = type_;
    other.at_ = ::operator new(type_->size, std::align_val_t{type_->alignment});
    type_->copy(other.at_, at_);
    return other;
  }
  void reset() noexcept {
    if (!at_) return;
    type_->destroy(at_);
    ::operator delete(at_, std::align_val_t{type_->alignment});
    at_ = nullptr;
  }

 private:
  const StateType* type_ = nullptr;
  void* at_ = nullptr;
};

// ---- events on their way to the log ------------------------------------------------------------------------------

// What the engine knows of an event's type.
struct EventType {
  std::string_view name;
  std::uint16_t version;
  const std::string& (*schema)();  // the schema's text, as it goes into the log
  std::uint64_t (*schema_fingerprint)();
};

// Encoded events. A buffer made to be reused: clear() keeps its memory.
class EventBuffer {
 public:
  struct Event {
    std::size_t state;  // whose it is, by number
    const EventType* type;
    ContentType content_type;
    std::size_t data_end;
    std::size_t tags_end;       // in tags_
    std::string_view category;  // of its stream, if it is not the state's own: see owner_category()
  };

  void clear() {
    events_.clear();
    data_.clear();
    tags_.clear();
  }
  std::size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  const Event& operator[](std::size_t i) const { return events_[i]; }
  std::string_view data(std::size_t i) const {
    const auto begin = i == 0 ? 0 : events_[i - 1].data_end;
    return std::string_view(data_).substr(begin, events_[i].data_end - begin);
  }
  std::size_t data_bytes() const { return data_.size(); }
  std::span<const std::string> tags(std::size_t i) const {
    const auto begin = i == 0 ? 0 : events_[i - 1].tags_end;
    return std::span(tags_).subspan(begin, events_[i].tags_end - begin);
  }

  // BadPayload if the event holds what cannot be stored (text that is not UTF-8, …); nothing is added then.
  template <class E>
  Status add(std::size_t state, const E& event, Payload payload, std::string_view category = {}) noexcept;

 private:
  std::vector<Event> events_;
  std::string data_;
  std::vector<std::string> tags_;
};

// ---- a command ---------------------------------------------------------------------------------------------------

// A command, its decide, and the events that it decided last. Belongs to one thread at a time. A decide, evolve or tags
// that throws is a bug and stops the program.
class Decider {
 public:
  virtual ~Decider() = default;
  // Runs decide; what was decided before is forgotten.
  virtual std::optional<Refusal> decide(std::span<const void* const> states) noexcept = 0;
  // How many events were decided, and how many of them belong to state number `which`.
  virtual std::size_t events() const = 0;
  virtual std::size_t events_of(std::size_t which) const = 0;
  virtual Status encode(Payload payload, EventBuffer& out) const noexcept = 0;
  // Folds those of state number `which` into `state`, as they are: without envelopes.
  virtual void evolve(std::size_t which, void* state) const noexcept = 0;
};

// ---- how the tables are made -------------------------------------------------------------------------------------

namespace detail {

constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  a = (a ^ b) * 0x9e3779b97f4a7c15u;
  return a ^ (a >> 29);
}

template <class S>
std::uint64_t fingerprint() {
  if constexpr (SavesItself<S>)
    return mixed(mixed(codec::schema_fingerprint(category_name<S>()), S::snapshot_version), rules_of<S>());
  else if constexpr (codec::Storable<S>)
    return mixed(codec::schema_fingerprint(codec::schema_of<S>()), rules_of<S>());
  else
    return 0;
}

template <class S>
Status evolve_stored(void* state, const EventView& event, const codec::Resolvers& resolvers) noexcept {
  using Table = EventTable<S>;
  const auto index = Table::find(category_of(event.stream), event.type);
  if (daybook::detail::HasReads<S> && index == Table::kUnknown) return {};  // not listed: passed over, as a view does
  if (index == Table::kUnknown)
    return fail(ErrorCode::UnknownEvent,
                "event '" + std::string(event.type) + "' in stream '" + std::string(event.stream) +
                    "' is not an event of " + std::string(category_name<S>()) + ": is this program older than the log?",
                event.position);
  return Table::with(index, [&]<class E>(std::type_identity<E>) -> Status {
    E typed{};
    if (auto decoded = codec::decode_event(event, resolvers, typed); !decoded) return decoded;
    evolve_with(*static_cast<S*>(state), typed, event);
    return {};
  });
}

template <class S, class... Es>
consteval bool sees_envelopes(std::type_identity<std::variant<Es...>>) {
  return ((!EvolvesPlainly<S, Es>) || ...);
}

template <class S>
consteval StateType state_type() {
  StateType t{};
  t.category = category_name<S>();
  t.size = sizeof(S);
  t.alignment = alignof(S);
  t.create = [](void* at) noexcept { ::new (at) S{}; };
  t.destroy = [](void* state) noexcept { static_cast<S*>(state)->~S(); };
  t.move = [](void* to, void* from) noexcept { *static_cast<S*>(to) = std::move(*static_cast<S*>(from)); };
  if constexpr (std::copyable<S>) {
    t.copy = [](void* at, const void* from) noexcept { ::new (at) S(*static_cast<const S*>(from)); };
    t.assign = [](void* to, const void* from) noexcept { *static_cast<S*>(to) = *static_cast<const S*>(from); };
  }
  t.memory_used = [](const void* state) noexcept { return sizeof(S) + memory_beyond(*static_cast<const S*>(state)); };
  t.evolve = &evolve_stored<S>;
  t.fingerprint = &fingerprint<S>;
  if constexpr (NeverSaved<S>) {
    // nothing: replayed each time
  } else if constexpr (SavesItself<S>) {
    t.save = [](const void* state, std::string& out) noexcept -> Status {
      S::save(*static_cast<const S*>(state), out);
      return {};
    };
    t.load = [](void* state, std::string_view in) noexcept { return S::load(in, *static_cast<S*>(state)); };
  } else if constexpr (codec::Storable<S>) {
    t.save = [](const void* state, std::string& out) noexcept {
      return codec::encode_avro(*static_cast<const S*>(state), out);
    };
    t.load = [](void* state, std::string_view in) noexcept { return codec::decode_avro(in, *static_cast<S*>(state)); };
  }
  t.sees_envelopes = sees_envelopes<S>(std::type_identity<typename S::Event>{});
  return t;
}

template <class E>
concept ChoosesPayload = requires {
  requires std::same_as<std::remove_cv_t<decltype(E::stored_payload)>, Payload>;
  typename std::integral_constant<Payload, E::stored_payload>;  // known while compiling
};

template <class E>
consteval void check_payload() {
  static_assert(
      ChoosesPayload<E> || !requires { E::stored_payload; },
      "daybook: the stored_payload of the event E is not one; write: static constexpr daybook::Payload "
      "stored_payload = daybook::Payload::Avro;");
}
// For whoever writes events of these types.
template <class... Es>
consteval bool check_payloads(std::type_identity<std::variant<Es...>>) {
  (check_payload<Es>(), ...);
  return true;
}

template <class E>
constexpr Payload payload_of(Payload of_store) {
  if constexpr (ChoosesPayload<E>)
    return E::stored_payload;
  else
    return of_store;
}

}  // namespace detail

template <class S>
inline constexpr StateType state_type = detail::state_type<S>();

template <class E>
inline constexpr EventType event_type{event_name<E>(), schema_version<E>(), &codec::schema_of<E>, [] {
                                        static const auto fingerprint =
                                            codec::schema_fingerprint(codec::schema_of<E>());
                                        return fingerprint;
                                      }};

template <class E>
Status EventBuffer::add(std::size_t state, const E& event, Payload payload, std::string_view category) noexcept {
  payload = detail::payload_of<E>(payload);
  auto encoded = payload == Payload::Avro ? codec::encode_avro(event, data_) : codec::encode_json(event, data_);
  if (!encoded) return encoded;
  for (const auto& tag : tags_of(event)) tags_.push_back(tag);
  events_.push_back({state, &event_type<E>, payload == Payload::Avro ? ContentType::Avro : ContentType::Json,
                     data_.size(), tags_.size(), category});
  return {};
}

// The command C over states of the types S.
template <class C, class... S>
class Command final : public Decider {
 public:
  explicit Command(C command) : command_(std::move(command)) {}
  ~Command() override {
    if constexpr (DecidesIntoSink<C, S...>) SpareEvents<S...>::give(std::move(events_));
  }

  std::optional<Refusal> decide(std::span<const void* const> states) noexcept override {
    if constexpr (DecidesIntoSink<C, S...>)
      if (events_.memory_used() == 0) events_ = SpareEvents<S...>::take();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return run_decide<S...>(events_, command_, *static_cast<const S*>(states[I])...);
    }(std::index_sequence_for<S...>{});
  }
  std::size_t events() const override { return events_.size(); }
  std::size_t events_of(std::size_t which) const override {
    if constexpr (sizeof...(S) == 1) return events_.size();
    std::size_t n = 0;
    events_.for_each([&](auto owner, const auto&) { n += owner == which; });
    return n;
  }
  // What users' code throws ends the program here: see store.hpp.
  Status encode(Payload payload, EventBuffer& out) const noexcept override {  // NOLINT(bugprone-exception-escape)
    Status status;
    events_.for_each([&](auto owner, const auto& event) {
      using One = std::tuple_element_t<owner(), std::tuple<S...>>;
      if (status) status = out.add(owner, event, payload, owner_category<One, std::remove_cvref_t<decltype(event)>>());
    });
    return status;
  }
  void evolve(std::size_t which, void* state) const noexcept override {  // NOLINT(bugprone-exception-escape)
    events_.for_each([&]<std::size_t Owner, class E>(std::integral_constant<std::size_t, Owner>, const E& event) {
      using One = std::tuple_element_t<Owner, std::tuple<S...>>;
      if constexpr (EvolvesPlainly<One, E>)
        if (Owner == which) evolve_with(*static_cast<One*>(state), event, Envelope{});
    });
  }

 private:
  C command_;
  DecidedEvents<S...> events_;
};

}  // namespace daybook::erased
