// What a program and the command line find when old history was deleted.
#include <gmock/gmock.h>

#include "cli/test_program.hpp"
#include "daybook/daybook.hpp"
#include "daybook/open.hpp"

namespace shop {

struct Opened {
  std::string name;
};
struct Sold {
  std::int64_t pieces = 0;
  std::string to;
};
struct Open {
  std::string name;
};
struct Sell {
  std::int64_t pieces = 0;
  std::string to;
};
struct Till {
  using Event = std::variant<Opened, Sold>;
  std::int64_t pieces = 0;
};
void evolve(Till&, const Opened&) {}
void evolve(Till& t, const Sold& e) { t.pieces += e.pieces; }
daybook::Decision<Till> decide(const Till&, const Open& c) { return Opened{c.name}; }
daybook::Decision<Till> decide(const Till&, const Sell& c) { return Sold{c.pieces, c.to}; }

}  // namespace shop

namespace daybook::cli {
namespace {

using testing::HasSubstr;

Result<Store> open(const std::string& path) {
  return daybook::open(path, {.payload = Payload::Avro, .segment_bytes = 64u << 10});
}

TEST(DeletedHistory, leaves_a_store_that_opens_and_payloads_that_can_be_read) {
  const TemporaryDirectory dir;
  const auto store = dir / "store", archive = dir / "archive";
  {
    auto opened = open(store);
    ASSERT_TRUE(opened) << opened.error().message;
    const std::string to(1000, 'x');
    for (int shop = 0; shop < 2; ++shop) {  // the second has all its events behind the cut
      auto till = opened->stream<shop::Till>(std::to_string(shop));
      ASSERT_TRUE(till.execute(shop::Open{"here"}));
      for (int i = 0; i < 200; ++i) ASSERT_TRUE(till.execute(shop::Sell{1, to}));
    }
  }
  ASSERT_EQ(daybook({"archive", archive, "--before", "200", "--store", store}).code, kOk);
  {
    const auto busy = open(store);
    const auto refused = daybook({"archive", "delete", "--before", "200", "--yes", "--store", store});
    EXPECT_EQ(refused.code, kLocked) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("schemas stand only in what would be deleted"));
    EXPECT_EQ(busy->stream<shop::Till>("0").state()->pieces, 200);
  }
  const auto deleted = daybook({"archive", "delete", "--before", "200", "--yes", "--store", store});
  ASSERT_EQ(deleted.code, kOk) << deleted.err;
  EXPECT_THAT(deleted.out, HasSubstr(R"({"deleted":true,)"));
  EXPECT_THAT(deleted.out, testing::Not(HasSubstr("$schemas")));

  const auto read = daybook({"read", "Till-1", "--limit", "2", "--json", "--store", store});
  EXPECT_EQ(read.code, kOk) << read.err;
  EXPECT_THAT(read.out, HasSubstr(R"("data":{"name":"here"})"));
  EXPECT_THAT(read.out, HasSubstr(R"("data":{"pieces":1,"to":"xxx)"));
  auto again = open(store);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->stream<shop::Till>("1").state()->pieces, 200);
  EXPECT_TRUE(again->stream<shop::Till>("1").execute(shop::Sell{1, "y"}));
  EXPECT_EQ(again->stream<shop::Till>("1").state()->pieces, 201);
  EXPECT_EQ(again->stream<shop::Till>("0").state().error().code, ErrorCode::HistoryCut);
  EXPECT_EQ(daybook({"verify", "--store", store}).code, kOk);
}

}  // namespace
}  // namespace daybook::cli
