// A new required field, three ways: what each costs to read, and what each does to a program that was not brought up to
// date. docs/questions/new-required-field.md explains what this prints; anything else than it says ends this with an
// error. Settings: N events a figure (1,000,000), DIR.
#include <map>
#include <memory>
#include <variant>

#include "bench.hpp"
#include "daybook/codec/event.hpp"
#include "daybook/open.hpp"
#include "daybook/schema.hpp"

namespace {

using namespace daybook;

struct Money {
  std::int64_t cents = 0;
};

// What every log out there holds.
namespace before {
struct Deposited {
  Money amount;
};
struct Account {
  using Event = std::variant<Deposited>;
  std::int64_t cents = 0;
};
void evolve(Account& a, const Deposited& e) { a.cents += e.amount.cents; }
static_assert(Aggregate<Account>);
// A view of the same program: what came in, of each account.
struct Turnover {
  using Reads = from<Account>;
  using Event = std::variant<Deposited>;
  std::int64_t cents = 0;
};
void evolve(Turnover& t, const Deposited& e) { t.cents += e.amount.cents; }
static_assert(View<Turnover>);
}  // namespace before

// 1. A default: the old events meant euros, and say so from now on.
namespace by_default {
struct Deposited {
  Money amount;
  std::string currency = "EUR";
};
struct Account {
  using Event = std::variant<Deposited>;
};
}  // namespace by_default

// 2. An upcaster: what the old events meant takes code.
namespace by_upcast {
struct Deposited {
  Money amount;
  std::string currency;
  static Deposited upcast(const before::Deposited& old) { return {old.amount, "EUR"}; }
};
struct Account {
  using Event = std::variant<Deposited>;
};
}  // namespace by_upcast

// 3. A new type: the new events are another fact, and the old ones stay what they were.
namespace by_type {
struct DepositedIn {
  Money amount;
  std::string currency;
};
struct Account {
  using Event = std::variant<before::Deposited, DepositedIn>;
  std::int64_t cents = 0;
};
void evolve(Account& a, const before::Deposited& e) { a.cents += e.amount.cents; }
void evolve(Account& a, const DepositedIn& e) { a.cents += e.amount.cents; }
static_assert(Aggregate<Account>);
}  // namespace by_type

// And what must not be done.
namespace careless {
struct Deposited {
  Money amount;
  std::string currency;
};
struct Account {
  using Event = std::variant<Deposited>;
};
}  // namespace careless

class Known : public Schemas {
 public:
  void add(const codec::Schema& schema) {
    texts_[schema.fingerprint] = std::make_shared<const std::string>(schema.text);
  }
  Result<std::shared_ptr<const std::string>> find(std::uint64_t fingerprint) const override {
    const auto at = texts_.find(fingerprint);
    if (at == texts_.end()) return fail(ErrorCode::NotFound, "no such schema");
    return at->second;
  }

 private:
  std::map<std::uint64_t, std::shared_ptr<const std::string>> texts_;
};

struct Stored {
  std::string payload;
  EventView view;
};

template <class E>
Stored stored(Known& known, ContentType content, const E& event) {
  Stored out;
  known.add(codec::schema_with_fingerprint_of<E>());
  if (!codec::encode_payload(content, event, out.payload)) bench::die("an event did not encode");
  out.view.stream = "Account-alice";
  out.view.type = event_name<E>();
  out.view.content_type = content;
  out.view.schema = codec::fingerprint_of<E>();
  out.view.schema_version = schema_version<E>();
  return out;
}

template <class E>
void decode_rate(const char* way, const char* what, const codec::Resolvers& resolvers, ContentType content,
                 const Stored& event, std::uint64_t n) {
  auto view = event.view;
  view.data = event.payload;
  E out{};
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto began = bench::Steady::now();
    for (std::uint64_t i = 0; i < n; ++i)
      if (const auto done = codec::decode_event(view, resolvers, out); !done) bench::die(done.error().message);
    best = std::max(best, static_cast<double>(n) / bench::since(began));
  }
  fmt::print(R"({{"bench":"new_required_field","way":"{}","reads":"{}","payload":"{}","events_per_second":{:.0f}}})"
             "\n",
             way, what, content == ContentType::Json ? "json" : "avro", best);
}

void say(const char* way, const char* what, const std::string& text, std::string_view expected) {
  fmt::print("{:>10}  {:<26} {}\n", way, what, text);
  if (!text.starts_with(expected)) bench::die(fmt::format("{}, {}: expected {}", way, what, expected));
}
std::string told(const Error& error) { return std::string(name_of(error.code)) + ": " + error.message; }

template <class E>
void reads(const char* way, const char* what, const codec::Resolvers& resolvers, const Stored& event,
           std::string_view expected) {
  auto view = event.view;
  view.data = event.payload;
  std::string text;
  if (const auto found = codec::decode_event<E>(view, resolvers))
    codec::print_json(*found, text);
  else
    text = told(found.error());
  say(way, what, text, expected);
}

// The new program adds an event of a type that the old one, on the same store, has never heard of.
void old_program_on_a_new_type(const std::string& directory) {
  auto store = daybook::open(directory);
  if (!store) bench::die(store.error().message);
  const auto append = [](const Outcome& done) {
    if (!done) bench::die("an event was not appended");
  };
  append(store->stream<before::Account>("alice").append(before::Deposited{{2000}}));
  append(store->stream<by_type::Account>("alice").append(by_type::DepositedIn{{500}, "USD"}));
  const auto now = store->stream<by_type::Account>("alice").state();
  if (!now || now->cents != 2500) bench::die("the new program does not read both");
  const auto state = store->stream<before::Account>("alice").state();
  say("new type", "old program's aggregate", state ? fmt::format("{} cents", state->cents) : told(state.error()),
      "UnknownEvent: ");
  const auto view = store->view<before::Turnover>();
  say("new type", "old program's view",
      view ? fmt::format("{} cents", view->at("Account-alice").cents) : told(view.error()), "2000 cents");
}

template <class A>
void lock(const char* way, const std::string& path, std::string_view expected) {
  const auto found = check_schema_lock(path, event_schemas<A>(), false);
  say(way, "the lock", found.ok() ? "passes" : "FAILS: " + found.text().substr(0, found.text().find('\n')), expected);
}

}  // namespace

int main() {
  const auto n = bench::setting("N", 1'000'000);
  Known known;
  const codec::Resolvers resolvers(known);
  const bench::Scratch scratch;
  const auto path = scratch / "schema.lock";
  if (!check_schema_lock(path, event_schemas<before::Account>(), true).ok()) bench::die("can not write the lock");

  const auto old = stored(known, ContentType::Json, before::Deposited{{2000}});
  constexpr std::string_view kInEuros = R"({"amount":{"cents":2000},"currency":"EUR"})";
  constexpr std::string_view kNoCurrency = R"({"amount":{"cents":2000}})";
  reads<by_default::Deposited>("default", "an old event", resolvers, old, kInEuros);
  reads<by_upcast::Deposited>("upcast", "an old event", resolvers, old, kInEuros);
  reads<before::Deposited>("new type", "an old event", resolvers, old, kNoCurrency);
  reads<before::Deposited>("default", "new event, old program", resolvers,
                           stored(known, ContentType::Json, by_default::Deposited{{2000}, "USD"}), kNoCurrency);
  reads<before::Deposited>("upcast", "new event, old program", resolvers,
                           stored(known, ContentType::Json, by_upcast::Deposited{{2000}, "USD"}), "UnknownEvent: ");
  old_program_on_a_new_type(scratch / "store");
  reads<careless::Deposited>("careless", "an old event", resolvers, old, "SchemaMismatch: ");
  lock<by_default::Account>("default", path, "passes");
  lock<by_upcast::Account>("upcast", path, "passes");
  lock<by_type::Account>("new type", path, "passes");
  lock<careless::Account>("careless", path, "FAILS: Account/Deposited version 1: field Deposited.currency");

  for (const auto content : {ContentType::Json, ContentType::Avro}) {
    const auto was = stored(known, content, before::Deposited{{2000}});
    decode_rate<by_default::Deposited>("default", "old", resolvers, content, was, n);
    decode_rate<by_default::Deposited>("default", "new", resolvers, content,
                                       stored(known, content, by_default::Deposited{{2000}, "USD"}), n);
    decode_rate<by_upcast::Deposited>("upcast", "old", resolvers, content, was, n);
    decode_rate<by_upcast::Deposited>("upcast", "new", resolvers, content,
                                      stored(known, content, by_upcast::Deposited{{2000}, "USD"}), n);
    decode_rate<before::Deposited>("new type", "old", resolvers, content, was, n);
    decode_rate<by_type::DepositedIn>("new type", "new", resolvers, content,
                                      stored(known, content, by_type::DepositedIn{{2000}, "USD"}), n);
  }
}
