// Customers at once, their receipts, and the books afterwards.
#include "program/simulate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "program/inquiry.hpp"
#include "program/temporary_store.hpp"

namespace bank {
namespace {

struct Simulating : testing::Test {
  TemporaryStore at;
  std::string receipts_file = at.file("receipts");

  Simulated run(std::uint64_t commands) {
    const auto store = at.open();
    auto receipts = ReceiptFile::create(receipts_file);
    auto told = simulate(store, {.seed = 7, .customers = 4, .commands = commands}, &*receipts);
    if (!told) throw std::runtime_error(told.error().message);
    return std::move(*told);
  }
  std::vector<Acknowledged> receipts() const {
    auto read = read_receipts(receipts_file);
    if (!read) throw std::runtime_error(read.error().message);
    return std::move(*read);
  }
};

TEST_F(Simulating, gives_a_receipt_for_whatever_was_acknowledged) {
  const auto told = run(400);
  EXPECT_EQ(receipts().size(), told.acknowledged);
  EXPECT_GT(told.acknowledged, 0u);
  auto refused = std::uint64_t{0};
  for (const auto& [why, times] : told.refused) refused += times;
  EXPECT_EQ(told.acknowledged + told.unchanged + refused, told.asked);
}

TEST_F(Simulating, leaves_books_that_balance_and_receipts_that_hold) {
  run(400);
  const auto store = at.open();
  const auto trial = trial_balance(store);
  ASSERT_TRUE(trial);
  EXPECT_TRUE(trial->ok()) << trial->wrong.front();
  const auto checked = check_receipts(store, receipts());
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->ok()) << checked->wrong.front();
  EXPECT_GT(checked->receipts, 0u);
}

TEST_F(Simulating, twice_on_one_store_asks_anew) {
  const auto first = run(100);
  const auto second = run(100);
  EXPECT_GT(first.acknowledged, 0u);
  EXPECT_GT(second.acknowledged, 0u);
  const auto checked = check_receipts(at.open(), receipts());
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->ok()) << checked->wrong.front();
}

TEST_F(Simulating, is_found_out_if_a_receipt_names_what_never_happened) {
  run(50);
  auto all = receipts();
  ASSERT_GT(all.size(), 2u);
  all[1].command_id.bytes[0] ^= 1;
  all[2].revision += 1;
  const auto checked = check_receipts(at.open(), all);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->found, all.size() - 2);
  ASSERT_EQ(checked->wrong.size(), 2u);
  EXPECT_NE(checked->wrong[0].find("is not in the log"), std::string::npos);
  EXPECT_NE(checked->wrong[1].find("the receipt says revision"), std::string::npos);
}

TEST_F(Simulating, is_found_out_if_a_customer_was_answered_out_of_order) {
  run(50);
  auto all = receipts();
  for (std::size_t i = 1; i < all.size(); ++i)
    if (all[i].customer == all[0].customer) {
      std::swap(all[0], all[i]);
      break;
    }
  const auto checked = check_receipts(at.open(), all);
  ASSERT_TRUE(checked);
  EXPECT_FALSE(checked->ok());
}

TEST(Receipts, forget_a_last_line_that_is_not_whole) {
  const TemporaryStore at;
  const auto file = at.file("receipts");
  auto receipts = ReceiptFile::create(file);
  ASSERT_TRUE(receipts);
  ASSERT_TRUE(receipts->add({.customer = "alice", .number = 3, .command = "Deposit"}));
  std::ofstream(file, std::ios::app) << "{\"customer\":\"al";
  const auto read = read_receipts(file);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().number, 3u);
}

TEST(Receipts, that_are_none_are_refused_by_their_line) {
  const TemporaryStore at;
  const auto file = at.file("receipts");
  std::ofstream(file) << "{}\nnonsense\n";
  const auto read = read_receipts(file);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find(":1 is no receipt"), std::string::npos) << read.error().message;
}

}  // namespace
}  // namespace bank
