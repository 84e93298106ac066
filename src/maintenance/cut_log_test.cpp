// The contract of a log whose history was cut, on the one on disk.
#include "contract/event_log_cut_contract.hpp"
#include "maintenance/test_retention.hpp"

namespace daybook::contract {
namespace {

// Of small segments: what lies before the cut is archived, and deleted there.
class ArchivedBed final : public CutLogBed {
 public:
  ArchivedBed(const Clock& clock, const LogSettings& settings) : clock_(clock) {
    options_.limits = settings.limits;
    options_.remembered_ids = settings.remembered_events;
    open();
  }
  EventLog& log() override { return store_->log(); }
  void cut(Position most) override {
    store_.reset();
    ASSERT_TRUE(maintenance::archive(disk_, maintenance::kStore, maintenance::kArchive, most, {}));
    const auto plan = maintenance::plan_deletion(disk_, maintenance::kStore, most, nullptr, nullptr);
    ASSERT_TRUE(plan) << plan.error().message;
    const auto deleted = maintenance::delete_archived(disk_, maintenance::kStore, *plan, {});
    ASSERT_TRUE(deleted) << deleted.error().message;
    open();
  }

 private:
  void open() {
    auto opened = runtime::DiskLog::open(disk_, maintenance::kStore, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  const Clock& clock_;
  runtime::DiskLogOptions options_ = maintenance::small_segments();
  sim::FaultyDisk disk_;
  std::unique_ptr<runtime::DiskLog> store_;
};

std::unique_ptr<CutLogBed> make_bed(const Clock& clock, const LogSettings& settings) {
  return std::make_unique<ArchivedBed>(clock, settings);
}

INSTANTIATE_TEST_SUITE_P(Archived, CutEventLogContract, testing::Values(&make_bed),
                         [](const auto&) { return std::string("on_disk"); });

}  // namespace
}  // namespace daybook::contract
