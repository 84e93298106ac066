// What users' code throws beside decide, evolve and what they call: an upcast, a key, a state's own save and load.
#include <functional>
#include <stdexcept>

#include "engine/test_bank.hpp"

namespace fragile {

inline std::function<void()> within_upcast, within_key, within_save, within_load;
inline void call(const std::function<void()>& what) {
  if (what) what();
}

namespace v1 {
struct Weighed {
  double kilos = 0;
};
}  // namespace v1
struct Weighed {
  std::int64_t grams = 0;
  static Weighed upcast(const v1::Weighed& old) {
    call(within_upcast);
    return {static_cast<std::int64_t>(old.kilos * 1000)};
  }
};
struct Weigh {
  std::int64_t grams = 0;
};
struct Scale {
  using Event = std::variant<Weighed>;
  std::int64_t grams = 0;

  static constexpr std::uint32_t snapshot_version = 1;
  static void save(const Scale& scale, std::string& out) {
    call(within_save);
    out += std::to_string(scale.grams);
  }
  static daybook::Status load(std::string_view saved, Scale& into) {
    call(within_load);
    into.grams = std::stoll(std::string(saved));
    return {};
  }
};
inline void evolve(Scale& s, const Weighed& e) { s.grams += e.grams; }
inline daybook::Decision<Scale> decide(const Scale&, const Weigh& c) { return Weighed{c.grams}; }

struct ByWeight {
  using Reads = daybook::from<Scale>;
  using Event = std::variant<Weighed>;
  int times = 0;
  static std::int64_t key(const Weighed& e) {
    call(within_key);
    return e.grams;
  }
};
inline void evolve(ByWeight& row, const Weighed&) { ++row.times; }

}  // namespace fragile

namespace daybook::engine {
namespace {

using namespace fragile;

constexpr const char* kStopped = "terminate called";

struct FragileDeathTest : CommandsTest {
  void TearDown() override { within_upcast = within_key = within_save = within_load = {}; }

  Stream<Scale> scale() const { return store->stream<Scale>("one"); }
  void weigh() {
    scale().submit(Weigh{5}, [](const Outcome& o) { EXPECT_TRUE(o); });
    run();
  }

  void save_often() {
    opened_with.snapshot_every = {.events = 1, .time = std::chrono::hours(1), .fewest = 1};
    reopen();
  }

  const std::function<void()> boom = [] { throw std::runtime_error("boom"); };
};

TEST_F(FragileDeathTest, from_an_upcast_stops_the_program_wherever_old_events_are_read) {
  stranger("Scale-one", "Weighed", R"({"kilos":2})");
  run();
  EXPECT_EQ(scale().state()->grams, 2000);
  EXPECT_EQ(store->view<ByWeight>()->count(2000), 1u);
  within_upcast = boom;
  reopen();
  EXPECT_DEATH((void)scale().state(), kStopped);
  EXPECT_DEATH((void)scale().history()->next(), kStopped);
  EXPECT_DEATH((void)store->view<ByWeight>(), kStopped);
  EXPECT_DEATH(
      {
        (void)store->subscribe("c", events<Weighed>().in<Scale>(), from_beginning, [](const Weighed&) { return done; });
        run();
      },
      kStopped);
}

TEST_F(FragileDeathTest, from_a_key_stops_the_program) {
  weigh();
  within_key = boom;
  EXPECT_DEATH((void)store->view<ByWeight>(), kStopped);
}

TEST_F(FragileDeathTest, from_a_states_save_stops_the_program) {
  save_often();
  within_save = boom;
  EXPECT_DEATH(
      {
        weigh();
        weigh();
      },
      kStopped);
}

TEST_F(FragileDeathTest, from_a_states_load_stops_the_program) {
  save_often();
  weigh();
  weigh();
  reopen();
  int loaded = 0;
  within_load = [&] { ++loaded; };
  EXPECT_EQ(scale().state()->grams, 10);
  ASSERT_EQ(loaded, 1) << "there is a snapshot, and it is what is read";
  within_load = boom;
  reopen();
  EXPECT_DEATH((void)scale().state(), kStopped);
}

}  // namespace
}  // namespace daybook::engine
