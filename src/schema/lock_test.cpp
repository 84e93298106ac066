#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "daybook/schema.hpp"
#include "schema/lock_file.hpp"

namespace daybook {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The same aggregate at different times of its life: in each namespace the structs as someone left them.
struct Money {
  std::int64_t cents = 0;
};
namespace first {
struct Opened {
  std::string owner;
};
struct Deposited {
  double euros;
};
struct Account {
  using Event = std::variant<Opened, Deposited>;
};
}  // namespace first
namespace defaulted {
struct Opened {
  std::string owner;
  std::string currency = "EUR";
  std::optional<std::string> note;
};
struct Account {
  using Event = std::variant<Opened, first::Deposited>;
};
}  // namespace defaulted
namespace required {
struct Opened {
  std::string owner;
  std::string currency;
};
struct Account {
  using Event = std::variant<Opened, first::Deposited>;
};
}  // namespace required
namespace upcasted {
struct Deposited {
  Money amount;
  static Deposited upcast(const first::Deposited& old) { return {Money{static_cast<std::int64_t>(old.euros * 100)}}; }
};
struct Account {
  using Event = std::variant<first::Opened, Deposited>;
};
}  // namespace upcasted
namespace unbridged {
struct Deposited {
  Money amount;
};
struct Account {
  using Event = std::variant<first::Opened, Deposited>;
};
}  // namespace unbridged
namespace meddled {
struct OldDeposited {
  double dollars;
};
struct Deposited {
  Money amount;
  static Deposited upcast(const OldDeposited&) { return {}; }
};
struct Account {
  using Event = std::variant<first::Opened, Deposited>;
};
}  // namespace meddled
namespace shrunk {
struct Account {
  using Event = std::variant<first::Opened>;
};
}  // namespace shrunk
namespace grown {
struct Closed {};
struct Account {
  using Event = std::variant<first::Opened, first::Deposited, Closed>;
};
}  // namespace grown

// What a schema has no words for, as it was and as it is.
enum class Side : std::uint8_t { Buy, Sell };
namespace listed {
struct Line {
  std::vector<std::string> notes;
};
struct Traded {
  std::vector<Line> lines;
  std::array<std::int64_t, 2> legs;
  std::map<std::string, std::int64_t> fees;
  std::map<Side, bool> open;
  std::map<std::uint8_t, bool> lots;
};
struct Book {
  using Event = std::variant<Traded>;
};
}  // namespace listed
namespace tightened {
enum class Side : std::uint8_t { Buy, Sold };
struct Line {
  std::set<std::string> notes;
};
struct Traded {
  std::vector<Line> lines;
  std::array<std::int64_t, 3> legs;
  std::map<std::int64_t, std::int64_t> fees;
  std::map<Side, bool> open;
  std::map<std::int8_t, bool> lots;
};
struct Book {
  using Event = std::variant<Traded>;
};
}  // namespace tightened
namespace loosened {
enum class Side : std::uint8_t { Buy, Sell, Cross };
struct Line {
  std::deque<std::string> notes;
};
struct Traded {
  std::deque<Line> lines;
  std::vector<std::int64_t> legs;
  std::map<std::string, std::int64_t> fees;
  std::map<Side, bool> open;
  std::map<std::int32_t, bool> lots;
};
struct Book {
  using Event = std::variant<Traded>;
};
}  // namespace loosened

class Lock : public testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("schema_lock_" + std::to_string(getpid()) + "_" +
                                                       testing::UnitTest::GetInstance()->current_test_info()->name()))
                .string();
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  template <class A>
  SchemaLock check(bool update = false) const {
    return check_schema_lock(path_, event_schemas<A>(), update);
  }
  std::string content() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string path_;
};

TEST_F(Lock, that_is_not_there_is_asked_for) {
  EXPECT_THAT(check<first::Account>().complaints, ElementsAre(AllOf(HasSubstr(path_), HasSubstr("No such file"),
                                                                    HasSubstr("DAYBOOK_UPDATE_SCHEMA_LOCK=1"))));
}

TEST_F(Lock, is_written_one_schema_a_line_and_then_holds) {
  EXPECT_TRUE(check<first::Account>(true).ok());
  EXPECT_EQ(content(),
            R"({"daybook_schema_lock":1,"schemas":[
{"aggregate":"Account","event":"Deposited","version":1,"schema":{"type":"record","name":"Deposited","fields":[{"name":"euros","type":"double"}]}},
{"aggregate":"Account","event":"Opened","version":1,"schema":{"type":"record","name":"Opened","fields":[{"name":"owner","type":"string"}]}}
]}
)");
  const auto again = check<first::Account>();
  EXPECT_TRUE(again.ok()) << again.text();
  EXPECT_THAT(again.notes, IsEmpty());
}

TEST_F(Lock, passes_new_fields_with_defaults_and_remembers_both_schemas) {
  check<first::Account>(true);
  const auto changed = check<defaulted::Account>();
  EXPECT_TRUE(changed.ok()) << changed.text();
  EXPECT_THAT(changed.notes,
              ElementsAre(HasSubstr("Account/Opened version 1 has changed, and reads what was written")));
  check<defaulted::Account>(true);
  // Events without the currency are still in the log, so its default must stay.
  const auto later = check<required::Account>();
  EXPECT_THAT(
      later.complaints,
      ElementsAre(AllOf(HasSubstr("Account/Opened version 1: field Opened.currency is missing"), HasSubstr("upcast"))));
}

TEST_F(Lock, fails_a_new_required_field_and_names_it) {
  check<first::Account>(true);
  const auto before = content();
  EXPECT_THAT(
      check<required::Account>(true).complaints,
      ElementsAre("Account/Opened version 1: field Opened.currency is missing from what was written, and has no "
                  "default; give it a default, make it optional, or keep the old struct and add an upcast from it"));
  EXPECT_EQ(content(), before) << "what is complained of is not written";
}

TEST_F(Lock, passes_a_new_version_with_an_upcast) {
  check<first::Account>(true);
  const auto found = check<upcasted::Account>(true);
  EXPECT_TRUE(found.ok()) << found.text();
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("Account/Deposited version 2 is new")));
  EXPECT_THAT(check<upcasted::Account>().notes, IsEmpty());
}

TEST_F(Lock, fails_the_same_change_without_one) {
  check<first::Account>(true);
  EXPECT_THAT(check<unbridged::Account>().complaints,
              ElementsAre(HasSubstr("Account/Deposited version 1: field Deposited.amount")));
}

TEST_F(Lock, fails_a_deleted_link_of_an_upcast_chain) {
  check<upcasted::Account>(true);
  const auto found = check<unbridged::Account>();
  EXPECT_THAT(found.complaints,
              Contains(HasSubstr("Account/Deposited version 2: the program knows only 1 version of it")));
}

TEST_F(Lock, fails_an_old_struct_that_was_changed) {
  check<upcasted::Account>(true);
  EXPECT_THAT(check<meddled::Account>().complaints,
              ElementsAre(AllOf(HasSubstr("Account/Deposited version 1: field OldDeposited.dollars is missing"),
                                HasSubstr("must stay as it was"))));
}

TEST_F(Lock, fails_an_event_that_is_gone) {
  check<first::Account>(true);
  EXPECT_THAT(check<shrunk::Account>().complaints, ElementsAre(HasSubstr("Account/Deposited version 1: no aggregate")));
}

TEST_F(Lock, passes_a_new_event) {
  check<first::Account>(true);
  EXPECT_TRUE(check<grown::Account>().ok());
}

TEST_F(Lock, fails_containers_that_do_not_read_what_was_written_though_their_schema_is_the_same) {
  check<listed::Book>(true);
  EXPECT_EQ(codec::schema_of<listed::Traded>(), codec::schema_of<tightened::Traded>());
  const auto before = content();
  EXPECT_THAT(check<tightened::Book>(true).complaints,
              ElementsAre(HasSubstr("Book/Traded version 1: field Traded.Line.notes was a list and is now a set; "),
                          HasSubstr("field Traded.legs was an array of 2 and is now an array of 3; "),
                          HasSubstr("field Traded.fees was a map whose keys were string and are now int64; "),
                          HasSubstr("field Traded.open had the key Sell, which is no enumerator any more; "),
                          HasSubstr("field Traded.lots was a map whose keys were uint8 and are now int8; ")));
  EXPECT_EQ(content(), before);
}

TEST_F(Lock, passes_containers_that_read_more_than_they_did_and_remembers_both) {
  check<listed::Book>(true);
  const auto wider = check<loosened::Book>(true);
  EXPECT_TRUE(wider.ok()) << wider.text();
  EXPECT_THAT(wider.notes, ElementsAre(HasSubstr("Book/Traded version 1 has changed, and reads what was written")));
  EXPECT_THAT(check<loosened::Book>().notes, IsEmpty());
  EXPECT_THAT(check<listed::Book>().complaints, SizeIs(3)) << "legs, open and lots may be more by now";
}

TEST_F(Lock, of_before_containers_were_kept_is_read_and_completed) {
  check<listed::Book>(true);
  const auto whole = content();
  const auto from = whole.find(",\"containers\":");
  const auto old = whole.substr(0, from) + whole.substr(whole.find("}}", from) + 1);
  std::ofstream(path_) << old;
  EXPECT_TRUE(check<tightened::Book>().ok()) << "it does not say what they were";
  EXPECT_THAT(check<listed::Book>(true).notes, ElementsAre(HasSubstr("stands there without its containers")));
  EXPECT_EQ(content(), whole);
}

TEST_F(Lock, that_is_no_lock_is_named) {
  for (
      const auto* text :
      {"", "{", "[]", "{}", R"({"daybook_schema_lock":2,"schemas":[]})", R"({"daybook_schema_lock":1})",
       R"({"daybook_schema_lock":1,"schemas":[{}]})",
       R"({"daybook_schema_lock":1,"schemas":[{"aggregate":"A","event":"B","version":0,"schema":{}}]})",
       R"({"daybook_schema_lock":1,"schemas":[{"aggregate":"A","event":"B","version":1,"schema":{},"containers":[]}]})"}) {
    std::ofstream(path_) << text;
    EXPECT_THAT(check<first::Account>().complaints, ElementsAre(HasSubstr(path_ + " is not a schema lock"))) << text;
  }
}

}  // namespace
}  // namespace daybook
