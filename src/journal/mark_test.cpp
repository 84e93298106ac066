// The mark, read while a writer moves it between any two words.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <utility>

#include "journal/mark.hpp"
#include "journal/test_store.hpp"

namespace daybook::journal {
namespace {

struct Words {
  std::array<std::uint64_t, io::SharedPage::kWords> at{};
  std::function<void(std::size_t word)> loaded = [](std::size_t) {};
};

class Page final : public io::SharedPage {
 public:
  explicit Page(Words& words) : words_(words) {}
  std::uint64_t load(std::size_t word) const override {
    const auto value = words_.at[word];
    words_.loaded(word);
    return value;
  }
  void store(std::size_t word, std::uint64_t value) override { words_.at[word] = value; }
  void wait(std::size_t, std::uint64_t, std::chrono::steady_clock::time_point) const override {}
  void wake(std::size_t) override {}

 private:
  Words& words_;
};

const LogId kLog{Uuid{{1, 2, 3}}};
constexpr std::size_t kFirstSlot = 8, kSecondSlot = 10;

TEST(AMark, is_never_empty_while_a_writer_moves_it) {
  Words words;
  Mark writer(std::make_unique<Page>(words), kLog), reader(std::make_unique<Page>(words), kLog);
  writer.begin(1, {10});
  std::uint64_t at = 10;
  int moves = 0;
  // Between a slot's position and its check the writer goes round both.
  words.loaded = [&](std::size_t word) {
    if ((word != kFirstSlot && word != kSecondSlot) || moves == 2) return;
    ++moves;
    for (int i = 0; i < 2; ++i) writer.advance({++at});
  };
  EXPECT_EQ(reader.durable(), Position{14});
  EXPECT_EQ(moves, 2);
}

TEST(AMark, with_no_sound_slot_is_empty) {
  Words words;
  Mark writer(std::make_unique<Page>(words), kLog);
  writer.begin(1, {10});
  words.at[kFirstSlot + 1] ^= 1;
  EXPECT_EQ(writer.durable(), Position{10});
  words.at[kSecondSlot + 1] ^= 1;
  EXPECT_EQ(writer.durable(), std::nullopt);
}

// The newer slot is spoiled between its two words, the older one was read before: that is less than was said before.
TEST(AMark, sends_no_reader_of_a_store_back) {
  sim::FaultyDisk disk;
  Words words;
  struct WithPage final : Forwarding {
    Words& words;
    WithPage(io::Files& f, Words& w) : Forwarding(f), words(w) {}
    Result<std::unique_ptr<io::SharedPage>> shared_page(const std::string&, bool) override {
      return std::make_unique<Page>(words);
    }
  } files(disk, words);
  const auto directory = std::move(*Directory::open(files, "store", {.segment_bytes = 1u << 20}, true));
  const auto follower = std::move(*Directory::follow(files, "store"));
  contract::GroupWriter writer(*directory, directory->tail());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.append({1}));
  const auto seen = follower->durable();
  EXPECT_EQ(seen, Position{3});
  const auto newest = words.at[kFirstSlot] == 3 ? kFirstSlot : kSecondSlot;
  bool spoiled = false;
  words.loaded = [&](std::size_t word) {
    if (word != newest || std::exchange(spoiled, true)) return;
    words.at[newest + 1] ^= 1;  // as if its check were that of a position to come
  };
  EXPECT_GE(follower->durable(), seen);
}

}  // namespace
}  // namespace daybook::journal
