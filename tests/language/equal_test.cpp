#include "daybook/equal.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace {

using daybook::reflect::equal;

struct Part {
  double weight = 0;
};
struct Whole {
  std::optional<Part> one{};
  std::vector<Part> many{};
  std::map<std::string, Part> named{};
  std::variant<int, Part> either{};
  std::string text{};
};

TEST(Equal, compares_structs_without_an_operator_of_their_own) {
  const Whole a{.one = Part{1}, .many = {{2}, {3}}, .named = {{"x", {4}}}, .either = Part{5}, .text = "t"};
  EXPECT_TRUE(equal(a, Whole(a)));
  auto differs = [&](auto change) {
    Whole b = a;
    change(b);
    return !equal(a, b) && !equal(b, a);
  };
  EXPECT_TRUE(differs([](Whole& w) { w.one.reset(); }));
  EXPECT_TRUE(differs([](Whole& w) { w.one->weight = 9; }));
  EXPECT_TRUE(differs([](Whole& w) { w.many.pop_back(); }));
  EXPECT_TRUE(differs([](Whole& w) { w.many[1].weight = 9; }));
  EXPECT_TRUE(differs([](Whole& w) { w.named["x"].weight = 9; }));
  EXPECT_TRUE(differs([](Whole& w) { w.named["y"]; }));
  EXPECT_TRUE(differs([](Whole& w) { w.either = 5; }));
  EXPECT_TRUE(differs([](Whole& w) { w.either = Part{9}; }));
  EXPECT_TRUE(differs([](Whole& w) { w.text = "u"; }));
}

TEST(Equal, takes_two_nans_for_the_same_and_both_zeros) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(equal(Part{nan}, Part{nan}));
  EXPECT_FALSE(equal(Part{nan}, Part{0}));
  EXPECT_TRUE(equal(Part{-0.0}, Part{0.0}));
}

}  // namespace
