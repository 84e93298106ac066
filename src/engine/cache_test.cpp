// How much memory the states take that are kept.
#include "engine/commands.hpp"
#include "engine/test_bank.hpp"

namespace hoard {

struct Kept {
  std::string text;
};
struct Keep {
  std::string text;
};
struct Hoard {
  using Event = std::variant<Kept>;
  std::vector<std::string> all;
};
inline void evolve(Hoard& h, const Kept& e) { h.all.push_back(e.text); }
inline daybook::Decision<Hoard> decide(const Hoard&, const Keep& c) { return Kept{c.text}; }

}  // namespace hoard

namespace daybook::engine {
namespace {

using hoard::Hoard;

constexpr std::size_t kLimit = 1u << 20;
constexpr std::size_t kEvent = 100'000;

struct CacheTest : testing::Test, SteppedBed {
  std::shared_ptr<Ground> ground = std::make_shared<Ground>(
      Parts{.log = log, .background = background, .clock = clock, .options = {.cache_bytes = kLimit}});
  std::shared_ptr<Commands> commands = std::make_shared<Commands>(ground, [] {});

  static erased::Target target(int n) { return {&erased::state_type<Hoard>, "Hoard-" + std::to_string(n)}; }
  Hoard latest(int n) {
    Hoard state;
    EXPECT_TRUE(commands->latest(target(n), &state));
    return state;
  }
  static std::size_t size_of(const Hoard& state) { return sizeof(Hoard) + memory_beyond(state); }
};

TEST_F(CacheTest, what_reads_fold_in_is_counted) {
  for (int i = 0; i < 30; ++i)
    for (int n = 0; n < 4; ++n) {
      stranger(target(n).stream, "Kept", R"({"text":")" + std::string(kEvent, 'x') + R"("})");
      log->sync();
      const auto size = size_of(latest(n));
      EXPECT_GE(commands->cached_bytes() + size / 8 + kEvent, size);
      EXPECT_LE(commands->cached_bytes(), std::max(kLimit, size) + kEvent);
    }
}

TEST_F(CacheTest, what_commands_decided_is_counted_before_it_is_folded_in) {
  int ok = 0;
  for (int n = 0; n < 100; ++n) {
    commands->submit(std::make_unique<erased::Command<hoard::Keep, Hoard>>(hoard::Keep{std::string(kEvent, 'x')}),
                     {target(n)}, {}, [&](const Outcome& o) { ok += bool(o); });
    run();
    EXPECT_GE(commands->cached_bytes(), std::min<std::size_t>(static_cast<std::size_t>(n + 1), 9) * kEvent);
    EXPECT_LE(commands->cached_bytes(), kLimit + 2 * kEvent);
  }
  EXPECT_EQ(ok, 100);
  for (int n = 0; n < 100; ++n) EXPECT_EQ(latest(n).all.size(), 1u) << n;
  EXPECT_LE(commands->cached_bytes(), kLimit);
}

}  // namespace
}  // namespace daybook::engine
