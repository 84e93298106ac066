#include "schema/compatibility.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

using testing::HasSubstr;

// A field `x` of this type; all that matters is what stands between the two.
std::string x(std::string_view type, std::string_view more = "") {
  return R"({"type":"record","name":"R","fields":[{"name":"x","type":)" + std::string(type) + std::string(more) + "}]}";
}
std::string fields(std::string_view list) {
  return R"({"type":"record","name":"R","fields":[)" + std::string(list) + "]}";
}
std::string symbols(std::string_view list, std::string_view more = "") {
  return x(R"({"type":"enum","name":"E","symbols":[)" + std::string(list) + "]" + std::string(more) + "}");
}
std::string logical(std::string_view type, std::string_view name) {
  return x(R"({"type":")" + std::string(type) + R"(","logicalType":")" + std::string(name) + "\"}");
}

constexpr std::string_view kA = R"({"name":"a","type":"int"})";
constexpr std::string_view kB = R"({"name":"b","type":"string"})";
constexpr std::string_view kBDefault = R"({"name":"b","type":"string","default":"EUR"})";
constexpr std::string_view kBOptional = R"({"name":"b","type":["null","string"],"default":null})";
constexpr std::string_view kBMaybe = R"({"name":"b","type":["null","string"]})";
std::string two(std::string_view one, std::string_view other) {
  return fields(std::string(one) + "," + std::string(other));
}

const std::string kMoney = R"({"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]})";
const std::string kMoneyInt = R"({"type":"record","name":"Money","fields":[{"name":"cents","type":"int"}]})";
const std::string kMoneyCurrency =
    R"({"type":"record","name":"Money","fields":[{"name":"cents","type":"long"},{"name":"currency","type":"string"}]})";
const std::string kMoneyDefault =
    R"({"type":"record","name":"Money","fields":[{"name":"cents","type":"long"},{"name":"currency","type":"string","default":"EUR"}]})";
const std::string kAmount = R"({"type":"record","name":"Amount","fields":[{"name":"cents","type":"long"}]})";
const std::string kAmountAlias =
    R"({"type":"record","name":"Amount","aliases":["Money"],"fields":[{"name":"cents","type":"long"}]})";

struct Pair {
  const char* what;
  std::string was, is;
  bool backward, forward;
};

std::string array(std::string_view item) { return x(R"({"type":"array","items":)" + std::string(item) + "}"); }
std::string map(std::string_view item) { return x(R"({"type":"map","values":)" + std::string(item) + "}"); }

const std::vector<Pair>& corpus() {
  static const std::vector<Pair> pairs{
      // records
      {"nothing changed", two(kA, kB), two(kA, kB), true, true},
      {"no fields at all", fields(""), fields(""), true, true},
      {"a required field added", fields(kA), two(kA, kB), false, true},
      {"a field with a default added", fields(kA), two(kA, kBDefault), true, true},
      {"an optional field added", fields(kA), two(kA, kBOptional), true, true},
      {"a nullable field without default added", fields(kA), two(kA, kBMaybe), false, true},
      {"a required field gone", two(kA, kB), fields(kA), true, false},
      {"a field with a default gone", two(kA, kBDefault), fields(kA), true, true},
      {"the last field gone", fields(kA), fields(""), true, false},
      {"fields exchanged", two(kA, kB), two(kB, kA), true, true},
      {"a default added", two(kA, kB), two(kA, kBDefault), true, true},
      {"a default gone", two(kA, kBDefault), two(kA, kB), true, true},
      {"a default changed", two(kA, kBDefault), two(kA, R"({"name":"b","type":"string","default":"USD"})"), true, true},
      {"a field renamed", fields(kA), fields(R"({"name":"c","type":"int"})"), false, false},
      {"a field renamed with an alias", fields(kA), fields(R"({"name":"c","aliases":["a"],"type":"int"})"), true,
       false},
      {"a field renamed, with defaults on both", fields(R"({"name":"a","type":"int","default":1})"),
       fields(R"({"name":"c","type":"int","default":1})"), true, true},
      {"the outermost record renamed", R"({"type":"record","name":"R","fields":[]})",
       R"({"type":"record","name":"S","fields":[]})", true, true},
      {"documentation changed", x(R"("int")"), x(R"("int")", R"(,"doc":"how many")"), true, true},
      // numbers
      {"int to long", x(R"("int")"), x(R"("long")"), true, false},
      {"int to float", x(R"("int")"), x(R"("float")"), true, false},
      {"int to double", x(R"("int")"), x(R"("double")"), true, false},
      {"long to float", x(R"("long")"), x(R"("float")"), true, false},
      {"long to double", x(R"("long")"), x(R"("double")"), true, false},
      {"float to double", x(R"("float")"), x(R"("double")"), true, false},
      {"int to boolean", x(R"("int")"), x(R"("boolean")"), false, false},
      {"int to string", x(R"("int")"), x(R"("string")"), false, false},
      {"double to string", x(R"("double")"), x(R"("string")"), false, false},
      {"boolean to null", x(R"("boolean")"), x(R"("null")"), false, false},
      {"uint8 to int", logical("int", "uint8"), x(R"("int")"), true, false},
      {"uint8 to uint16", logical("int", "uint8"), logical("int", "uint16"), true, false},
      {"int8 to uint8", logical("int", "int8"), logical("int", "uint8"), false, false},
      {"uint16 to long", logical("int", "uint16"), x(R"("long")"), true, false},
      {"uint32 to long", logical("long", "uint32"), x(R"("long")"), true, false},
      {"uint32 to uint64", logical("long", "uint32"), logical("long", "uint64"), true, false},
      {"long to uint64", x(R"("long")"), logical("long", "uint64"), false, false},
      {"uint64 to double", logical("long", "uint64"), x(R"("double")"), true, false},
      {"int to uint64", x(R"("int")"), logical("long", "uint64"), false, false},
      // times
      {"a number to a time", x(R"("long")"), logical("long", "timestamp-nanos"), true, true},
      {"milliseconds to nanoseconds", logical("long", "timestamp-millis"), logical("long", "timestamp-nanos"), false,
       false},
      {"a time to a duration", logical("long", "timestamp-nanos"), logical("long", "duration-nanos"), false, false},
      {"seconds to minutes", logical("long", "duration-seconds"), logical("long", "duration-minutes"), false, false},
      {"a date to a time", logical("int", "date"), logical("long", "timestamp-nanos"), false, false},
      {"a date to a number", logical("int", "date"), x(R"("int")"), true, true},
      {"a logical type that nobody knows", logical("long", "moon-phase"), x(R"("long")"), true, true},
      // text and bytes
      {"string to bytes", x(R"("string")"), x(R"("bytes")"), true, true},
      {"fixed of another size", x(R"({"type":"fixed","name":"F","size":4})"),
       x(R"({"type":"fixed","name":"F","size":8})"), false, false},
      {"fixed of another name", x(R"({"type":"fixed","name":"F","size":4})"),
       x(R"({"type":"fixed","name":"G","size":4})"), false, false},
      {"fixed to bytes", x(R"({"type":"fixed","name":"F","size":4})"), x(R"("bytes")"), false, false},
      {"fixed of 16 to a UUID", x(R"({"type":"fixed","name":"Uuid","size":16})"),
       x(R"({"type":"fixed","name":"Uuid","size":16,"logicalType":"uuid"})"), true, true},
      // enums
      {"an enumerator added", symbols(R"("A","B")"), symbols(R"("A","B","C")"), true, false},
      {"an enumerator gone", symbols(R"("A","B")"), symbols(R"("A")"), false, true},
      {"an enumerator gone, with a default", symbols(R"("A","B")"), symbols(R"("A")", R"(,"default":"A")"), true, true},
      {"enumerators in another order", symbols(R"("A","B")"), symbols(R"("B","A")"), true, true},
      {"an enumerator renamed", symbols(R"("A","B")"), symbols(R"("A","C")"), false, false},
      {"enum to string", symbols(R"("A")"), x(R"("string")"), false, false},
      {"an enum renamed", symbols(R"("A")"), x(R"({"type":"enum","name":"G","symbols":["A"]})"), false, false},
      // optionals and variants
      {"a field made optional", x(R"("int")"), x(R"(["null","int"])"), true, false},
      {"a field made optional, null last", x(R"("int")"), x(R"(["int","null"])"), true, false},
      {"an optional widened", x(R"(["null","int"])"), x(R"(["null","long"])"), true, false},
      {"an optional of something else", x(R"(["null","int"])"), x(R"(["null","string"])"), false, false},
      {"branches in another order", x(R"(["null","int"])"), x(R"(["int","null"])"), true, true},
      {"an alternative added", x(R"(["int","string"])"), x(R"(["int","string","boolean"])"), true, false},
      {"an alternative gone", x(R"(["int","string","boolean"])"), x(R"(["int","string"])"), false, true},
      {"a value made a variant", x(R"("string")"), x(R"(["int","string"])"), true, false},
      {"a value made a variant without it", x(R"("string")"), x(R"(["int","boolean"])"), false, false},
      {"a variant of wider numbers", x(R"(["int","string"])"), x(R"(["double","string"])"), true, false},
      // containers
      {"an array of wider items", array(R"("int")"), array(R"("long")"), true, false},
      {"an array of other items", array(R"("int")"), array(R"("string")"), false, false},
      {"an array to a map", array(R"("int")"), map(R"("int")"), false, false},
      {"a map of optional values", map(R"("int")"), map(R"(["null","int"])"), true, false},
      {"an array where one was", x(R"("int")"), array(R"("int")"), false, false},
      // records within
      {"a nested record the same", x(kMoney), x(kMoney), true, true},
      {"a nested record widened", x(kMoneyInt), x(kMoney), true, false},
      {"a required field added within", x(kMoney), x(kMoneyCurrency), false, true},
      {"a defaulted field added within", x(kMoney), x(kMoneyDefault), true, true},
      {"a nested record renamed", x(kMoney), x(kAmount), false, false},
      {"a nested record renamed with an alias", x(kMoney), x(kAmountAlias), true, false},
      {"a number made a record", x(R"("long")"), x(kMoney), false, false},
      {"a required field added within an array", array(kMoney), array(kMoneyCurrency), false, true},
      {"a defaulted field added within a variant", x("[\"null\"," + kMoney + "]"),
       x("[\"null\"," + kMoneyDefault + "]"), true, true},
      {"a recursive record grown", R"({"type":"record","name":"T","fields":[{"name":"next","type":["null","T"]}]})",
       R"({"type":"record","name":"T","fields":[{"name":"next","type":["null","T"]},{"name":"n","type":"int"}]})",
       false, true},
  };
  return pairs;
}

TEST(Compatibility, is_as_the_corpus_says_in_both_directions) {
  ASSERT_GE(corpus().size(), 60u);
  for (const auto& pair : corpus()) {
    SCOPED_TRACE(pair.what);
    const auto is_allowed = [&](Compatibility rule) {
      const auto found = incompatibilities(pair.was, pair.is, rule);
      EXPECT_TRUE(found) << found.error().message;
      return found && found->empty();
    };
    EXPECT_EQ(is_allowed(Compatibility::Backward), pair.backward);
    EXPECT_EQ(is_allowed(Compatibility::Forward), pair.forward);
    EXPECT_EQ(is_allowed(Compatibility::Full), pair.backward && pair.forward);
  }
}

TEST(Compatibility, that_is_found_is_one_that_a_reader_can_be_made_for) {
  for (const auto& pair : corpus()) {
    SCOPED_TRACE(pair.what);
    if (pair.backward) {
      EXPECT_TRUE(codec::Resolver::make(pair.was, pair.is));
    }
    if (pair.forward) {
      EXPECT_TRUE(codec::Resolver::make(pair.is, pair.was));
    }
  }
}

TEST(Compatibility, says_which_field_stands_against_it) {
  const auto found = incompatibilities(fields(kA), two(kA, kB), Compatibility::Full);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().path, "R.b");
  EXPECT_THAT(found->front().reason, HasSubstr("has no default"));
  EXPECT_FALSE(incompatibilities("{", fields(kA), Compatibility::Forward));
}

}  // namespace
}  // namespace daybook::schema
