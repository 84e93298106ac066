// Retention beside those who go over a store's files without its writer: what moves away meanwhile is no damage.
#include <functional>
#include <utility>

#include "journal/test_store.hpp"
#include "maintenance/repair.hpp"
#include "maintenance/test_retention.hpp"
#include "maintenance/test_verify.hpp"

namespace daybook::maintenance {
namespace {

// Does something once: after log/ was listed, or before the segment is opened for the n-th time.
struct Meanwhile final : journal::Forwarding {
  Meanwhile(io::Files& inner, int opening, std::function<void()> act)
      : Forwarding(inner), opening_(opening), act_(std::move(act)) {}
  ~Meanwhile() override { EXPECT_FALSE(act_) << "it never came to that"; }

  Result<std::vector<io::Entry>> list(const std::string& d) override {
    auto entries = inner_.list(d);
    if (opening_ == 0 && d == kStore + "/log") act();
    return entries;
  }
  Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override {
    if (p == kStore + "/log/000000000002.seg" && --opening_ == 0) act();
    return inner_.open(p, how);
  }

 private:
  void act() {
    if (act_) std::exchange(act_, nullptr)();
  }

  int opening_;
  std::function<void()> act_;
};

// 0: the names are known; 1: the headers are read; 2: the groups are.
class RetentionBeside : public Retention, public testing::WithParamInterface<int> {
 protected:
  void move_all() { EXPECT_TRUE(archive(*other, kStore, kArchive, {40}, {})); }
  void move_and_delete() {
    move_all();
    const auto plan = plan_deletion(*other, kStore, {40}, nullptr, nullptr);
    ASSERT_TRUE(plan);
    ASSERT_GE(plan->last_segment, 2u);
    EXPECT_TRUE(delete_archived(*other, kStore, *plan, {}));
  }

  const std::unique_ptr<sim::Process> other = disk.process();
};
INSTANTIATE_TEST_SUITE_P(Moment, RetentionBeside, testing::Values(0, 1, 2));

TEST_P(RetentionBeside, a_verification_follows_what_is_moved) {
  Meanwhile files(disk, GetParam(), [this] { move_all(); });
  const auto looked = look(files, kStore);
  EXPECT_THAT(looked.findings, testing::IsEmpty());
  EXPECT_EQ(looked.sum.events, before.size());
}

TEST_P(RetentionBeside, a_repair_copies_what_is_moved) {
  Meanwhile files(disk, GetParam(), [this] { move_all(); });
  RepairOptions options;
  options.found = [](const Finding& f) { ADD_FAILURE() << to_string(f); };
  const auto repaired = repair(files, kStore, "/repaired", options);
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_THAT(repaired->lost, testing::IsEmpty());
  EXPECT_EQ(everything(disk, "/repaired").size(), before.size());
}

TEST_P(RetentionBeside, what_is_deleted_is_no_damage) {
  Meanwhile files(disk, GetParam(), [this] { move_and_delete(); });
  VerifyOptions options;
  options.found = [](const Finding& f) { ADD_FAILURE() << to_string(f); };
  const auto verified = verify(files, kStore, options);
  if (GetParam() < 2) {
    ASSERT_TRUE(verified) << verified.error().message;
    return;
  }
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::HistoryCut) << verified.error().message;
}

TEST_P(RetentionBeside, a_repair_loses_nothing_to_a_deletion) {
  Meanwhile files(disk, GetParam(), [this] { move_and_delete(); });
  const auto repaired = repair(files, kStore, "/repaired", {});
  if (GetParam() < 2) {
    ASSERT_TRUE(repaired) << repaired.error().message;
    EXPECT_THAT(repaired->lost, testing::IsEmpty());
    return;
  }
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::HistoryCut) << repaired.error().message;
  EXPECT_FALSE(*disk.exists("/repaired/STORE"));
}

TEST_F(Retention, a_repair_does_not_take_what_it_may_not_read_for_lost) {
  // The header was read, and then the mode was changed.
  disk.inject({.on = sim::Operation::Open,
               .path = "000000000002.seg",
               .skip = 1,
               .times = 1,
               .code = ErrorCode::PermissionDenied});
  const auto repaired = repair(disk, kStore, "/repaired", {});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::PermissionDenied);
  EXPECT_FALSE(*disk.exists("/repaired/STORE"));
}

}  // namespace
}  // namespace daybook::maintenance
