#include "daybook/reflect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daybook/types.hpp"

namespace odd::value {  // the words by which a naive search in the compilers' texts would be misled

enum class Side : std::uint8_t { Buy, Sell = 7, Hold = 255 };
enum class Offset : std::int16_t { Behind = -5, Here = 0, Ahead = 200 };
enum class Far { Away = 1000 };
enum Unfixed { Something };

struct Money {
  std::int64_t cents = 0;
};

struct Empty {};

// Every kind of field that an event may have.
struct Everything {
  bool flag;
  std::int64_t number;
  double ratio;
  Side side;
  std::string text;
  std::vector<std::byte> bytes;
  std::chrono::sys_time<std::chrono::nanoseconds> at;
  std::chrono::milliseconds took;
  std::optional<Money> maybe;
  std::optional<std::string> maybe_text;
  std::vector<Money> list;
  std::vector<bool> bits;
  std::map<std::string, Money> by_name;
  std::variant<std::monostate, Money, std::string> either;
  std::array<std::uint8_t, 16> fixed;
  Money nested;
  Empty nothing;
  daybook::Uuid id;
  daybook::Position position;
};

struct Tree {
  std::vector<Tree> children;
  std::string value;
};

struct MoveOnly {
  std::unique_ptr<int> first;
  int second;
};

class NoDefault {
 public:
  explicit NoDefault(int number) : number_(number) {}
  int number() const { return number_; }

 private:
  int number_;
};
struct HoldsNoDefault {
  NoDefault a;
  NoDefault b;
  int c;
};

template <class T>
struct Pair {
  T value_of_first;
  T here;
};
template <auto Value>
struct Numbered {
  int inner;
};

struct Renamed {
  int first;
  int second;
  static constexpr daybook::StoredField stored_fields[] = {{"second", "zweites"}};
};

// clang-format off
struct Wide {
  int f00, f01, f02, f03, f04, f05, f06, f07, f08, f09, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19;
  int f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31, f32, f33, f34, f35, f36, f37, f38, f39;
};
// clang-format on

namespace {
struct Hidden {
  int x;
};
enum class HiddenEnum { One, Two };
}  // namespace

}  // namespace odd::value

template <>
inline constexpr daybook::reflect::EnumRange daybook::reflect::enum_range<odd::value::Far> = {990, 1010};

namespace {

using namespace odd::value;
namespace reflect = daybook::reflect;
using testing::ElementsAre;

TEST(Reflect, names_every_kind_of_field) {
  EXPECT_THAT(reflect::field_names<Everything>,
              ElementsAre("flag", "number", "ratio", "side", "text", "bytes", "at", "took", "maybe", "maybe_text",
                          "list", "bits", "by_name", "either", "fixed", "nested", "nothing", "id", "position"));
  static_assert(std::same_as<reflect::FieldType<Everything, 13>, std::variant<std::monostate, Money, std::string>>);
}

TEST(Reflect, is_not_misled_by_names_templates_and_namespaces) {
  EXPECT_THAT(reflect::field_names<Tree>, ElementsAre("children", "value"));
  EXPECT_THAT(reflect::field_names<Pair<Pair<Hidden>>>, ElementsAre("value_of_first", "here"));
  EXPECT_THAT(reflect::field_names<Numbered<Side::Sell>>, ElementsAre("inner"));
  EXPECT_THAT(reflect::field_names<Hidden>, ElementsAre("x"));
  struct Local {
    int of_a_function;
  };
  EXPECT_THAT(reflect::field_names<Local>, ElementsAre("of_a_function"));
}

TEST(Reflect, counts_fields_that_can_not_be_copied_or_defaulted) {
  EXPECT_THAT(reflect::field_names<MoveOnly>, ElementsAre("first", "second"));
  EXPECT_THAT(reflect::field_names<HoldsNoDefault>, ElementsAre("a", "b", "c"));
}

TEST(Reflect, an_empty_struct_has_no_fields) {
  Empty empty;
  reflect::for_each_field(empty, [](std::string_view name, auto&) { FAIL() << name; });
  EXPECT_EQ(reflect::field_count<Empty>, 0u);
}

TEST(Reflect, binds_forty_fields) {
  Wide wide{};
  int next = 0;
  reflect::for_each_field(wide, [&](std::string_view, int& field) { field = next++; });
  EXPECT_EQ(next, 40);
  EXPECT_EQ(wide.f39, 39);
  EXPECT_EQ(reflect::field_names<Wide>[39], "f39");
}

TEST(Reflect, fields_are_const_when_the_struct_is) {
  const Money fixed{5};
  reflect::for_each_field(fixed, [](std::string_view, auto& field) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(field)>>);
    EXPECT_EQ(field, 5);
  });
  Money money{5};
  reflect::for_each_field(money, [](std::string_view, auto& field, auto index) { field += 2 + index; });
  EXPECT_EQ(money.cents, 7);
}

TEST(Reflect, goes_over_two_values_at_once_and_over_types_alone) {
  Renamed a{1, 2};
  Renamed b{3, 4};
  reflect::for_each_field(a, b, [](std::string_view, int& x, int& y) { std::swap(x, y); });
  EXPECT_EQ(a.second, 4);
  std::string names;
  reflect::for_each_field_type<Renamed>([&]<class F>(std::string_view name, std::type_identity<F>) {
    static_assert(std::same_as<F, int>);
    names.append(name).append(" ");
  });
  EXPECT_EQ(names, "first zweites ");
}

TEST(Reflect, a_field_can_be_stored_under_another_name) {
  EXPECT_THAT(reflect::member_names<Renamed>, ElementsAre("first", "second"));
  EXPECT_THAT(reflect::field_names<Renamed>, ElementsAre("first", "zweites"));
  EXPECT_EQ(reflect::field_index<Renamed>("zweites"), 1u);
  EXPECT_EQ(reflect::field_index<Renamed>("second"), 2u);
}

TEST(Reflect, knows_what_is_a_record_of_fields) {
  EXPECT_TRUE(reflect::Reflectable<Money>);
  EXPECT_TRUE(reflect::Reflectable<const Empty>);
  EXPECT_FALSE((reflect::Reflectable<std::array<int, 2>>));
  EXPECT_FALSE(reflect::Reflectable<std::string>);
  EXPECT_FALSE(reflect::Reflectable<NoDefault>);
  EXPECT_FALSE(reflect::Reflectable<Side>);
}

TEST(Reflect, names_enumerators) {
  EXPECT_EQ(reflect::enum_name(Side::Sell), "Sell");
  EXPECT_EQ(reflect::enum_name(Side::Hold), "Hold");
  EXPECT_EQ(reflect::enum_name(static_cast<Side>(3)), "");
  EXPECT_EQ(reflect::enum_name(static_cast<Offset>(20'000)), "");
  EXPECT_EQ(reflect::enum_from_name<Offset>("Behind"), Offset::Behind);
  EXPECT_EQ(reflect::enum_from_name<Offset>("behind"), std::nullopt);
  EXPECT_EQ(reflect::enum_from_name<Offset>(""), std::nullopt);
  ASSERT_EQ(reflect::enumerators<Offset>.size(), 3u);
  EXPECT_EQ(reflect::enumerators<Offset>[0].name, "Behind");
  EXPECT_EQ(reflect::enumerators<Offset>[2].value, Offset::Ahead);
  EXPECT_EQ(reflect::enumerators<HiddenEnum>.size(), 2u);
}

TEST(Reflect, an_enum_beyond_the_usual_range_says_its_own) { EXPECT_EQ(reflect::enum_name(Far::Away), "Away"); }

TEST(Reflect, an_enum_without_a_fixed_type_has_no_names_to_find) { EXPECT_FALSE(reflect::Enum<Unfixed>); }

}  // namespace
