#include "sim/model_log.hpp"

#include "../../tests/contract/event_log_contract.hpp"
#include "../../tests/contract/event_log_cut_contract.hpp"

namespace daybook::contract {
namespace {

class ModelBed final : public CutLogBed {
 public:
  ModelBed(const Clock& clock, const LogSettings& settings)
      : log_(clock, {.limits = settings.limits, .remembered_events = settings.remembered_events}), thread_(log_) {}
  EventLog& log() override { return log_; }
  void cut(Position most) override { log_.cut_before(most); }

 private:
  sim::ModelLog log_;
  sim::SyncThread thread_;
};

template <class Bed>
std::unique_ptr<Bed> make_model_bed(const Clock& clock, const LogSettings& settings) {
  return std::make_unique<ModelBed>(clock, settings);
}
const auto in_memory = [](const auto&) { return std::string("in_memory"); };

INSTANTIATE_TEST_SUITE_P(ModelLog, EventLogContract, testing::Values(&make_model_bed<LogBed>), in_memory);
INSTANTIATE_TEST_SUITE_P(ModelLog, CutEventLogContract, testing::Values(&make_model_bed<CutLogBed>), in_memory);

}  // namespace
}  // namespace daybook::contract

namespace daybook::sim {
namespace {

struct Fixture : testing::Test {
  SteppingClock clock;
  ModelLog log{clock};
  std::vector<std::string> answers;

  void add(std::string_view stream, Expect expect = Expect::any()) {
    const NewEvent e{.stream = stream, .type = "X"};
    const StreamCondition c{stream, expect};
    log.append({.events = {&e, 1}, .conditions = {&c, 1}}, [this](Result<Appended> r) {
      answers.push_back(r ? "@" + std::to_string(r->first.value) : std::string(name_of(r.error().code)));
    });
  }
};
using ModelLogTest = Fixture;

TEST_F(ModelLogTest, nothing_is_visible_or_answered_before_the_sync) {
  add("A");
  add("A", Expect::none());
  EXPECT_EQ(log.end(), Position{0});
  EXPECT_EQ(log.head("A").value(), std::nullopt);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(log.sync(), 2u);
  EXPECT_EQ(answers, (std::vector<std::string>{"@0", "Conflict"}));
  EXPECT_EQ(log.end(), Position{1});
}

TEST_F(ModelLogTest, a_failed_sync_ends_what_is_in_flight_in_an_unknown_outcome_and_the_log_in_read_only) {
  add("A");
  log.sync();
  add("A");
  log.fail_sync();
  add("A");
  EXPECT_EQ(answers, (std::vector<std::string>{"@0", "OutcomeUnknown", "ReadOnly"}));
  EXPECT_EQ(log.end(), Position{1});
}

TEST_F(ModelLogTest, a_full_disk_refuses_one_append_and_loses_nothing) {
  log.fill_disk();
  add("A");
  add("A");
  log.sync();
  EXPECT_EQ(answers, (std::vector<std::string>{"DiskFull", "@0"}));
}

TEST_F(ModelLogTest, what_was_cut_is_an_error_and_never_passed_over) {
  add("A");
  add("B");
  add("A");
  log.sync();
  log.cut_before({1});
  EXPECT_EQ(log.begin(), Position{1});
  EXPECT_EQ(log.read({}).error().code, ErrorCode::HistoryCut);
  EXPECT_EQ(log.read({}).error().position, Position{1});
  EXPECT_EQ(log.read_stream("A", {}).error().code, ErrorCode::HistoryCut);
  auto rest_of_a = log.read_stream("A", {.from = {1}});
  EXPECT_EQ((**(*rest_of_a)->next()).position, Position{2});
  add("A", Expect::exactly({1}));
  log.sync();
  EXPECT_EQ(answers.back(), "@3");
}

TEST_F(ModelLogTest, closing_answers_everything) {
  add("A");
  log.close();
  add("A");
  EXPECT_EQ(answers, (std::vector<std::string>{"Closed", "Closed"}));
}

}  // namespace
}  // namespace daybook::sim
