#include "daybook/codec/containers.hpp"

#include <gtest/gtest.h>

#include "codec/sample.hpp"

namespace daybook::codec {
namespace {

struct Kept {
  std::vector<sample::Line> lines;
  std::deque<std::map<std::int32_t, std::set<std::string>>> three_deep;
  std::array<std::int32_t, 2> two;
  std::optional<std::map<sample::Side, bool>> by_side;
  std::variant<std::int64_t, std::deque<Uuid>, std::map<sample::Isin, double>> how;
  std::map<Uuid, sample::Line> again;
  std::vector<std::byte> bytes;
};
struct Plain {
  std::int64_t count;
  std::optional<sample::Card> card;
};

TEST(Containers, are_told_by_place_with_what_a_schema_leaves_out) {
  EXPECT_EQ(containers_of<Kept>(),
            R"({"lines[]":"list","Line.notes[]":"list","three_deep[]":"list","three_deep[]{}":"int32",)"
            R"("three_deep[]{}[]":"set","two[]":2,"by_side{}":["Buy","Sell","Cross"],"how[]":"list","how{}":"string",)"
            R"("again{}":"uuid"})");
  EXPECT_EQ(containers_of<Plain>(), "");
}

TEST(Containers, of_a_recursive_struct_have_an_end) {
  EXPECT_EQ(containers_of<sample::Tree>(), R"({"children[]":"list"})");
}

}  // namespace
}  // namespace daybook::codec
