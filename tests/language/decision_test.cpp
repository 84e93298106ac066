#include "daybook/decision.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "bank.hpp"

namespace market {

struct Order {
  std::int64_t id = 0;
  std::int64_t price = 0;
};
struct Traded {
  std::int64_t buy = 0;
  std::int64_t sell = 0;
};
struct Rested {
  Order order;
};
struct Place {
  Order order;
  int fills = 0;
};
struct Touch {};
struct BadPrice {
  std::int64_t price;
};
struct LongStory {
  std::string text;
};

struct Book {
  using Event = std::variant<Traded, Rested>;
  std::int64_t resting = 0;
};
inline void evolve(Book& b, const Traded&) { --b.resting; }
inline void evolve(Book& b, const Rested&) { ++b.resting; }

inline daybook::Verdict decide(const Book&, const Place& c, daybook::Sink<Book>& out) {
  for (int i = 0; i < c.fills; ++i) out.emit(Traded{c.order.id, i});
  if (c.order.price <= 0) return daybook::refuse(BadPrice{c.order.price});
  if (c.fills == 0) out.emit(Rested{c.order});
  return daybook::accepted;
}
inline void decide(const Book&, const Touch&, daybook::Sink<Book>& out) { out.emit(Rested{}); }

static_assert(daybook::Aggregate<Book>);

struct Halted {};
struct Venue {
  using Event = std::variant<Halted>;
  bool open = true;
};
inline void evolve(Venue& v, const Halted&) { v.open = false; }

// Over three states, two of one type, with a sink.
struct Cross {
  bool halt;
};
inline daybook::Verdict decide(const Venue& v, const Book&, const Book&, const Cross& c,
                               daybook::Sink<Venue, Book, Book>& out) {
  if (!v.open) return daybook::refuse(LongStory{"the venue has been closed since this morning, and will be tomorrow"});
  out.emit(daybook::second(Traded{1, 2}));
  out.emit(daybook::third(Traded{2, 1}));
  if (c.halt) out.emit(Halted{});
  return {};
}

}  // namespace market

namespace {

using namespace bank;
using namespace market;
using daybook::DecidedEvents;
using daybook::run_decide;

template <class... S>
std::string told(const DecidedEvents<S...>& events) {
  std::string text;
  events.for_each([&]<class E>(auto which, const E&) {
    text += std::to_string(which) + ":" + std::string(daybook::event_name<E>()) + " ";
  });
  return text;
}

TEST(Decides, tells_commands_from_events_and_from_strangers) {
  static_assert(daybook::Decides<Account, Open> && daybook::Decides<Book, Place> && daybook::Decides<Book, Touch>);
  static_assert(!daybook::Decides<Account, Opened> && !daybook::Decides<Account, Place>);
  static_assert(!daybook::Decides<Account, Transfer> && daybook::CommandOver<Transfer, Account, Account>);
}

TEST(Decision, holds_events_nothing_or_a_refusal) {
  DecidedEvents<Account> out;
  EXPECT_FALSE(run_decide(out, Open{"alice"}, Account{}));
  EXPECT_EQ(told(out), "0:Opened ");
  EXPECT_FALSE(run_decide(out, Close{}, Account{.open = true, .balance = 5_eur}));
  EXPECT_EQ(told(out), "0:Withdrawn 0:Closed ");
  EXPECT_FALSE(run_decide(out, Close{}, Account{}));
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(run_decide(out, Deposit{5_eur}, Account{})->is<NotOpen>());
  EXPECT_TRUE(out.empty());
}

TEST(Decision, can_be_added_to) {
  daybook::Decision<Account> decision;
  for (int i = 0; i < 3; ++i) decision.add(Deposited{1_eur});
  decision.add(Account::Event(Closed{}));
  EXPECT_EQ(told(decision.events()), "0:Deposited 0:Deposited 0:Deposited 0:Closed ");
}

TEST(Decision, that_refuses_takes_no_events) {
  daybook::Decision<Account> decision = daybook::refuse(NotOpen{});
  decision.add(Closed{});
  EXPECT_TRUE(decision.refusal());
  EXPECT_TRUE(decision.events().empty());
}

TEST(Decision, over_two_states_says_whose_each_event_is) {
  DecidedEvents<Account, Account> out;
  const Account rich{.open = true, .balance = 50_eur};
  EXPECT_FALSE(run_decide(out, Transfer{20_eur, "rent"}, rich, Account{.open = true, .balance = 0_eur}));
  EXPECT_EQ(told(out), "0:TransferredOut 1:TransferredIn ");
  EXPECT_TRUE(run_decide(out, Transfer{20_eur, "rent"}, rich, Account{})->is<NotOpen>());
  EXPECT_TRUE(out.empty());
}

TEST(Decision, over_three_states_finds_the_owner_where_only_one_can_be_it) {
  DecidedEvents<Venue, Book, Book> out;
  EXPECT_FALSE(run_decide(out, Cross{.halt = true}, Venue{}, Book{}, Book{}));
  EXPECT_EQ(told(out), "1:Traded 2:Traded 0:Halted ");
  EXPECT_EQ(out.visit(1, [](auto which, const auto&) { return which(); }), 2u);
}

TEST(Sink, drops_what_was_emitted_before_a_refusal) {
  DecidedEvents<Book> out;
  EXPECT_FALSE(run_decide(out, Place{{1, 10}, 2}, Book{}));
  EXPECT_EQ(told(out), "0:Traded 0:Traded ");
  const auto refusal = run_decide(out, Place{{1, -10}, 2}, Book{});
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->as<BadPrice>()->price, -10);
  EXPECT_TRUE(out.empty());
}

TEST(Sink, a_decide_that_never_refuses_returns_nothing) {
  DecidedEvents<Book> out;
  EXPECT_FALSE(run_decide(out, Touch{}, Book{}));
  EXPECT_EQ(told(out), "0:Rested ");
}

}  // namespace

// Counts allocations, for the one promise about them.
namespace {
std::size_t allocations = 0;
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

TEST(Sink, deciding_allocates_nothing_once_the_buffer_has_grown) {
  DecidedEvents<Book> out;
  (void)run_decide(out, Place{{1, 10}, 8}, Book{});
  const auto before = allocations;
  for (int i = 0; i < 100; ++i) {
    (void)run_decide(out, Place{{i, 10}, i % 8}, Book{});
    (void)run_decide(out, Place{{i, -10}, i % 8}, Book{});  // nor does a small refusal
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
